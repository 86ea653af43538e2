"""Clean the measured features as a fold's training subjects ask for."""

from cirl.folds.splits import read_training
from cirl.radiomics.cleaning import CleaningSettings, SelectionSettings, clean, select_features
from cirl.radiomics.cohort_tables import cohorts_of, harmonise
from cirl.radiomics.table import write_features
from cirl.running.job import start_job
from cirl.study.tables.radiomics import CLEANING, FEATURE_TABLE, MISSING

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
measured = FEATURE_TABLE.read(snakemake.input.measured).set_index("subject")
training = read_training(snakemake.input.folds, params.fold, params.roles)
if params.selection:
    measured, _ = select_features(measured, SelectionSettings(**params.selection))
if params.harmonise == "standardise":
    cohorts = cohorts_of(measured.index).set_index("subject")["cohort"]
    measured = harmonise(measured, cohorts, training)
cleaned = clean(measured, MISSING.empty(), CleaningSettings(**params.cleaning), training)
write_features(cleaned.features, snakemake.output.features)
CLEANING.write(cleaned.report([]), snakemake.output.cleaning)

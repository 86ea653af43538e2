"""Merge the subjects' measurements, or read the study's own table, and clean what comes."""

import logging

import pandas as pd

from cirl.radiomics.cleaning import CleaningSettings, SelectionSettings, clean, select
from cirl.radiomics.cohort_tables import cohorts_of, harmonise, import_tables
from cirl.radiomics.merging import STATUS_COLUMNS, merge
from cirl.radiomics.table import TableSettings, keep_used, summarise, write_features
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
table = TableSettings(**snakemake.params.table)
cleaning = CleaningSettings(**snakemake.params.cleaning)
if table.path:
    measured, missing, records = import_tables(table)
    for path in snakemake.input.cohort:
        measured, missing = keep_used(measured, missing, pd.read_csv(path, keep_default_na=False))
    statuses = pd.DataFrame(columns=STATUS_COLUMNS)
    selected = measured
    if table.harmonise == "standardise":
        selected = harmonise(measured, cohorts_of(measured.index).set_index("subject")["cohort"])
else:
    merged = merge(snakemake.input.subjects)
    measured, missing, statuses = merged.features, merged.missing, merged.statuses
    selected, records = select(measured, SelectionSettings(**snakemake.params.selection))
    records = merged.records + records
    del merged
logging.info("%d subjects with %d features as measured", *measured.shape)
write_features(measured, snakemake.output.measured)
summarise(measured).to_csv(snakemake.output.summary, index=False)
statuses.to_csv(snakemake.output.statuses, index=False)
cohorts_of([*measured.index, *missing["subject"]]).to_csv(snakemake.output.sources, index=False)
# What was measured may be several times what is selected, and cleaning needs the room.
del measured
cleaned = clean(selected, missing, cleaning)
logging.info(
    "%d subjects with %d features after cleaning; %d subjects without",
    *cleaned.features.shape,
    len(cleaned.missing),
)
write_features(cleaned.features, snakemake.output.features)
cleaned.missing.to_csv(snakemake.output.missing, index=False)
cleaned.report(records).to_csv(snakemake.output.cleaning, index=False)

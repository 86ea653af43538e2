"""Merge the subjects' measurements, or read the study's own table, and clean what comes."""

from pathlib import Path

from cirl.radiomics.cleaning import CleaningSettings, SelectionSettings
from cirl.radiomics.feature_files import FeatureFiles, import_own, merge_subjects
from cirl.radiomics.table import TableSettings
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, params = snakemake.input, snakemake.params
table = TableSettings(**params.table)
cleaning = CleaningSettings(**params.cleaning)
files = FeatureFiles(**{name: Path(path) for name, path in snakemake.output.items()})
if table.path:
    import_own(table, next(map(Path, inputs.cohort), None), cleaning, files)
else:
    paths = list(map(Path, inputs.subjects))
    merge_subjects(paths, SelectionSettings(**params.selection), cleaning, files)

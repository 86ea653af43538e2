"""Merge the subjects' measurements, or read the study's own table, and clean what comes."""

import logging

import pandas as pd

from cirl.logs import log_to
from cirl.radiomics.cleaning import CleaningSettings, SelectionSettings, clean, select
from cirl.radiomics.table import TableSettings, import_table, keep_used, merge, summarise

log_to(snakemake.log[0])
table = TableSettings(**snakemake.params.table)
cleaning = CleaningSettings(**snakemake.params.cleaning)
if table.path:
    measured, missing, records = import_table(table)
    for path in snakemake.input.cohort:
        measured, missing = keep_used(measured, missing, pd.read_csv(path, keep_default_na=False))
    selected = measured
else:
    measured, missing = merge(snakemake.input.subjects)
    selected, records = select(measured, SelectionSettings(**snakemake.params.selection))
cleaned = clean(selected, missing, cleaning)
logging.info(
    "%d subjects with %d features, of %d measured; %d subjects without",
    *cleaned.features.shape,
    measured.shape[1],
    len(cleaned.missing),
)
measured.to_csv(snakemake.output.measured)
summarise(measured).to_csv(snakemake.output.summary, index=False)
cleaned.features.to_csv(snakemake.output.features)
cleaned.missing.to_csv(snakemake.output.missing, index=False)
cleaned.report(records).to_csv(snakemake.output.cleaning, index=False)

"""Write the study's Table 1: the features that the paper prints."""

from pathlib import Path

from cirl.radiomics.published import table_1
from cirl.report.pages.features import feature_page
from cirl.running.job import start_job
from cirl.study.tables.radiomics import FEATURE_SUMMARY

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
table = table_1(
    FEATURE_SUMMARY.read(snakemake.input[0]), snakemake.params.region, snakemake.params.published
)
Path(snakemake.output[0]).write_text(feature_page(table), encoding="utf-8")

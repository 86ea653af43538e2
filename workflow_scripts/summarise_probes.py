"""Put probes beside scores: tables, a page that says what they show, and figures a protocol."""

from pathlib import Path

import pandas as pd

from cirl.evaluation.dose import dose_table, family_table
from cirl.evaluation.summary import partitions_of, read_metrics, read_subjects
from cirl.metrics.statistics import Bootstrap
from cirl.report.figures.probes import plot_dose, plot_probes
from cirl.report.figures.style import save, use_style
from cirl.report.pages.probes import probes_page
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
params, inputs, outputs = snakemake.params, snakemake.input, snakemake.output
tables = [pd.read_csv(path) for path in inputs.probes]
probes = pd.concat([table for table in tables if len(table)] or tables)
probes.to_csv(outputs.probes, index=False)
subjects = read_subjects(inputs.subjects)
clusterings = dict(zip(params.clusterings, inputs.clusterings, strict=True))
columns = [name for name in params.domains if name not in clusterings and name != "cohort"]
partitions = partitions_of(subjects, columns, clusterings)
metrics = read_metrics(inputs.metrics)
families = family_table(params.arms)
bootstrap = Bootstrap(**params.bootstrap)
doses = [
    dose_table(metrics, partitions[name].rename(name), probes, families, params.regions, bootstrap)
    for name in params.domains
]
dose = pd.concat(doses)
dose.to_csv(outputs.dose, index=False)
Path(outputs.page).write_text(probes_page(doses))
for protocol, path, dose_path in zip(params.protocols, outputs.figures, outputs.doses, strict=True):
    save(plot_probes(probes[probes["protocol"] == protocol], list(params.arms)), path)
    save(plot_dose(dose[dose["protocol"] == protocol], bootstrap.confidence), dose_path)

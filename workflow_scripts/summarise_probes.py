"""Put probes beside scores: tables, a page that says what they show, and figures a protocol."""

from pathlib import Path

from cirl.evaluation.dose import dose_tables
from cirl.evaluation.summary import partitions_of
from cirl.metrics.statistics import Bootstrap
from cirl.report.figures.probes import plot_dose, plot_probes
from cirl.report.figures.style import save, use_style
from cirl.report.pages.probes import probes_page
from cirl.running.job import start_job
from cirl.study.tables import evaluation, segmentation
from cirl.study.tables.cohort import SUBJECTS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
params, inputs, outputs = snakemake.params, snakemake.input, snakemake.output
probes = segmentation.PROBES.read_all(inputs.probes)
segmentation.PROBES.write(probes, outputs.probes)
clusterings = dict(zip(params.clusterings, inputs.clusterings, strict=True))
columns = [name for name in params.domains if name not in clusterings and name != "cohort"]
partitions = partitions_of(SUBJECTS.read(inputs.subjects), columns, clusterings)
metrics = evaluation.SCORES.read(inputs.scores)
bootstrap = Bootstrap(**params.bootstrap)
dose, sentences = dose_tables(
    metrics, partitions, params.domains, probes, params.arms, params.regions, bootstrap
)
evaluation.DOSE.write(dose, outputs.dose)
Path(outputs.page).write_text(probes_page(dose, sentences, bootstrap.confidence))
for protocol, path, dose_path in zip(params.protocols, outputs.figures, outputs.doses, strict=True):
    save(plot_probes(probes[probes["protocol"] == protocol], list(params.arms)), path)
    save(plot_dose(dose[dose["protocol"] == protocol], bootstrap.confidence), dose_path)

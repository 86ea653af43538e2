"""Draw the distributions of the main features, by each known domain or else by cohort."""

from cirl.report.figures.radiomics import plot_features, shown_columns
from cirl.report.figures.style import save, use_style
from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.radiomics import FEATURES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
params = snakemake.params
header = FEATURES.header(snakemake.input.measured)
shown = dict(shown_columns(header, params.region, params.contrasts))
measured = FEATURES.read(snakemake.input.measured, {"subject", *shown}).set_index("subject")
subjects = None
if snakemake.input.subjects:
    subjects = SUBJECTS.read(snakemake.input.subjects[0]).set_index("subject")
figure = plot_features(measured, subjects, params.region, params.domains, params.contrasts)
save(figure, snakemake.output[0])

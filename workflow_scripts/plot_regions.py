"""Draw what became of each region, and the main features by cohort."""

from cirl.imaging.quality.outliers import QualitySettings
from cirl.report.figures.distributions import main_features, plot_distributions
from cirl.report.figures.quality import plot_statuses
from cirl.report.figures.style import save, use_style
from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.radiomics import FEATURE_TABLE, STATUSES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
params = snakemake.params
save(plot_statuses(STATUSES.read(snakemake.input.statuses)), snakemake.output.statuses)
panels = main_features(params.regions, params.contrasts)
columns = {"subject", *(panel.column for panel in panels)}
measured = FEATURE_TABLE.read(snakemake.input.measured, columns).set_index("subject")
cohorts = SUBJECTS.read(snakemake.input.subjects).set_index("subject")["cohort"]
figure = plot_distributions(measured, cohorts, panels, QualitySettings(**params.outliers))
save(figure, snakemake.output.distributions)

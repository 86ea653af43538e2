"""Draw the distributions of the main features, by each known domain or else by cohort."""

from cirl.figures.radiomics import plot_features, shown_columns
from cirl.figures.style import save, use_style
from cirl.job import start_job
from cirl.radiomics.table import read_csv, read_features, read_header

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
params = snakemake.params
header = read_header(snakemake.input.measured)
shown = dict(shown_columns(header, params.region, params.contrasts))
measured = read_features(snakemake.input.measured, shown)
subjects = None
if snakemake.input.subjects:
    subjects = read_csv(snakemake.input.subjects[0]).set_index("subject")
figure = plot_features(measured, subjects, params.region, params.domains, params.contrasts)
save(figure, snakemake.output[0])

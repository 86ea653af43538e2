"""Draw the distributions of the main features, by cohort and by each known domain."""

from cirl.figures.radiomics import plot_features
from cirl.figures.style import save, use_style
from cirl.logs import log_to
from cirl.radiomics.table import read_csv

log_to(snakemake.log[0])
use_style()
measured = read_csv(snakemake.input.measured).set_index("subject")
subjects = None
if snakemake.input.subjects:
    subjects = read_csv(snakemake.input.subjects[0]).set_index("subject")
params = snakemake.params
figure = plot_features(measured, subjects, params.region, params.domains, params.contrasts)
save(figure, snakemake.output[0])

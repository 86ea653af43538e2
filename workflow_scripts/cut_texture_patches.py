"""Cut the windows that textures are learnt from, equally many of each usable subject."""

from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS
from cirl.texture.patches import draw_patches, save_texture_patches
from cirl.texture.windows import WindowSettings

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
subjects = SUBJECTS.read(snakemake.input.subjects)
usable = list(subjects.loc[subjects["status"] == "ok", "subject"])
settings = WindowSettings(**params.windows)
save_texture_patches(
    draw_patches(params.store, usable, settings, params.number, params.seed), snakemake.output[0]
)

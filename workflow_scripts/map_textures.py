"""Draw the textures of the subjects that a fold tests, as label maps on their original grids."""

from pathlib import Path

from cirl.imaging.store import open_subject
from cirl.running.job import start_job
from cirl.study.tables.texture import TEXTURE_FOLDS
from cirl.texture.folds import roles_in
from cirl.texture.maps import write_map
from cirl.texture.model import has_model, load_textures

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, names = snakemake.input, snakemake.wildcards
folder = Path(snakemake.output[0])
folder.mkdir(parents=True, exist_ok=True)
roles = roles_in(TEXTURE_FOLDS.read(inputs.folds), names.fit, int(names.fold))
for subject in sorted(who for who, role in roles.items() if role != "train"):
    if has_model(inputs.model):
        stored = open_subject(snakemake.params.store, subject)
        write_map(stored, load_textures(inputs.model), folder / f"{subject}.nii.gz")

"""Describe the clusters of one algorithm: in tables, and on cards."""

from pathlib import Path

from cirl.clustering.description import DescriptionFiles, describe_files, effects_of_all
from cirl.clustering.features import FeatureSpace
from cirl.clustering.profiles import TYPICAL, profile_table
from cirl.report.figures.cards import cards
from cirl.report.figures.style import save, use_style
from cirl.report.figures.thumbnails import read_thumbnail
from cirl.running.job import start_job
from cirl.study.tables.clustering import FEATURE_EFFECTS, PROFILES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
inputs, params, outputs = snakemake.input, snakemake.params, snakemake.output
algorithm = snakemake.wildcards.algorithm
files = DescriptionFiles(
    sweep=Path(inputs.sweep),
    features=Path(inputs.features[0]),
    cleaned=Path(inputs.cleaned),
    measured=Path(inputs.measured),
    assignments=list(map(Path, inputs.assignments)),
    latents=list(map(Path, inputs.latents)),
    subjects=next(map(Path, inputs.subjects), None),
    cohort=next(map(Path, inputs.cohort), None),
)
space = FeatureSpace(**params.space)
profiles, effects = describe_files(
    files, algorithm, params.clusterings, space, params.domains, params.correction
)
typical = [name for profile in profiles for name in profile.typical[:TYPICAL] if params.store]
thumbnails = {name: read_thumbnail(params.store[0], name, "t2f") for name in typical}
FEATURE_EFFECTS.write(effects_of_all(effects, algorithm), outputs.effects)
PROFILES.write(profile_table(profiles), outputs.profiles)
save(cards(profiles, effects, thumbnails), outputs.cards)

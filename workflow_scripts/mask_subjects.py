"""Make masks of the test subjects of one fold from a detector's maps of scores."""

from pathlib import Path

from cirl.anomaly.masks import MaskInputs, write_masks
from cirl.anomaly.regions import RegionSettings
from cirl.running.job import start_job
from cirl.study.tables.anomaly import DETECTOR_SLICES, DETECTOR_THRESHOLDS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, params = snakemake.input, snakemake.params
kinds = list(params.row["scores"])
thresholds = DETECTOR_THRESHOLDS.read(inputs.thresholds).set_index(["score", "threshold"])
detection = MaskInputs(
    scores=Path(inputs.scores),
    kinds=kinds,
    threshold=float(thresholds.loc[(kinds[0], params.row["threshold"]), "value"]),
    store=Path(params.store),
    slices=DETECTOR_SLICES.read(inputs.slices),
)
write_masks(detection, RegionSettings(**params.regions), snakemake.output[0])

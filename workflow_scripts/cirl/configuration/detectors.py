"""What has to agree in the rows of detectors, and what stands for null in them."""

from typing import Any

from cirl.configuration.references import nearest
from cirl.configuration.registries.detectors import DETECTORS


def write_out_detectors(config: dict[str, Any]) -> None:
    """Put in the place of null: all detectors, contrasts and kinds of scores, and the seeds."""
    anomaly = config["anomaly"]
    if anomaly["use"] is None:
        anomaly["use"] = list(anomaly["detectors"]) if config["use"]["cohorts"] else []
    for name in anomaly["use"]:
        row = anomaly["detectors"].get(name)
        if row is None:
            continue
        model = DETECTORS[row["model"]]
        if row["contrasts"] is None:
            row["contrasts"] = list(config["contrasts"])
        if row["scores"] is None:
            row["scores"] = model.kinds(row["contrasts"])
        if row["seeds"] is None:
            row["seeds"] = anomaly["seeds"][: None if model.is_network else 1]


def check_detectors(config: dict[str, Any]) -> list[str]:
    """Return a line for everything that is wrong with the detectors that the study uses."""
    anomaly, lines = config["anomaly"], []
    if anomaly["use"] and not config["use"]["cohorts"]:
        lines.append("  anomaly.use: detectors need images, but use.cohorts names no cohort")
    for name in anomaly["use"]:
        if name not in anomaly["detectors"]:
            near = nearest(name, anomaly["detectors"])
            lines.append(f"  anomaly.use: {name!r} is not defined{near}")
        else:
            lines += _check_row(name, config)
    shortest, longest = anomaly["training"]["patch"]
    if shortest > longest:
        lines.append(
            f"  anomaly.training.patch: {shortest} to {longest}, expected the shorter first"
        )
    return lines


def _check_row(name: str, config: dict[str, Any]) -> list[str]:
    key, row = f"anomaly.detectors.{name}", config["anomaly"]["detectors"][name]
    model = DETECTORS[row["model"]]
    lines = []
    if name in config["use"]["arms"]:
        lines.append(f"  {key}: an arm has this name too, and tables could not tell them apart")
    kinds = model.kinds(row["contrasts"])
    for part, known in (
        ("contrasts", config["contrasts"]),
        ("cohorts", config["use"]["cohorts"]),
        ("scores", kinds),
    ):
        lines += [
            f"  {key}.{part}: {row['model']} has no {one!r} here{nearest(one, known)}"
            for one in row[part]
            if one not in known
        ]
    if row["model"] == "threshold" and len(row["contrasts"]) != 1:
        lines.append(f"  {key}.contrasts: {len(row['contrasts'])} of them, expected one, as [t2f]")
    if row["train_on"] == "voxels" and not model.voxels:
        lines.append(
            f"  {key}.train_on: voxels, but {row['model']} sees whole slices; expected tumour_free "
            "or all"
        )
    anomaly = config["anomaly"]
    if row["post"] not in anomaly["regions"]:
        near = nearest(row["post"], anomaly["regions"])
        lines.append(f"  {key}.post: {row['post']!r} is none of anomaly.regions{near}")
    thresholds = [*(f"healthy_{one:g}" for one in anomaly["percentiles"]), "validation_labels"]
    if row["threshold"] not in thresholds:
        lines.append(
            f"  {key}.threshold: {row['threshold']!r}, expected one of {', '.join(thresholds)}"
        )
    return lines

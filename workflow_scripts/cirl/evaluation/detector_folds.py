"""What the folds of each detector found, gathered, and the tables that follow."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.anomaly.counting import load_counts
from cirl.anomaly.slice_auc import slice_aucs
from cirl.evaluation.detectors import DETECTOR_KEYS, DetectorFolds, summarise_detector
from cirl.metrics.statistics import Bootstrap
from cirl.study.tables import anomaly as tables

FOLD_KEYS = [*DETECTOR_KEYS, "seed", "fold"]

OF_SLICES = "score_top20"
"""The score of a slice whose area stands in the summary: the mean of its highest voxels."""


def slice_score_table(slices: pd.DataFrame) -> pd.DataFrame:
    """Return how well each score of a slice tells those with tumour (``SLICE_SCORES``).

    Areas are of a fold's slices, and their means over folds and seeds.

    Args:
        slices: rows of ``DETECTOR_SLICES`` of all detections, with ``FOLD_KEYS``.
    """
    found = [
        slice_aucs(part).assign(**dict(zip(FOLD_KEYS, names, strict=True)))
        for names, part in slices.groupby(FOLD_KEYS, sort=False)
    ]
    if not found:
        return tables.SLICE_SCORES.empty()
    groups = pd.concat(found).groupby([*DETECTOR_KEYS, "slice_score"], sort=False)
    how = {"slices": "sum", "tumour_slices": "sum", "auc": "mean", "sensitivity": "mean"}
    return groups.agg(how).reset_index()[tables.SLICE_SCORES.names]


def summary_of_detectors(
    detections: Sequence[Mapping[str, Any]],
    rows: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, Sequence[str]],
    measured: pd.DataFrame,
    slice_scores: pd.DataFrame,
    partitions: Mapping[str, pd.Series],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Return ``DETECTOR_SUMMARY`` of a study.

    Args:
        detections: protocol, detector, seed and fold of each.
        rows: of the configuration, by detector.
        files: of each detection, in their order: its ``voxels``, ``thresholds``, and ``timings`` of
            its training, which may be lacking.
        measured: rows of ``MEASURED`` of all detections, and ``patient`` where some have two scans.
        slice_scores: from ``slice_score_table``.
        partitions: domain by subject, a partition a name.
        bootstrap: how intervals are drawn.
    """
    own = slice_scores[slice_scores["slice_score"] == OF_SLICES].set_index(DETECTOR_KEYS)["auc"]
    found = []
    for names, numbers in _by_detector(detections):
        own_rows = (measured[DETECTOR_KEYS] == names).all(axis=1)
        learnt = tables.DETECTOR_THRESHOLDS.read_all(files["thresholds"][one] for one in numbers)
        folds = DetectorFolds(
            names=dict(zip(DETECTOR_KEYS, names, strict=True)),
            row=rows[names[1]],
            counted=[load_counts(files["voxels"][number]) for number in numbers],
            cpu_minutes=_cpu_minutes([files["timings"][number] for number in numbers]),
            slice_auc=float(own.get(names, float("nan"))),
        )
        labels = learnt.drop_duplicates("threshold", keep="last").set_index("threshold")["labels"]
        found.append(
            summarise_detector(folds, measured[own_rows], labels.to_dict(), partitions, bootstrap)
        )
    return pd.concat(found, ignore_index=True) if found else tables.DETECTOR_SUMMARY.empty()


def _by_detector(
    detections: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[tuple[str, str], list[int]]]:
    """Return protocol and detector with the places of their detections."""
    groups: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(detections):
        groups.setdefault((one["protocol"], one["detector"]), []).append(number)
    yield from groups.items()


def _cpu_minutes(timings: Sequence[str]) -> float:
    """Return the mean processor time of trainings, of those that Snakemake has measured."""
    measured = [pd.read_csv(path, sep="\t") for path in timings if Path(path).is_file()]
    if not measured:
        return float("nan")
    return float(pd.concat(measured)["cpu_time"].mean() / 60)

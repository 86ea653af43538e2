"""What detectors find, at every threshold, on all subjects and on those of a domain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cirl.anomaly.counting import TEST, Counted
from cirl.anomaly.slice_dice import OUTLINE, SEMANTIC_PARTS
from cirl.metrics.patients import patient_means, repeated_patients
from cirl.metrics.statistics import Bootstrap, holm, paired_p_values
from cirl.study.tables import anomaly as tables

DETECTOR_KEYS = ["protocol", "detector"]

LOCATION, THRESHOLD = "location", "threshold"
"""Models without a network, which every other one has to beat."""


@dataclass(frozen=True)
class DetectorFolds:
    """What a detector's folds and seeds found in a protocol.

    Attributes:
        names: protocol and detector.
        row: of the configuration.
        counted: of each fold, the counts by kind of score.
        cpu_minutes: of the training, the mean over folds.
        slice_auc: of the detector's own score.
    """

    names: Mapping[str, str]
    row: Mapping[str, Any]
    counted: list[dict[str, Counted]]
    cpu_minutes: float
    slice_auc: float


def summarise_detector(
    folds: DetectorFolds,
    measured: pd.DataFrame,
    labels: Mapping[str, str],
    partitions: Mapping[str, pd.Series],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Return a detector's rows of ``DETECTOR_SUMMARY``.

    Areas and best Dice are of all voxels of a fold's subjects together, and their means over folds
    and seeds: scores of two trainings are no common scale.

    Args:
        folds: the detector's.
        measured: its rows of ``MEASURED``; with ``patient``, a patient's scans count once.
        labels: what each threshold is learnt from.
        partitions: domain by subject, a partition a name.
        bootstrap: how the intervals of mean Dice are drawn.
    """
    rows = []
    by_subject = measured.groupby(["score", "threshold", "subject"], sort=False)
    means = by_subject[["dice", "false_positive_rate", "false_ml", "voxels_true"]].mean()
    patients = repeated_patients(measured)
    for score in folds.row["scores"]:
        of_score = means.loc[score].reset_index()
        for partition, domain_of in partitions.items():
            domains = of_score["subject"].map(domain_of)
            for domain in sorted(domains.unique()):
                inside = of_score[domains == domain]
                common = {
                    **folds.names,
                    **_described(folds.row),
                    "score": score,
                    "partition": partition,
                    "domain": domain,
                    **_curves(folds.counted, score, set(inside["subject"])),
                    "slice_auc": _own(folds, score, partition, folds.slice_auc),
                    "cpu_minutes": folds.cpu_minutes,
                }
                for threshold, part in inside.groupby("threshold", sort=False):
                    names = (*folds.names.values(), score, partition, domain, str(threshold))
                    found = _at_threshold(part, patients, bootstrap, names)
                    label = {"threshold": threshold, "labels": labels[str(threshold)]}
                    rows.append({**common, **label, **found})
    return pd.DataFrame(rows, columns=tables.DETECTOR_SUMMARY.names)


def healthy_table(measured: pd.DataFrame) -> pd.DataFrame:
    """Return what is falsely found in each test subject without tumour (``HEALTHY_SUBJECTS``)."""
    healthy = measured[measured["voxels_true"] == 0]
    keys = [*DETECTOR_KEYS, "score", "threshold", "subject"]
    means = healthy.groupby(keys, sort=False)[["false_positive_rate", "false_ml"]].mean()
    return means.reset_index()[tables.HEALTHY_SUBJECTS.names]


def conventions_table(slice_dice: pd.DataFrame, metrics: pd.DataFrame) -> pd.DataFrame:
    """Return Dice of the same masks by three conventions (``SLICE_CONVENTIONS``).

    Args:
        slice_dice: rows of ``SLICE_DICE``, of all detectors.
        metrics: rows of ``METRICS`` of the same masks.
    """
    ill = metrics[metrics["voxels_true"] > 0]
    by_subject = ill.groupby([*DETECTOR_KEYS, "region"])["dice"].mean()
    rows = []
    for names, rows_of in slice_dice.groupby(DETECTOR_KEYS, sort=False):
        parts = dict(list(rows_of.groupby("region", sort=False)))
        found = {
            region: {
                "n": part["subject"].nunique(),
                "slices": int(part["slices"].sum()),
                "tumour_slices": int(part["tumour_slices"].sum()),
                "dice_zero": _weighted(part["dice_zero"], part["slices"]),
                "dice_tumour": _weighted(part["dice_tumour"], part["tumour_slices"]),
                "dice_subject": by_subject.get((*names, region), float("nan")),
            }
            for region, part in parts.items()
        }
        semantic = pd.DataFrame(
            [found[region] for region in SEMANTIC_PARTS if region in found]
        ).mean()
        found["semantic"] = {
            **found[OUTLINE],
            **semantic[["dice_zero", "dice_tumour", "dice_subject"]].to_dict(),
        }
        for region, values in found.items():
            rows.append(
                {**dict(zip(DETECTOR_KEYS, names, strict=True)), "region": region, **values}
            )
    return pd.DataFrame(rows, columns=tables.SLICE_CONVENTIONS.names)


def comparison_of_detectors(
    measured: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]], bootstrap: Bootstrap
) -> pd.DataFrame:
    """Compare detectors with those without a network (``DETECTOR_TESTS``), paired by patient.

    Dice is of subjects with tumour, of each detector's own score at its own threshold, averaged
    over seeds. Holm's family is all comparisons of a protocol.

    Args:
        measured: rows of ``MEASURED``, of all detectors; with ``patient`` as above.
        rows: of the configuration, by detector.
        bootstrap: how the intervals are drawn.
    """
    chosen = pd.DataFrame(
        [(name, row["scores"][0], row["threshold"]) for name, row in rows.items()],
        columns=["detector", "score", "threshold"],
    )
    own = measured.merge(chosen).dropna(subset=["dice"])
    patients = repeated_patients(measured)
    found = []
    for protocol, part in own.groupby("protocol", sort=False):
        table = part.pivot_table(index="subject", columns="detector", values="dice").sort_index()
        for reference, detector in compared_pairs(rows):
            if {detector, reference} <= set(table):
                names = {"protocol": protocol, "detector": detector, "reference": reference}
                pairs = patient_means(table[[detector, reference]].dropna(), patients)
                found.append(names | _compared(pairs, bootstrap, str(protocol)))
    tests = pd.DataFrame(found, columns=tables.DETECTOR_TESTS.names[:-2])
    families = tests.groupby("protocol")["p_wilcoxon"]
    tests["p_holm"] = families.transform(lambda values: holm(values.to_numpy()))
    tests["family"] = families.transform("count").astype(int)
    return tests


def compared_pairs(rows: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return which detectors are compared, the reference first.

    Each is with all of the simpler models: location with thresholds, a network with both.
    """
    simple = [THRESHOLD, LOCATION]
    order = {
        name: simple.index(row["model"]) if row["model"] in simple else len(simple)
        for name, row in rows.items()
    }
    return [
        (reference, detector)
        for reference in rows
        for detector in rows
        if order[reference] < min(order[detector], len(simple))
    ]


def _compared(pairs: pd.DataFrame, bootstrap: Bootstrap, protocol: str) -> dict[str, float]:
    values = pairs.to_numpy(float)
    differences = values[:, 0] - values[:, 1]
    low, high = bootstrap.interval(differences, protocol, *map(str, pairs.columns))
    means = values.mean(axis=0) if len(values) else np.full(2, np.nan)
    return {
        "n": len(values),
        "dice": float(means[0]),
        "dice_reference": float(means[1]),
        "effect": float(means[0] - means[1]),
        "ci_low": low,
        "ci_high": high,
        "p_wilcoxon": paired_p_values(differences)[1],
    }


def _described(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what a row says of a detector that has a column."""
    return {
        "contrasts": " ".join(row["contrasts"]),
        "loss": row["loss"] if row["model"] not in (THRESHOLD, LOCATION) else "",
        "train_on": row["train_on"] if row["model"] != THRESHOLD else "",
        "post": row["post"],
    }


def _own(folds: DetectorFolds, score: str, partition: str, value: float) -> float:
    """Return what is known of the own score and of all subjects alone."""
    return value if score == folds.row["scores"][0] and partition == "all" else float("nan")


def _curves(counted: list[dict[str, Counted]], score: str, subjects: set[str]) -> dict[str, float]:
    found = []
    for fold in counted:
        own = fold[score]
        inside = [number for number in own.ill(TEST) if str(own.subjects[number]) in subjects]
        pooled = own.pooled(inside)
        best = pooled.best_level()
        dice = float("nan") if best is None else pooled.dice_from(best)
        found.append((pooled.average_precision(), pooled.roc_auc(), dice))
    means = pd.DataFrame(found, columns=["auprc", "auroc", "best_dice"]).mean()
    return {str(name): float(value) for name, value in means.items()}


def _at_threshold(
    part: pd.DataFrame,
    patients: pd.Series | None,
    bootstrap: Bootstrap,
    names: tuple[str, ...],
) -> dict[str, float]:
    scans = part.set_index("subject")["dice"].dropna().sort_index()
    dice = patient_means(scans, patients).to_numpy(float)
    healthy = part[part["voxels_true"] == 0]
    low, high = bootstrap.interval(dice, *names)
    return {
        "n": len(dice),
        "dice": float(dice.mean()) if len(dice) else float("nan"),
        "ci_low": low,
        "ci_high": high,
        "healthy": len(healthy),
        "false_positive_rate": float(healthy["false_positive_rate"].mean()),
        "false_ml": float(healthy["false_ml"].mean()),
    }


def _weighted(values: pd.Series, weights: pd.Series) -> float:
    """Return the mean of values by their weights, of those that are known."""
    known = values.notna() & (weights > 0)
    if not known.any():
        return float("nan")
    return float(np.average(values[known], weights=weights[known]))

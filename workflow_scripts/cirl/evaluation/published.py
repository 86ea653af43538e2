"""The papers' tables of segmentation scores, beside a study's own.

Sources: the cluster-invariance paper (section 5.2, its table of Dice) and the transfer paper
(Table 2, and the p values of section 3).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cirl.metrics.statistics import paired_p_values

AVERAGE = "average"


@dataclass(frozen=True)
class PublishedArm:
    """A row of a paper's table.

    Attributes:
        title: the row's name there.
        arm: our name of the arm.
        dice: one a region, then the mean as printed.
        hd95: the same in mm; empty where the paper has none.
    """

    title: str
    arm: str
    dice: tuple[float, ...]
    hd95: tuple[float, ...] = ()


@dataclass(frozen=True)
class PublishedTest:
    """A p value that a paper states: of which arms (ours by name), in which metric's average."""

    arm: str
    reference: str
    metric: str
    p: float


@dataclass(frozen=True)
class Paper:
    """A paper's table.

    Attributes:
        title: which table of which paper.
        protocol: of ours that stands beside it.
        regions: what its columns are called.
        arms: its rows; the first is the paper's baseline.
        tests: the p values that it states.
        notes: what has to be known about its numbers.
    """

    title: str
    protocol: str
    regions: tuple[str, ...]
    arms: tuple[PublishedArm, ...]
    tests: tuple[PublishedTest, ...]
    notes: tuple[str, ...]


PAPERS: dict[str, Paper] = {
    "cluster_invariance": Paper(
        title="Cluster-invariance paper, table of Dice (section 5.2)",
        protocol="cv",
        regions=("WT", "TC", "ET"),
        arms=(
            PublishedArm("Baseline", "baseline", (0.8788, 0.8701, 0.8477, 0.8655)),
            PublishedArm("GMM k=4 + 1", "dann_gmm", (0.6569, 0.7095, 0.7824, 0.7724)),
            PublishedArm("k-means k=3 + 1", "dann_kmeans", (0.6737, 0.7100, 0.7806, 0.7644)),
            PublishedArm("DVEC k=6", "dann_vdec_k6", (0.6437, 0.7054, 0.7621, 0.7346)),
            PublishedArm("DVEC k=3", "dann_vdec", (0.6414, 0.6795, 0.7419, 0.7012)),
        ),
        tests=(),
        notes=(
            "Published: five folds, no test, no interval. Its columns are called WT, TC and ET; "
            "the training script that goes with it switches overlapping regions off for the "
            "adversarial arms, so theirs are probably NCR, ED and ET, and the baseline's are not: "
            "its differences compare two definitions. Ours are given by both, for every arm.",
        ),
    ),
    "transfer": Paper(
        title="Transfer paper, Table 2",
        protocol="transfer",
        regions=("NCR", "ED", "ET"),
        arms=(
            PublishedArm(
                "Baseline (source only)",
                "source_only",
                (0.519, 0.726, 0.701, 0.649),
                (17.019, 15.791, 13.672, 15.494),
            ),
            PublishedArm(
                "Fine-tuning",
                "finetune",
                (0.829, 0.896, 0.879, 0.867),
                (3.851, 3.454, 4.257, 3.854),
            ),
            PublishedArm(
                "Fine-tuning (frozen decoder)",
                "finetune_frozen_decoder",
                (0.792, 0.881, 0.860, 0.845),
                (4.483, 3.931, 6.886, 5.100),
            ),
            PublishedArm(
                "Combined dataset training",
                "combined",
                (0.836, 0.899, 0.879, 0.871),
                (3.135, 2.606, 3.393, 3.045),
            ),
            PublishedArm(
                "DANN", "dann", (0.847, 0.897, 0.893, 0.879), (3.076, 3.828, 3.219, 3.374)
            ),
            PublishedArm(
                "DANN without gradient reversal",
                "dann_no_reversal",
                (0.842, 0.902, 0.892, 0.878),
                (4.951, 2.345, 4.421, 3.906),
            ),
        ),
        tests=(
            PublishedTest("dann", "combined", "dice", 0.0506),
            PublishedTest("dann", "combined", "hd95", 0.0236),
            PublishedTest("dann_no_reversal", "combined", "dice", 0.0519),
        ),
        notes=(
            "Published: ten folds over the target, a paired t-test on the cross-validation's "
            "results, whose unit (subject or fold) it does not say. Columns are the labels NCR, ED "
            "and ET, as ours are here.",
        ),
    ),
}
"""By the value of ``evaluation.published``."""


def own_scores(metrics: pd.DataFrame, protocol: str, regions: tuple[str, ...]) -> pd.DataFrame:
    """Return a study's Dice and HD95 by arm and subject, and their average over regions.

    Args:
        metrics: rows of any number of ``metrics.csv``.
        protocol: whose rows.
        regions: those of the average; a subject that lacks one is left out.

    Returns:
        The columns arm, subject, fold, metric, the regions, ``average``: a row an arm, subject and
        metric, the mean over seeds.
    """
    rows = metrics[(metrics["protocol"] == protocol) & metrics["region"].isin(regions)]
    long = rows.melt(["arm", "subject", "fold", "region"], ["dice", "hd95"], var_name="metric")
    keys = ["arm", "subject", "fold", "metric"]
    table = long.pivot_table(index=keys, columns="region", values="value", aggfunc="mean")
    table = table.reindex(columns=list(regions)).dropna()
    return table.assign(**{AVERAGE: table.mean(axis=1)}).reset_index()


def own_test(scores: pd.DataFrame, test: PublishedTest, unit: str) -> dict[str, float]:
    """Test the difference of two arms' averages as a paper does, with pairs of one unit.

    Args:
        scores: from ``own_scores``.
        test: the paper's.
        unit: ``subject`` or ``fold`` (means over its subjects).

    Returns:
        ``n`` pairs, ``effect`` (mean of arm minus reference), ``p`` of the paired t-test.
    """
    rows = scores[scores["metric"] == test.metric]
    table = rows.pivot_table(index=unit, columns="arm", values=AVERAGE, aggfunc="mean")
    if not {test.arm, test.reference} <= set(table):
        return {"n": 0, "effect": float("nan"), "p": float("nan")}
    differences = (table[test.arm] - table[test.reference]).dropna().to_numpy()
    p, _ = paired_p_values(differences)
    effect = float(np.mean(differences)) if len(differences) else float("nan")
    return {"n": len(differences), "effect": effect, "p": p}

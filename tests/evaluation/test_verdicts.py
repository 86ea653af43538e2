"""Sentences on arms follow from paired effects."""

import numpy as np
import pandas as pd
import pytest

from cirl.evaluation.comparisons import comparison_table, paired_effects
from cirl.evaluation.verdicts import NOTHING_HELPED, verdict
from cirl.metrics.statistics import Bootstrap

ARMS = ["baseline", "kmeans", "vdec", "placebo"]
KINDS = dict(zip(ARMS, ["other", "clusters", "clusters", "placebo"], strict=True))
PLACEBOS = {"kmeans": "placebo", "vdec": "placebo"}
SUBJECTS = [f"s{i:02d}" for i in range(24)]


def study(
    random: np.random.Generator, gains: dict[str, float], regions: tuple[str, ...] = ("WT", "TC")
) -> pd.DataFrame:
    """Scores of trainings that differ by a gain, and by what any two trainings differ."""
    base = random.beta(6, 2, len(SUBJECTS))
    tables = [
        pd.DataFrame(
            {"subject": SUBJECTS, "arm": arm, "region": region, "hd95": 0.0,
             "dice": base + gains.get(arm, 0.0) + random.normal(0, 0.06, len(SUBJECTS))}
        )
        for arm in ARMS for region in regions
    ]  # fmt: skip
    table = pd.concat(tables, ignore_index=True)
    return table.assign(protocol="cv", seed=0, fold=0, voxels_true=1, voxels_predicted=1)


def effects(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["arm", "against", "region", "effect", "p"])


def test_significant_here_and_not_there_is_no_difference() -> None:
    table = effects(
        ("kmeans", "baseline", "WT", 0.05, 0.04),
        ("placebo", "baseline", "WT", 0.04, 0.06),
        ("kmeans", "placebo", "WT", 0.01, 0.7),
    )
    text = verdict(table, KINDS, PLACEBOS, 0.05)
    assert text == (
        "kmeans helped in WT, but it was not shown to be better than placebo, whose clusters are "
        "shuffled: any regulariser may do."
    )


def test_better_than_a_placebo_that_harms_is_no_help() -> None:
    table = effects(
        ("kmeans", "baseline", "WT", 0.01, 0.5),
        ("placebo", "baseline", "WT", -0.06, 0.01),
        ("kmeans", "placebo", "WT", 0.07, 0.01),
    )
    assert verdict(table, KINDS, PLACEBOS, 0.05) == NOTHING_HELPED


def test_the_region_has_to_be_the_same() -> None:
    table = effects(
        ("kmeans", "baseline", "WT", 0.05, 0.01),
        ("kmeans", "placebo", "TC", 0.05, 0.01),
    )
    assert "was not shown to be better" in verdict(table, KINDS, PLACEBOS, 0.05)


def test_an_effect_against_the_placebo_is_the_arm_s_gain_whichever_stands_first() -> None:
    scores = study(np.random.default_rng(1), {"kmeans": 0.2})
    first = comparison_table(scores, ARMS, Bootstrap(draws=50))
    last = comparison_table(scores, ARMS[::-1], Bootstrap(draws=50))
    for tests in (first, last):
        row = paired_effects(tests[tests["metric"] == "dice"], {"kmeans": "placebo"}).iloc[0]
        assert (row["arm"], row["against"]) == ("kmeans", "placebo")
        assert row["ci_low"] < row["effect"] < row["ci_high"]
        assert row["effect"] == pytest.approx(0.2, abs=0.05) and row["effect_d"] > 0

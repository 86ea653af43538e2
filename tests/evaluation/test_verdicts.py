"""Sentences on arms follow from paired effects, and are seldom false where nothing differs."""

import gc
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cirl.evaluation.comparisons import (
    comparison_table,
    paired_effects,
    primary_p_values,
    primary_sentences,
)
from cirl.evaluation.verdicts import NOTHING_HELPED, verdict
from cirl.evaluation.worst_domain import study_worst, worst_sentences
from cirl.metrics import statistics
from cirl.metrics.statistics import Bootstrap

ARMS = ["baseline", "kmeans", "vdec", "placebo"]
KINDS = dict(zip(ARMS, ["other", "clusters", "clusters", "placebo"], strict=True))
PLACEBOS = {"kmeans": "placebo", "vdec": "placebo"}
SUBJECTS = [f"s{i:02d}" for i in range(24)]
FEW = Bootstrap(draws=2)  # intervals have no say in what is tested here


@pytest.fixture(autouse=True)
def without_collecting_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which statsmodels does at every correction, and is most of a simulation's time."""
    monkeypatch.setattr(gc, "collect", lambda: 0)


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


def sentences(seed: int, studies: int, **gains: float) -> list[str]:
    """The primary sentence of each of many studies, tested all at once."""
    random = np.random.default_rng(seed)
    base = random.beta(6, 2, (studies, 1, 1, 24))
    gain = np.array([gains.get(arm, 0.0) for arm in ARMS])[:, None, None]
    dice = base + gain + random.normal(0, 0.06, (studies, 4, 2, 24))
    pairs = list(combinations(range(4), 2))
    differences = np.stack([dice[:, two] - dice[:, one] for one, two in pairs], axis=1)
    p_values = stats.wilcoxon(differences, axis=-1).pvalue
    table = pd.DataFrame(
        [(ARMS[one], ARMS[two], region) for one, two in pairs for region in ("WT", "TC")],
        columns=["arm_a", "arm_b", "region"],
    ).assign(protocol="cv", metric="dice", partition="all", n=24)
    table = table.assign(ci_low=np.nan, ci_high=np.nan, effect_d=np.nan)
    found = []
    for effect, p in zip(differences.mean(axis=-1), p_values, strict=True):
        tests = table.assign(effect=effect.ravel(), p_wilcoxon=p.ravel())
        tests["p_primary"] = primary_p_values(tests, ARMS, PLACEBOS)
        found += primary_sentences(tests, ARMS, KINDS, PLACEBOS, 0.05)
    return found


def test_where_no_arm_differs_seldom_anything_is_said_to_help() -> None:
    said = sentences(2026, 200)
    assert len(said) == 200
    assert sum(NOTHING_HELPED not in text for text in said) <= 14


def test_where_shuffled_clusters_help_as_much_clusters_are_seldom_said_to_help_more() -> None:
    """Here what is significant in one arm is often not in the other."""
    said = sentences(2027, 200, kmeans=0.05, vdec=0.05, placebo=0.05)
    assert sum("more than shuffled ones" in text for text in said) <= 14
    assert sum("was not shown to be better than placebo" in text for text in said) > 50


def test_clusters_that_help_are_found() -> None:
    found = "clusters helped, and more than shuffled ones: kmeans in WT"
    assert sum(found in text for text in sentences(2028, 50, kmeans=0.1)) >= 45


def test_worst_domains_are_seldom_said_to_be_helped_where_no_arm_differs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statistics, "SWAPS", 499)
    random = np.random.default_rng(2029)
    partitions = {"site": pd.Series(list("abc") * 8, index=SUBJECTS)}
    false = 0
    for _ in range(100):
        table = study(random, {}, ("WT",))
        worst = study_worst(table, partitions, ARMS, PLACEBOS, FEW)
        said = worst_sentences(worst, KINDS, PLACEBOS, 0.05)
        false += any(NOTHING_HELPED not in text for text in said)
    assert false <= 7


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


def test_the_primary_family_is_dice_against_the_baseline_and_the_own_placebo() -> None:
    tests = comparison_table(study(np.random.default_rng(0), {}), ARMS, PLACEBOS, FEW)
    asked = tests[tests["p_primary"].notna()]
    pairs = {("baseline", arm) for arm in ARMS[1:]} | {(arm, "placebo") for arm in PLACEBOS}
    assert set(asked[["arm_a", "arm_b"]].itertuples(index=False, name=None)) == pairs
    assert set(asked["metric"]) == {"dice"} and len(asked) == 5 * 2
    smallest = asked["p_wilcoxon"].min()
    assert asked["p_primary"].min() == pytest.approx(min(1.0, 10 * smallest))


def test_an_effect_against_the_placebo_is_the_arm_s_gain_whichever_stands_first() -> None:
    scores = study(np.random.default_rng(1), {"kmeans": 0.2})
    first = comparison_table(scores, ARMS, PLACEBOS, Bootstrap(draws=50))
    last = comparison_table(scores, ARMS[::-1], PLACEBOS, Bootstrap(draws=50))
    for tests in (first, last):
        row = paired_effects(tests[tests["metric"] == "dice"], {"kmeans": "placebo"}).iloc[0]
        assert (row["arm"], row["against"]) == ("kmeans", "placebo")
        assert row["ci_low"] < row["effect"] < row["ci_high"]
        assert row["effect"] == pytest.approx(0.2, abs=0.05) and row["effect_d"] > 0

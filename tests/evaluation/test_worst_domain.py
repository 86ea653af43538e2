import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cirl.evaluation.worst_domain import Trainings, study_worst, worst_p, worst_sentences
from cirl.metrics.mixed_effects import training_spread
from cirl.metrics.statistics import Bootstrap

SUBJECTS = [f"s{i:02d}" for i in range(40)]
DOMAINS = pd.Series(["good", "bad"] * 20, index=SUBJECTS)
BASE = np.where(DOMAINS == "good", 0.8, 0.4) + np.random.default_rng(0).normal(0, 0.1, 40)


def scores(**arms):
    tables = [
        pd.DataFrame({"subject": SUBJECTS, "arm": arm, "dice": dice, "hd95": 10 - 10 * dice})
        for arm, dice in arms.items()
    ]
    return pd.concat(tables).assign(protocol="cv", region="WT", empty=False)


def compare(placebos=None, **arms):
    table = scores(baseline=BASE, **arms)
    table = table.assign(voxels_true=1, voxels_predicted=1, seed=0, fold=0)
    partitions = {"all": pd.Series("all", index=SUBJECTS), "scanner": DOMAINS}
    names = ["baseline", *arms]
    return study_worst(table, partitions, names, placebos or {}, Bootstrap(draws=500))


def test_the_worst_domains_are_compared_on_the_same_subjects():
    helped = BASE + np.where(DOMAINS == "bad", 0.1, -0.2)
    rows = compare(dann=helped).set_index("metric")
    assert len(rows) == 2  # a partition of one domain has none that is worst
    bad = BASE[(DOMAINS == "bad").to_numpy()].mean()
    assert rows.loc["dice", "worst_reference"] == pytest.approx(bad)
    # Each subject of the bad domain gains .1 exactly, so that no draw can say otherwise.
    limits = rows.loc["dice", ["effect", "ci_low", "ci_high"]].astype(float)
    assert limits.tolist() == pytest.approx([0.1] * 3)
    assert rows.loc["hd95", "effect"] == pytest.approx(-1.0)


def test_another_domain_may_become_the_worst():
    row = compare(dann=BASE + np.where(DOMAINS == "good", -0.6, 0.3)).iloc[0]
    good = BASE[(DOMAINS == "good").to_numpy()].mean()
    assert row["worst"] == pytest.approx(good - 0.6)


def noisy(gain):
    """An arm's scores: a gain, and what trainings of one kind differ by."""
    return BASE + gain + np.random.default_rng(round(1e3 * gain) + 100).normal(0, 0.02, 40)


@pytest.mark.parametrize(
    "kinds, gains, verdict",
    [
        (["clusters", "placebo"], [0, 0], "nothing helped"),
        (
            ["clusters", "placebo"],
            [0.1, 0],
            "clusters helped, and more than shuffled ones: x in WT",
        ),
        # One is significant, the other is not, and their difference is not either.
        (["clusters", "placebo"], [0.03, 0.025], "not shown to be better than y, whose clusters"),
        (["clusters", "other"], [0.1, 0], "without a placebo of its dose any regulariser might"),
        (["clusters", "other"], [0, 0.1], "y helped in WT, which uses no clusters"),
    ],
)
def test_the_sentence_follows_from_the_numbers(kinds, gains, verdict):
    arms = {name: noisy(gain) for name, gain in zip("xy", gains, strict=True)}
    placebos = {"x": "y"} if "placebo" in kinds else {}
    kinds = {"baseline": "other", "x": kinds[0], "y": kinds[1]}
    (sentence,) = worst_sentences(compare(placebos, **arms), kinds, placebos, 0.05, {})
    assert verdict in sentence
    assert ("x than baseline in WT +0" in sentence) == bool(gains[0])


def test_an_arm_is_compared_with_its_placebo_and_p_is_that_of_swapped_scores():
    table = compare({"x": "y"}, x=noisy(0.1), y=noisy(0.0)).query("metric == 'dice'")
    rows = table.set_index(["arm", "reference"])
    assert list(rows.index) == [("x", "baseline"), ("y", "baseline"), ("x", "y")]
    assert rows.loc[("x", "y"), "effect"] == pytest.approx(0.1, abs=0.02)
    assert rows.loc[("x", "y"), "p"] == pytest.approx(1e-4, abs=1e-4)
    assert rows.loc[("y", "baseline"), "p"] > 0.1
    assert rows.loc[("x", "y"), "p_holm"] == pytest.approx(3 * rows["p"].min())


def test_without_any_difference_p_is_uniform():
    random = np.random.default_rng(3)
    base = random.normal(0.6, 0.1, (60, 24))
    pairs = base[..., None] + random.normal(0, 0.04, (60, 24, 2))
    domains = pd.Index(list("abc") * 8)
    found = [worst_p(pair, domains, "dice", random) for pair in pairs]
    assert stats.kstest(found, "uniform").pvalue > 0.05


def test_how_a_training_went_is_chance_too():
    """Where trainings of one kind differ, p of these trainings alone is far too small."""
    random = np.random.default_rng(4)
    domains, fold = pd.Index(list("abc") * 10), np.arange(30) % 3
    found = {"these": [], "others": []}
    for _ in range(60):
        trained = random.normal(0, 0.04, (3, 3))[fold] + random.normal(0, 0.02, (30, 1))
        tests = trained + random.normal(0, 0.02, (30, 3))
        base = random.normal(0.6, 0.1, 30)
        pairs = np.stack([base, base + tests.mean(axis=1)], axis=1)
        trainings = (fold[:, None] * 3 + np.arange(3)).ravel()
        spread = training_spread(tests.ravel(), np.repeat(np.arange(30), 3), trainings)
        shares = (np.arange(9) // 3 == fold[:, None]) / 3
        for name, known in (("these", None), ("others", Trainings(spread, shares))):
            found[name].append(worst_p(pairs, domains, "dice", random, known, 199))
    assert np.mean(np.array(found["these"]) < 0.05) > 0.15
    assert np.mean(np.array(found["others"]) < 0.05) <= 0.1
    assert 0.3 < np.mean(found["others"]) < 0.7


def test_a_clear_gain_outlives_what_trainings_differ_by():
    table = scores(baseline=BASE, x=BASE + 0.1).assign(voxels_true=1, voxels_predicted=1)
    noise = np.random.default_rng(5).normal(0, 0.02, (3, len(table)))
    tables = [
        table.assign(seed=seed, fold=0, dice=table["dice"] + noise[seed], hd95=1.0)
        for seed in range(3)
    ]
    found = study_worst(
        pd.concat(tables), {"scanner": DOMAINS}, ["baseline", "x"], {}, Bootstrap(draws=50)
    )
    dice = found.set_index("metric").loc["dice"]
    assert dice["p"] < 0.01 and dice["effect"] == pytest.approx(0.1, abs=0.02)


def test_the_sentence_names_who_was_tested():
    words = {("cv", "scanner"): "n 40, 1 seed, domains bad and good"}
    (sentence,) = worst_sentences(compare(x=noisy(0.0)), {"x": "clusters"}, {}, 0.05, words)
    assert "Worst domain of scanner (n 40, 1 seed, domains bad and good), Dice: " in sentence


def test_harm_is_named_and_outweighs_what_is_better_elsewhere():
    kinds = {"x": "clusters"}
    table = compare(x=noisy(-0.05))
    assert "Worse: x than baseline in WT -0.0" in worst_sentences(table, kinds, {}, 0.05, {})[0]
    both = pd.concat([table, compare(x=noisy(0.05)).assign(region="TC")])
    sentence = worst_sentences(both, kinds, {}, 0.05, {})[0]
    assert "nothing helped" in sentence and "Better: x than baseline in TC +0.0" in sentence

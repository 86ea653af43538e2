import numpy as np
import pandas as pd
import pytest

from cirl.evaluation.worst_domain import worst_sentences, worst_table
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


def compare(**arms):
    table = scores(baseline=BASE, **arms)
    partitions = {"all": pd.Series("all", index=SUBJECTS), "scanner": DOMAINS}
    return worst_table(table, partitions, ["baseline", *arms], Bootstrap(draws=500))


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


@pytest.mark.parametrize(
    "kinds, helping, verdict",
    [
        (["clusters", "placebo"], [0, 0], "nothing helped"),
        (["clusters", "placebo"], [1, 0], "clusters helped, and shuffled ones did not"),
        (["clusters", "placebo"], [1, 1], "any regulariser may do"),
        (["clusters", "other"], [1, 0], "without a placebo arm any regulariser might have"),
        (["clusters", "other"], [0, 1], "clusters did not"),
    ],
)
def test_the_sentence_follows_from_the_numbers(kinds, helping, verdict):
    arms = {name: BASE + 0.05 * helps for name, helps in zip("xy", helping, strict=True)}
    sentence = worst_sentences(compare(**arms), {"baseline": "other", "x": kinds[0], "y": kinds[1]})
    assert verdict in sentence[0]
    assert ("x in WT +0.050 [+0.050, +0.050]" in sentence[0]) == bool(helping[0])


def test_harm_is_named_and_outweighs_what_is_better_elsewhere():
    table = compare(x=BASE - 0.05)
    assert "Worse: x in WT -0.050" in worst_sentences(table, {"x": "clusters"})[0]
    both = pd.concat([table, compare(x=BASE + 0.05).assign(region="TC")])
    sentence = worst_sentences(both, {"x": "clusters"})[0]
    assert "nothing helped" in sentence and "Better: x in TC +0.050" in sentence

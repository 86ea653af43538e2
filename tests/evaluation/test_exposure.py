"""Seen and unseen are partitions of their own, and nothing averages the two."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirl.evaluation.comparisons import comparison_table
from cirl.evaluation.exposure import EXPOSURE, exposures, in_one_role, with_exposure
from cirl.evaluation.ranking import study_ranking
from cirl.evaluation.spread import summary_tables
from cirl.evaluation.summary import scores_by_subject
from cirl.evaluation.worst_domain import study_worst
from cirl.metrics.statistics import Bootstrap
from cirl.study.tables.evaluation import SCORES

SUBJECTS = [f"s{i:02d}" for i in range(24)]
DOMAIN = pd.Series(list("abc") * 8, index=SUBJECTS)
BASE = pd.Series(np.random.default_rng(0).uniform(0.4, 0.8, 24).round(3), index=SUBJECTS)
BOOTSTRAP = Bootstrap(draws=60)
EVERYONE = {"all": pd.Series("all", index=SUBJECTS), "site": DOMAIN}


def folds(held_out: str, tested: int) -> pd.DataFrame:
    """A fold a held-out domain, in which the first subjects of the others are tested too."""
    rows = [
        {"subject": subject, "fold": fold, "domain": DOMAIN[subject], "seen": seen,
         "role": "test" if not seen or number < tested else "train"}
        for fold, left_out in enumerate(held_out) for number, subject in enumerate(SUBJECTS)
        for seen in (DOMAIN[subject] != left_out,)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def scores(table: pd.DataFrame, gain: dict[str, tuple[float, float]], protocol="lodo"):
    """Scores of every test: an arm gains so much on the seen, so much on the unseen."""
    rows = [
        {"subject": row.subject, "protocol": protocol, "arm": arm, "seed": 0, "fold": row.fold,
         "cohort": "x", "region": "WT", "dice": BASE[row.subject] + gains[not row.seen],
         "hd95": 5.0, "voxels_true": 10, "voxels_predicted": 10}
        for arm, gains in gain.items()
        for row in table[table["role"] == "test"].itertuples()
    ]  # fmt: skip
    return pd.DataFrame(rows)


ARMS = {"baseline": (0.0, 0.0), "arm": (-0.05, 0.10)}


def study(held_out: str = "abc", tested: int = 24, gain=ARMS) -> pd.DataFrame:
    table = folds(held_out, tested)
    return with_exposure(scores(table, gain), {"lodo": table})


def effects(table: pd.DataFrame) -> dict[str, float]:
    tests = comparison_table(table, ["baseline", "arm"], BOOTSTRAP)
    return tests[tests["metric"] == "dice"].set_index("partition")["effect"].to_dict()


def test_what_helps_the_unseen_and_harms_the_seen_is_said_as_both() -> None:
    found = effects(study())
    assert found == pytest.approx({"all": 0.10, "seen": -0.05, "unseen": 0.10})
    # The mean over a subject's three folds would have been (.10 - .05 - .05) / 3 = 0.
    one = effects(study("a"))
    assert one["all"] == pytest.approx((8 * 0.10 - 16 * 0.05) / 24)
    assert (one["seen"], one["unseen"]) == pytest.approx((-0.05, 0.10))


@given(
    held_out=st.sampled_from(["a", "ab", "bc", "abc"]),
    tested=st.integers(0, 24),
    seen=st.floats(-0.3, 0.2),
    unseen=st.floats(-0.3, 0.2),
)
@settings(max_examples=15, deadline=None)
def test_no_partition_mixes_the_two(held_out, tested, seen, unseen) -> None:
    table = study(held_out, tested, {"baseline": (0.0, 0.0), "arm": (seen, unseen)})
    arm = table[table["arm"] == "arm"]
    for name, gain in {"seen": seen, "unseen": unseen}.items():
        rows = exposures(arm).get(name, arm.iloc[:0])
        means = rows.groupby("subject")["dice"].mean()
        assert means.to_numpy() == pytest.approx((BASE[means.index] + gain).to_numpy())
    whole = scores_by_subject(arm).set_index("subject")["dice"]
    is_unseen = DOMAIN[whole.index].isin(list(held_out))
    expected = BASE[whole.index] + np.where(is_unseen, unseen, seen)
    assert whole.to_numpy() == pytest.approx(expected.to_numpy())
    assert set(whole.index) == set(arm["subject"])


def test_an_arm_that_lacks_the_unseen_fold_is_not_paired_across_the_two() -> None:
    table = study("ab")
    lost = (table["arm"] == "arm") & (table["fold"] == 0)
    assert effects(table[~lost])["all"] == pytest.approx((8 * 0.10 - 8 * 0.05) / 16)


def test_means_and_worst_domains_of_the_unseen_are_of_unseen_tests() -> None:
    table = study("ab")
    summary, domains = summary_tables(table, EVERYONE, pd.Series(50.0, SUBJECTS), BOOTSTRAP)
    rows = summary[summary["metric"] == "dice"].set_index(["arm", "partition"])
    means = BASE.groupby(DOMAIN).mean()
    unseen = rows.loc[("arm", "unseen")]
    assert unseen["n"] == 16
    assert unseen["mean"] == pytest.approx(means[["a", "b"]].mean() + 0.10)
    assert unseen["worst_domain"] == means[["a", "b"]].idxmin()
    assert unseen["worst_domain_mean"] == pytest.approx(means[["a", "b"]].min() + 0.10)
    assert rows.loc[("arm", "seen"), "mean"] == pytest.approx(BASE.mean() - 0.05)
    named = domains.query("metric == 'dice' and arm == 'arm'").set_index(["partition", "domain"])
    assert named.loc[("seen", "c"), "mean"] == pytest.approx(means["c"] - 0.05)
    worst = study_worst(table, EVERYONE, ["baseline", "arm"], {}, BOOTSTRAP)
    dice = worst[worst["metric"] == "dice"].set_index("partition")["effect"]
    assert dice[["seen", "unseen"]].tolist() == pytest.approx([-0.05, 0.10])


def test_arms_are_ranked_on_each_part() -> None:
    ranking = study_ranking(study(), ["baseline", "arm"], BOOTSTRAP)
    dice = ranking[ranking["metric"] == "dice"].set_index(["partition", "arm"])["rank"]
    assert dice[[("seen", "arm"), ("unseen", "arm"), ("all", "arm")]].tolist() == [2, 1, 1]


def test_holm_has_a_family_a_protocol_partition_and_metric() -> None:
    table = study()
    tests = comparison_table(pd.concat([table, table.assign(region="TC")]), list(ARMS), BOOTSTRAP)
    assert set(tests["family"]) == {2}
    assert len(tests) == 3 * 2 * 2  # partitions, regions, metrics


def test_a_protocol_that_leaves_nothing_out_is_as_it_was() -> None:
    cross = folds("", 0).reindex(columns=["subject", "fold", "role"])
    lodo = folds("ab", 24)
    tested = pd.DataFrame({"subject": SUBJECTS, "fold": 0, "role": "test", "seen": True})
    cv = scores(tested, ARMS, "cv")
    assert with_exposure(cv, {"cv": cross}) is cv and exposures(cv) == {}
    both = pd.concat([cv, scores(lodo, ARMS)], ignore_index=True)
    told = with_exposure(both, {"cv": cross, "lodo": lodo})
    pd.testing.assert_frame_equal(told[both.columns.tolist()], both)
    assert set(told.loc[told["protocol"] == "cv", EXPOSURE]) == {""}
    assert len(in_one_role(told[told["protocol"] == "cv"])) == len(cv)
    alone = comparison_table(cv, list(ARMS), BOOTSTRAP)
    beside = comparison_table(told, list(ARMS), BOOTSTRAP).query("protocol == 'cv'")
    pd.testing.assert_frame_equal(alone, beside.reset_index(drop=True))
    assert set(alone["partition"]) == {"all"}


def test_collected_scores_are_read_as_they_were_written(tmp_path) -> None:
    table = study("a").assign(lesionwise_dice=1.0, lesionwise_hd95=0.0)
    SCORES.write(table, tmp_path / "scores.csv")
    read = SCORES.read(tmp_path / "scores.csv")
    assert read[EXPOSURE].tolist() == table[EXPOSURE].tolist()

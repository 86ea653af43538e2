"""The primary endpoint: arms against the baseline and their placebos, on unseen subjects."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cirl.evaluation.primary import OF_DOMAINS, OF_SUBJECTS, OF_TRAININGS, Endpoint, primary_table
from cirl.evaluation.primary_sentences import primary_sentences
from cirl.metrics.correction import corrected
from cirl.metrics.mixed_effects import mean_over_subjects
from cirl.study.tables.evaluation import PRIMARY

KINDS = {"baseline": "other", "kmeans": "clusters", "vdec": "clusters", "shuffled": "placebo"}
PLACEBOS = {"kmeans": "shuffled", "vdec": "shuffled"}
ENDPOINT = Endpoint(("WT", "TC"), margin=0.02)


def study(
    gains: dict[str, float] | None = None,
    protocol: str = "cv",
    seeds: int = 3,
    domains: int = 3,
    noise: float = 0.03,
    subjects: int = 24,
) -> pd.DataFrame:
    """Scores in which arms gain something on unseen subjects, and lose twice that on seen ones."""
    random = np.random.default_rng(len(protocol) + seeds + domains)
    base = random.uniform(0.5, 0.9, subjects)
    rows = []
    for fold in range(domains):
        for number in range(subjects):
            unseen = number % domains == fold
            if protocol == "cv" and not unseen:
                continue
            exposure = "" if protocol == "cv" else "unseen" if unseen else "seen"
            for seed in range(seeds):
                for arm in KINDS:
                    gain = (gains or {}).get(arm, 0.0) * (1 if unseen else -2)
                    for region in ("WT", "TC", "NCR"):
                        dice = base[number] + gain + random.normal(0, noise)
                        rows.append((f"s{number:02d}", fold, seed, arm, region, dice, exposure))
    columns = ["subject", "fold", "seed", "arm", "region", "dice", "exposure"]
    table = pd.DataFrame(rows, columns=columns).assign(protocol=protocol)
    site = table["subject"].str[1:].astype(int) % domains
    return table.assign(domain=["" if protocol == "cv" else f"site{i}" for i in site])


def test_it_asks_of_each_arm_the_baseline_and_the_placebo_in_its_regions() -> None:
    table = primary_table(study(), KINDS, PLACEBOS, {}, ENDPOINT)
    pairs = [("kmeans", "baseline"), ("vdec", "baseline"), ("kmeans", "shuffled")]
    pairs.append(("vdec", "shuffled"))
    expected = [(*pair, region) for pair in pairs for region in ("WT", "TC")]
    asked = table[["arm", "reference", "region"]].itertuples(index=False, name=None)
    assert list(asked) == expected
    for name in ("p", "p_equivalence"):
        holm = corrected(table[name].to_numpy())
        assert table[f"{name}_holm"].to_numpy() == pytest.approx(holm)
    assert (table[["n", "seeds", "trainings"]] == [24, 3, 9]).all(axis=None)
    assert set(table["inference"]) == {OF_TRAININGS} and set(table["domains"]) == {""}


def test_arms_are_paired_by_seed_and_fold() -> None:
    scores = study({"kmeans": 0.05})
    # What a training has in common with the other arm's of the same seed and fold cancels.
    together = scores["dice"] + 0.1 * scores["seed"] + 0.05 * scores["fold"]
    row, other = (
        primary_table(one, KINDS, PLACEBOS, {}, ENDPOINT).iloc[0]
        for one in (scores, scores.assign(dice=together))
    )
    assert row["effect"] == pytest.approx(0.05, abs=0.02)
    assert (row["effect"], row["se"]) == pytest.approx((other["effect"], other["se"]))


def test_a_training_that_only_one_arm_has_is_left_out() -> None:
    scores = study()
    lost = (scores["arm"] == "kmeans") & (scores["seed"] == 2) & (scores["fold"] == 0)
    table = primary_table(scores[~lost], KINDS, PLACEBOS, {}, ENDPOINT).set_index("arm")
    assert table.loc["kmeans", "trainings"].tolist() == [8] * 4
    assert table.loc["vdec", "trainings"].tolist() == [9] * 4
    gone = primary_table(scores[scores["arm"] != "kmeans"], KINDS, PLACEBOS, {}, ENDPOINT)
    assert set(gone["arm"]) == {"vdec"}


def test_where_domains_are_left_out_only_the_unseen_count() -> None:
    table = primary_table(study({"kmeans": 0.1}, "lodo"), KINDS, PLACEBOS, {}, ENDPOINT)
    assert set(table["partition"]) == {"unseen"}
    row = table.iloc[0]
    assert (row["arm"], row["n"], row["trainings"]) == ("kmeans", 24, 9)
    assert row["effect"] == pytest.approx(0.1, abs=0.02)
    assert row["domains"] == "site0, site1, site2" and row["inference"] == OF_TRAININGS


def test_five_unseen_domains_are_a_sample_of_domains() -> None:
    scores = study({"kmeans": 0.1}, "lodo", domains=5, subjects=23)
    row = primary_table(scores, KINDS, PLACEBOS, {}, ENDPOINT).iloc[0]
    unseen = scores[(scores["exposure"] == "unseen") & (scores["region"] == "WT")]
    wide = unseen.pivot_table(index=["domain", "subject"], columns="arm", values="dice")
    means = (wide["kmeans"] - wide["baseline"]).groupby("domain").mean()
    expected = stats.ttest_1samp(means, 0)
    assert row["inference"] == OF_DOMAINS and row["df"] == 4
    assert row["effect"] == pytest.approx(means.mean())
    assert row["p"] == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval()
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((interval.low, interval.high))


def test_scans_of_a_patient_count_once() -> None:
    scores = study({"kmeans": 0.05}, domains=2)
    patients = {f"s{i:02d}": f"p{i % 12}" for i in range(24)}  # in the same fold
    row = primary_table(scores, KINDS, PLACEBOS, {}, ENDPOINT, patients).iloc[0]
    merged = scores.assign(subject=scores["subject"].map(patients))
    keys = [name for name in merged.columns if name != "dice"]
    merged = merged.groupby(keys, sort=False)["dice"].mean().reset_index()
    other = primary_table(merged, KINDS, PLACEBOS, {}, ENDPOINT).iloc[0]
    assert row["n"] == 12
    assert row[["effect", "se", "p"]].tolist() == pytest.approx(
        other[["effect", "se", "p"]].tolist()
    )


def test_the_estimate_is_that_of_the_mixed_model() -> None:
    scores = study({"kmeans": 0.05})
    row = primary_table(scores, KINDS, PLACEBOS, {}, ENDPOINT).iloc[0]
    wide = scores[scores["region"] == "WT"].pivot(
        index=["subject", "fold", "seed"], columns="arm", values="dice"
    )
    subject, fold, seed = (wide.index.get_level_values(name) for name in wide.index.names)
    values = (wide["kmeans"] - wide["baseline"]).to_numpy()
    codes = (pd.factorize(subject)[0], (fold * 3 + seed).to_numpy(), fold.to_numpy())
    found = mean_over_subjects(values, *codes)
    assert row[["effect", "se", "df"]].tolist() == pytest.approx([found.mean, found.se, found.df])


def test_the_table_is_read_as_it_was_written(tmp_path) -> None:
    table = primary_table(study(protocol="lodo"), KINDS, PLACEBOS, {}, ENDPOINT)
    PRIMARY.write(table, tmp_path / "primary.csv")
    read = PRIMARY.read(tmp_path / "primary.csv")
    pd.testing.assert_frame_equal(read, table)
    none = primary_table(study(), {"baseline": "other", "shuffled": "placebo"}, {}, {}, ENDPOINT)
    PRIMARY.write(none, tmp_path / "none.csv")
    assert (
        primary_sentences(PRIMARY.read(tmp_path / "none.csv"), {"baseline": "other"}, {}, {}, 0.05)
        == []
    )


def said(**options: object) -> str:
    table = primary_table(study(**options), KINDS, PLACEBOS, {}, ENDPOINT)  # type: ignore[arg-type]
    (sentence,) = primary_sentences(table, KINDS, PLACEBOS, {}, 0.05)
    return sentence


def test_where_nothing_helped_it_says_what_is_equivalent_and_what_undecided() -> None:
    text = said(noise=0.01)
    assert "nothing helped" in text and "kmeans against baseline: WT " in text
    assert text.count("] equivalent") == 4 and "less than 0.02 Dice apart" in text
    assert "Holm over 8 tests" in text
    loud = said(noise=0.2)
    assert loud.count("] undecided") == 4 and "equivalent," not in loud


def test_the_margin_is_explained_once() -> None:
    both = pd.concat([study(), study(protocol="lodo")], ignore_index=True)
    table = primary_table(both, KINDS, PLACEBOS, {}, ENDPOINT)
    assert len(table) == 16  # one family
    first, second = primary_sentences(table, KINDS, PLACEBOS, {}, 0.05)
    assert "Dice apart" in first and "Dice apart" not in second and "Holm over 16" in second


def test_harm_is_said() -> None:
    text = said(gains={"kmeans": -0.1}, noise=0.01)
    assert "kmeans against baseline: WT -0.1" in text and text.count("] worse") == 2


def test_clusters_that_help_more_than_shuffled_ones_are_said_to() -> None:
    assert "clusters helped, and more than shuffled ones: kmeans in WT, TC" in said(
        gains={"kmeans": 0.1}
    )
    alike = said(gains={"kmeans": 0.1, "shuffled": 0.1})
    assert "was not shown to be better than shuffled" in alike and "more than" not in alike


@pytest.mark.parametrize(
    "options, words",
    [
        ({}, "n 24 subjects, 3 seeds, 9 trainings an arm)"),
        ({}, "hold for other subjects and other trainings"),
        (
            {"protocol": "lodo"},
            "n 24 unseen subjects, 3 seeds, 9 trainings an arm, domains site0 and",
        ),
        ({"protocol": "lodo"}, "other subjects of these domains and other trainings"),
        ({"protocol": "lodo", "domains": 6}, "1 seed, 6 trainings an arm, 6 domains)"),
        ({"protocol": "lodo", "domains": 6}, "hold for other domains, subjects and trainings"),
        ({"domains": 1}, "One training: what another training would give is not in the interval"),
        ({"domains": 3}, "train with three seeds"),
    ],
)
def test_the_sentence_says_on_whom_it_rests_and_what_it_holds_for(options, words) -> None:
    seeds = 3 if "domains" not in options else 1
    assert words in said(**{"seeds": seeds, **options})


def test_one_training_leaves_trainings_out() -> None:
    table = primary_table(study(seeds=1, domains=1), KINDS, PLACEBOS, {}, ENDPOINT)
    assert set(table["inference"]) == {OF_SUBJECTS} and set(table["df"]) == {23}


def test_an_arm_is_compared_with_the_control_of_its_batches_which_is_no_baseline() -> None:
    kinds = {"baseline": "other", "vdec": "control", "kmeans": "clusters"}
    controls = {"kmeans": "vdec"}
    scores = study({"kmeans": 0.1, "vdec": 0.1}, noise=0.01)
    table = primary_table(scores, kinds, {}, controls, ENDPOINT)
    pairs = [("vdec", "baseline"), ("kmeans", "baseline"), ("kmeans", "vdec")]
    assert list(table[["arm", "reference"]].drop_duplicates().itertuples(index=False)) == pairs
    (text,) = primary_sentences(table, kinds, {}, controls, 0.05)
    assert "kmeans helped in WT, TC" in text
    assert "kmeans against vdec, whose batches are drawn alike: WT " in text
    assert text.count("] equivalent") == 2 and "less than 0.02 Dice apart" in text

    worse = study({"kmeans": 0.1, "vdec": 0.2}, noise=0.01)  # worse than its control alone
    table = primary_table(worse, kinds, {}, controls, ENDPOINT)
    (text,) = primary_sentences(table, kinds, {}, controls, 0.05)
    assert "kmeans helped in WT, TC" in text and text.count("] worse") == 2

    first = {"vdec": "control", "kmeans": "clusters"}
    asked = primary_table(scores, first, {}, controls, ENDPOINT)
    assert list(asked["region"]) == ["WT", "TC"]  # against the first arm, once

"""A patient counts once, whatever the number of scans: in means, intervals and tests."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cirl.evaluation.adjustment import domain_effects
from cirl.evaluation.comparisons import comparison_table
from cirl.evaluation.dose import dose_table, family_table
from cirl.evaluation.exposure import in_one_role
from cirl.evaluation.gaps import study_gaps
from cirl.evaluation.primary import Endpoint, primary_table
from cirl.evaluation.ranking import study_ranking
from cirl.evaluation.spread import summary_tables
from cirl.evaluation.summary import scores_by_subject
from cirl.evaluation.worst_domain import study_worst
from cirl.metrics.patients import patient_means, repeated_patients
from cirl.metrics.statistics import Bootstrap
from cirl.study.tables.segmentation import PROBES

ARMS = ["baseline", "arm", "other"]
BOOTSTRAP = Bootstrap(draws=400)
SUBJECTS = [f"s{number:02d}" for number in range(24)]
SITE = pd.Series(list("ABC") * 8, index=SUBJECTS)
VOLUME = pd.Series(np.random.default_rng(1).lognormal(3, 1, 24), index=SUBJECTS)
LODO_FOLDS = pd.DataFrame(
    [
        (subject, fold, "test" if SITE[subject] == left_out else "train", SITE[subject],
         SITE[subject] != left_out)
        for fold, left_out in enumerate("ABC") for subject in SUBJECTS
    ],
    columns=["subject", "fold", "role", "domain", "seen"],
)  # fmt: skip


def metrics(seeds: int = 2, noise: float = 0.06) -> pd.DataFrame:
    """Scores of two protocols; a subject is tested in one fold."""
    random = np.random.default_rng(0)
    base = random.uniform(0.4, 0.8, 24)
    rows = [
        (subject, protocol, arm, seed, "ABC".index(SITE[subject]), "c", region,
         base[number] + 0.01 * ARMS.index(arm) + random.normal(0, noise), 5.0, 10, 10,
         "unseen" if protocol == "lodo" else "", SITE[subject] if protocol == "lodo" else "")
        for protocol in ("cv", "lodo") for arm in ARMS for seed in range(seeds)
        for region in ("WT",) for number, subject in enumerate(SUBJECTS)
    ]  # fmt: skip
    columns = ["subject", "protocol", "arm", "seed", "fold", "cohort", "region", "dice", "hd95"]
    columns += ["voxels_true", "voxels_predicted", "exposure", "domain"]
    return pd.DataFrame(rows, columns=columns)


def twice(table: pd.DataFrame) -> pd.DataFrame:
    """Every subject comes again, as a second visit that scores the same."""
    again = table.assign(subject=table["subject"] + "v2")
    return pd.concat([table, again]).assign(patient=[*table["subject"], *table["subject"]])


def both(values: pd.Series) -> pd.Series:
    """What is known of the subjects, of their second visits too."""
    return pd.concat([values, values.rename(lambda name: f"{name}v2")])


def folds(of: Callable[[pd.Series], pd.Series]) -> dict[str, pd.DataFrame]:
    names = of(pd.Series(SUBJECTS, index=SUBJECTS)).index
    table = LODO_FOLDS[LODO_FOLDS["subject"].isin(names)]
    if len(names) > len(SUBJECTS):
        table = pd.concat([table, table.assign(subject=table["subject"] + "v2")])
    return {"lodo": table}


def one(values: pd.Series) -> pd.Series:
    return values


def tables(scores: pd.DataFrame, of: Callable[[pd.Series], pd.Series]) -> dict[str, pd.DataFrame]:
    """Everything that the evaluation computes of scores, but for the number of patients."""
    partitions = {"all": of(SITE).map(lambda _: "all"), "cohort": of(SITE).map(lambda _: "c")}
    partitions["site"] = of(SITE)
    adversary = {"domains": "cohort", "shuffled": False, "reversal": True}
    arms = {
        name: {"adversary": {**adversary, "weight": number} if number else None}
        for number, name in enumerate(ARMS)
    }
    summary, domains = summary_tables(scores, partitions, of(VOLUME), BOOTSTRAP)
    families = family_table(
        {name: {"cohorts": [], "mixstyle": None} | row for name, row in arms.items()}
    )
    owners = repeated_patients(scores)
    return {
        "summary": summary.drop(columns=["sd_over_seeds"]),
        "domains": domains,
        "tests": comparison_table(scores, ARMS, BOOTSTRAP),
        "worst": study_worst(scores, partitions, ARMS, {"other": "arm"}, BOOTSTRAP),
        "ranking": study_ranking(scores, ARMS, BOOTSTRAP),
        "effects": domain_effects(scores_by_subject(scores), partitions, of(VOLUME)),
        "gaps": study_gaps(scores, folds(of), partitions, {name: [] for name in ARMS}, BOOTSTRAP),
        "dose": dose_table(
            scores, of(SITE).rename("site"), PROBES.empty(), families, ["WT"], BOOTSTRAP
        ),
        "primary": primary_table(
            scores, dict.fromkeys(ARMS, "clusters"), {}, {}, Endpoint(("WT",), 0.02),
            None if owners is None else owners.to_dict(),
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def once() -> dict[str, pd.DataFrame]:
    return tables(metrics(), one)


def test_second_visits_that_score_the_same_change_nothing(once: dict[str, pd.DataFrame]) -> None:
    """No mean, interval, p or number: the closed form of what counting patients means."""
    repeated = tables(twice(metrics()), both)
    for name, table in once.items():
        pd.testing.assert_frame_equal(repeated[name], table, rtol=1e-9, obj=name)
    alone = comparison_table(twice(metrics()).drop(columns="patient"), ARMS, BOOTSTRAP)
    wide, narrow = (
        (found["ci_high"] - found["ci_low"]).loc[found["metric"] == "dice"]
        for found in (once["tests"], alone)
    )
    # Twice as many subjects: their intervals are narrower by the root of two.
    assert np.median(wide / narrow) == pytest.approx(2**0.5, abs=0.12)


def test_names_of_patients_change_nothing_where_each_has_one_scan(
    once: dict[str, pd.DataFrame],
) -> None:
    named = metrics().assign(patient=lambda rows: "x" + rows["subject"].str[::-1])
    for name, table in tables(named, one).items():
        pd.testing.assert_frame_equal(once[name], table, obj=name)


def test_an_interval_is_as_wide_as_the_patients_means_vary() -> None:
    random = np.random.default_rng(3)
    of_patient, of_visit = random.normal(0.7, 0.1, 40), random.normal(0, 0.02, (40, 3))
    rows = [
        (f"p{number:02d}-{visit}", f"p{number:02d}", of_patient[number] + of_visit[number, visit])
        for number in range(40) for visit in range(3)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["subject", "patient", "dice"])
    table = table.assign(protocol="cv", arm="a", region="WT", seed=0, fold=0)
    table = table.assign(voxels_true=1, voxels_predicted=1)
    everyone = {"all": pd.Series("all", index=table["subject"])}
    volumes = pd.Series(1.0, index=table["subject"])
    (row,) = summary_tables(table, everyone, volumes, Bootstrap(4000))[0].to_dict("records")
    means = table.groupby("patient")["dice"].mean()
    low, high = stats.t.interval(0.95, 39, means.mean(), stats.sem(means))
    assert (row["n"], row["mean"], row["sd"]) == (
        40,
        pytest.approx(means.mean()),
        pytest.approx(means.std()),
    )
    assert row["ci_high"] - row["ci_low"] == pytest.approx(high - low, rel=0.06)


def test_scans_on_two_sites_count_on_each_of_them_once() -> None:
    values = pd.Series([1.0, 3.0, 5.0, 7.0], index=["a1", "a2", "a3", "b1"])
    patients = pd.Series(["a", "a", "a", "b"], index=values.index)
    site = pd.Series(["X", "X", "Y", "X"], index=values.index)
    assert patient_means(values, patients).to_dict() == {"a1": 3.0, "b1": 7.0}
    assert patient_means(values, patients, site).to_dict() == {"a1": 2.0, "a3": 5.0, "b1": 7.0}
    assert patient_means(values, None) is values


def test_a_patient_whose_scan_is_unseen_is_so_with_all_of_them() -> None:
    rows = pd.DataFrame(
        [("a1", "unseen", "a"), ("a2", "seen", "a"), ("b1", "seen", "b")],
        columns=["subject", "exposure", "patient"],
    ).assign(protocol="lodo")
    assert in_one_role(rows)["subject"].tolist() == ["a1", "b1"]


def test_a_pair_of_arms_is_of_the_scans_that_both_have() -> None:
    """Two patients gain 0.1 on each scan; one arm lacks the bad scan of the first."""
    rows = [
        ("a1", "a", "baseline", 0.8), ("a2", "a", "baseline", 0.2), ("b1", "b", "baseline", 0.6),
        ("a1", "a", "arm", 0.9), ("b1", "b", "arm", 0.7),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["subject", "patient", "arm", "dice"])
    table = table.assign(protocol="cv", region="WT", seed=0, fold=0, voxels_true=1)
    tests = comparison_table(table.assign(voxels_predicted=1), ARMS, BOOTSTRAP)
    assert tests["effect"].tolist() == pytest.approx([0.1]) and tests["n"].tolist() == [2]

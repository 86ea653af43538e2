"""A patient's scans are never on two sides of a split."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirl.folds.protocols import (
    LeaveOutSettings,
    TransferSettings,
    leave_one_domain_out,
    transfer_folds,
)
from cirl.folds.splits import CrossValidationSettings, make_folds


def visits(counts: list[int], seed: int = 0, cohorts: tuple[str, ...] = ("a", "b")) -> pd.DataFrame:
    """A table of patients with so many visits each, whose cohorts and sites may differ by visit."""
    random = np.random.default_rng(seed)
    rows = [
        (
            f"s{number}-{visit}", str(random.choice(cohorts)), "ok", float(random.lognormal(3, 1)),
            f"p{number}", str(random.choice(["A", "B", "C"])),
        )
        for number, count in enumerate(counts)
        for visit in range(count)
    ]  # fmt: skip
    names = ["subject", "cohort", "status", "wt_volume_ml", "patient", "site"]
    return pd.DataFrame(rows, columns=names).sample(frac=1, random_state=seed)


def on_both_sides(folds: pd.DataFrame, table: pd.DataFrame) -> list[tuple[int, str]]:
    """Return fold and patient wherever scans of a patient have two roles in a fold."""
    patients = folds["subject"].map(table.set_index("subject")["patient"])
    roles = folds.groupby(["fold", patients])["role"].nunique()
    return list(roles[roles > 1].index)


def all_protocols(table: pd.DataFrame, validation: float, seed: int) -> dict[str, pd.DataFrame]:
    sites = table.set_index("subject")["site"]
    left_out = LeaveOutSettings((), 0.25, validation)
    return {
        "cv": make_folds(table, CrossValidationSettings(5, validation), seed),
        "lodo": leave_one_domain_out(table, sites, left_out, seed),
        "transfer": transfer_folds(table, TransferSettings(("a",), ("b",), 3, validation), seed),
    }


@pytest.mark.parametrize("seed", range(3))
def test_thirty_patients_with_two_visits_are_never_on_both_sides(seed: int) -> None:
    table = visits([2] * 30, seed)
    assert (table.groupby("patient")["cohort"].nunique() == 2).any()
    for name, folds in all_protocols(table, 0.2, seed).items():
        assert on_both_sides(folds, table) == [], name
        assert set(folds["role"]) == {"train", "validation", "test"}, name
        # The same of the subjects without their patients is what the rule is for.
        alone = all_protocols(table.drop(columns="patient"), 0.2, seed)[name]
        assert on_both_sides(alone, table), name


@settings(max_examples=10)
@given(
    counts=st.lists(st.integers(1, 4), min_size=15, max_size=30),
    validation=st.sampled_from([0.0, 0.2, 0.4]),
    seed=st.integers(0, 50),
)
def test_any_number_of_visits_is_kept_together(counts, validation, seed):
    table = visits(counts, seed)
    for name, folds in all_protocols(table, validation, seed).items():
        assert on_both_sides(folds, table) == [], name
        assert not folds.duplicated(["subject", "fold"]).any()
    cv = all_protocols(table, validation, seed)["cv"]
    assert len(cv) == 5 * len(table)
    assert cv[cv["role"] == "test"]["subject"].is_unique
    patients = cv[cv["role"] == "test"]["subject"].map(table.set_index("subject")["patient"])
    sizes = patients.groupby(cv["fold"]).nunique()
    assert sizes.max() - sizes.min() <= 1


def test_folds_hold_patients_of_each_cohort_and_of_each_volume() -> None:
    table = visits([2] * 40, cohorts=("a",))
    table["wt_volume_ml"] = table["patient"].str.removeprefix("p").astype(float)
    folds = make_folds(table, CrossValidationSettings(5, 0.25), 0)
    tested = folds[folds["role"] == "test"].merge(table, on="subject")
    bins = tested.drop_duplicates("patient").assign(run=lambda rows: rows["wt_volume_ml"] // 5)
    assert bins.groupby("run")["fold"].nunique().tolist() == [5] * 8
    assert folds.groupby(
        ["fold", "role"]
    ).size().unstack().drop_duplicates().to_numpy().tolist() == [[16, 48, 16]]


def test_a_patient_of_the_site_that_is_left_out_trains_nowhere_in_that_fold() -> None:
    table = visits([2] * 30, 1)
    sites = table.set_index("subject")["site"]
    folds = leave_one_domain_out(table, sites, LeaveOutSettings((), 0.0, 0.2), 1)
    patient = table.set_index("subject")["patient"]
    for fold, left_out in enumerate("ABC"):
        own = folds[folds["fold"] == fold].set_index("subject")
        there = set(patient[sites == left_out])
        elsewhere = [one for one in sites.index[sites != left_out] if patient[one] in there]
        assert elsewhere and not set(elsewhere) & set(own.index)
        assert set(own.index[own["role"] == "test"]) == set(sites.index[sites == left_out])
        assert (own["seen"] == (own["domain"] != left_out)).all()
        assert (own["domain"] == sites[own.index]).all()


def test_a_scan_of_no_known_site_does_not_train_its_patient_of_the_site_left_out() -> None:
    table = visits([2] * 30, 1)
    sites = table.set_index("subject")["site"].sort_index()
    sites.iloc[::5] = None
    folds = leave_one_domain_out(table, sites, LeaveOutSettings((), 0.25, 0.2, "train"), 1)
    assert on_both_sides(folds, table) == []
    patient = table.set_index("subject")["patient"]
    for fold, left_out in enumerate("ABC"):
        trained = folds[(folds["fold"] == fold) & (folds["role"] != "test")]["subject"]
        assert set(sites.index[sites.isna()]) & set(trained)
        assert not set(patient[trained]) & set(patient[sites == left_out])


def test_a_patient_of_source_and_target_trains_unless_he_is_tested() -> None:
    table = visits([2] * 30, 2)
    folds = transfer_folds(table, TransferSettings(("a",), ("b",), 3, 0.0), 2)
    both = table.groupby("patient").filter(lambda own: set(own["cohort"]) == {"a", "b"})
    source = both.loc[both["cohort"] == "a", "subject"]
    roles = folds[folds["subject"].isin(source)].groupby("subject")["role"].agg(list)
    # Of three folds he is tested in one, and his scan among the source has a role in the others.
    assert roles.tolist() == [["train", "train"]] * len(source)


def test_too_few_patients_are_an_error_however_many_scans_there_are() -> None:
    table = visits([4] * 4)
    with pytest.raises(ValueError, match="only 16 subjects, of 4 patients, are usable"):
        make_folds(table, CrossValidationSettings(5, 0.1), 0)
    both = pd.DataFrame(
        [(f"s{n}-{site}", "a", "ok", 1.0, f"p{n}", site) for n in range(6) for site in "AB"],
        columns=["subject", "cohort", "status", "wt_volume_ml", "patient", "site"],
    )
    with pytest.raises(ValueError, match="'A', .* 0 are of patients who have no scan in it"):
        leave_one_domain_out(
            both, both.set_index("subject")["site"], LeaveOutSettings((), 0.0, 0.1), 0
        )
    with pytest.raises(ValueError, match="usable subjects, of 2 patients, of the target"):
        transfer_folds(
            visits([3, 3, 2], cohorts=("a",)).assign(
                cohort=lambda rows: np.where(rows["patient"] == "p2", "a", "b")
            ),
            TransferSettings(("a",), ("b",), 3, 0.1),
            0,
        )


def test_with_one_scan_a_patient_nothing_depends_on_what_patients_are_called() -> None:
    table = visits([1] * 50, 3)
    named = table.assign(patient=[f"x{number}" for number in range(50)][::-1])
    for one, other in zip(
        all_protocols(named, 0.2, 3).values(),
        all_protocols(table.drop(columns="patient"), 0.2, 3).values(),
        strict=True,
    ):
        pd.testing.assert_frame_equal(one, other)

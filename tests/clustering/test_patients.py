"""A patient's scans are drawn together where clusterings are tested, and count once."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering import valley
from cirl.clustering.agreement import AgreementSettings, agreement_table
from cirl.clustering.consensus import UNSAMPLED
from cirl.clustering.evidence import Fit, null_table, stability_table
from cirl.clustering.null import NULL_DISTRIBUTIONS, draws_of_patients
from cirl.clustering.sweep import Labeling
from cirl.metrics.patients import first_scans, in_order_of, patient_numbers, renumbered
from cirl.representation.pretraining import validation_part

RANDOM = np.random.default_rng(0)
TABLE = RANDOM.normal(size=(30, 4)) @ RANDOM.normal(size=(4, 4))
TWICE = np.tile(np.arange(30), 2)
"""The patients of a table in which all thirty come twice, one after the other."""


def sides(values: np.ndarray, seed: int) -> list[Fit]:
    return [Fit("sides", 2, (values[:, 0] > 0).astype(int), values)]


def test_numbers_go_by_first_appearance_and_single_scans_count_up() -> None:
    patients = pd.Series({"a": "x", "b": "y", "c": "x"})
    assert patient_numbers(["b", "a", "d", "c"], patients).tolist() == [0, 1, 2, 1]
    assert renumbered(np.array([7, 3, 7, 9]), 4).tolist() == [0, 1, 0, 2]
    assert renumbered(None, 3).tolist() == [0, 1, 2]
    assert first_scans(np.array([0, 1, 0, 2])).tolist() == [0, 1, 3]
    numbers = np.array([0, 1, 0, 2, 1])
    assert in_order_of(numbers, np.array([1, 0])).tolist() == [1, 4, 0, 2]
    assert in_order_of(np.arange(4), np.array([2, 0, 3])).tolist() == [2, 0, 3]


def test_a_subsample_has_all_scans_of_a_patient_or_none() -> None:
    random = np.random.default_rng(1)
    patients = random.integers(0, 20, 60)
    table, sampled = stability_table(
        "f", range(20), random.normal(size=(60, 2)), 0.5, sides, 0, patients
    )
    there = sampled.labels[:, 0] != UNSAMPLED
    for own in np.unique(patients):
        part = there[:, patients == own]
        assert (part.all(axis=1) | ~part.any(axis=1)).all()
    count = len(np.unique(patients))
    assert [len(np.unique(patients[row])) for row in there] == [round(0.5 * count)] * 20
    assert len(table) == 20


def test_halves_of_a_valley_have_no_patient_in_both() -> None:
    patients = np.random.default_rng(2).integers(0, 15, 40)
    halves = list(valley._halves(renumbered(patients, 40), 0))
    assert len(halves) == 2 * valley.HALVINGS
    for learning, testing in halves:
        assert not set(patients[learning]) & set(patients[testing])
        assert sorted([*learning, *testing]) == list(range(40))


def test_a_validation_part_of_pretraining_has_no_patient_who_trains() -> None:
    patients = np.random.default_rng(3).integers(0, 15, 40)
    watched = validation_part(patients, 0.3, 0)
    others = np.delete(np.arange(40), watched)
    assert len(watched) and not set(patients[watched]) & set(patients[others])
    assert len(np.unique(patients[watched])) == round(0.3 * len(np.unique(patients)))
    assert (
        validation_part(np.arange(40), 0.3, 0).tolist()
        == validation_part(40 + np.arange(40), 0.3, 0).tolist()
    )


@pytest.mark.parametrize("name", list(NULL_DISTRIBUTIONS))
def test_a_null_of_duplicates_is_that_of_the_table_and_its_duplicates(name: str) -> None:
    """Who comes twice comes twice in a draw, so that no copies are more structure than it has."""
    reference = NULL_DISTRIBUTIONS[name]
    doubled = draws_of_patients(reference, np.vstack([TABLE, TABLE]), TWICE)(
        np.random.default_rng(5)
    )
    single = draws_of_patients(reference, TABLE)(np.random.default_rng(5))
    assert doubled == pytest.approx(np.vstack([single, single]))
    assert single == pytest.approx(reference.fit(TABLE).draw(np.random.default_rng(5)), abs=0)


def test_a_further_scan_of_a_draw_lies_as_far_from_the_first_as_it_really_does() -> None:
    second = TABLE + np.random.default_rng(6).normal(scale=0.1, size=TABLE.shape)
    drawn = draws_of_patients(NULL_DISTRIBUTIONS["copula"], np.vstack([TABLE, second]), TWICE)
    found = drawn(np.random.default_rng(0))
    assert found[30:] - found[:30] == pytest.approx(second - TABLE)
    assert not np.allclose(found[:30], TABLE)


def test_duplicates_give_the_same_silhouettes_to_a_null() -> None:
    doubled = np.vstack([TABLE, TABLE])
    for patients, values in ((None, TABLE), (TWICE, doubled)):
        draw = draws_of_patients(NULL_DISTRIBUTIONS["gaussian"], values, patients)
        shares = null_table("f", range(3), draw, sides, 4)["smallest_share"]
        if patients is None:
            expected = shares
    assert shares.tolist() == expected.tolist()


def test_second_visits_change_nothing_in_the_agreement_with_a_domain() -> None:
    subjects = [f"s{number}" for number in range(30)]
    again = [f"{name}v2" for name in subjects]
    clusters = pd.Series(RANDOM.integers(0, 2, 30), index=subjects)
    site = pd.DataFrame({"site": RANDOM.choice(["A", "B"], 30)}, index=subjects)
    settings = AgreementSettings(draws=199)
    once = agreement_table([Labeling("kmeans", 2, clusters)], site, settings)
    both = pd.concat([clusters, clusters.set_axis(again)])
    sites = pd.concat([site, site.set_axis(again)])
    patients = pd.Series([*subjects, *subjects], index=[*subjects, *again])
    repeated = agreement_table([Labeling("kmeans", 2, both)], sites, settings, patients)
    pd.testing.assert_frame_equal(repeated, once)
    alone = agreement_table([Labeling("kmeans", 2, both)], sites, settings)
    assert alone["n"].tolist() == [60] and once["n"].tolist() == [30]


def test_tables_that_share_all_patients_have_no_domains_to_agree_with() -> None:
    """Each patient is in both tables, and the clusters are the tables: there is nothing to test."""
    subjects = [f"{table}_{number}" for table in "ab" for number in range(30)]
    clusters = pd.Series([0] * 30 + [1] * 30, index=subjects)
    cohort = pd.DataFrame({"cohort": ["a"] * 30 + ["b"] * 30}, index=subjects)
    patients = pd.Series([f"a_{number}" for number in range(30)] * 2, index=subjects)
    settings = AgreementSettings(draws=99)
    table = agreement_table([Labeling("kmeans", 2, clusters)], cohort, settings, patients)
    assert table[["n", "values"]].to_numpy().tolist() == [[30, 1]]
    assert table[["ari", "p", "p_holm"]].isna().all(axis=None)
    fooled = agreement_table([Labeling("kmeans", 2, clusters)], cohort, settings)
    assert fooled["ari"].tolist() == [1.0] and fooled["p"].tolist() == [0.01]

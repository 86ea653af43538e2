"""Labels are exchanged inside test folds, patients whole, and the smallest p is said."""

import numpy as np
import pytest
from planted_shares import fold_table

from cirl.texture.design import read_design
from cirl.texture.permutation import permuted, share_of_draws, smallest_p


def test_every_fold_keeps_its_labels(design, grades):
    drawn = permuted(grades, design, 200, seed=0)
    for fold in range(10):
        inside = design.tested == fold
        assert (np.sort(drawn[inside], axis=0) == np.sort(grades[inside])[:, None]).all()
    # Each of a fold's six labels comes to a subject as often as any other.
    first = drawn[design.tested == 0][0]
    expected = np.bincount(grades[design.tested == 0], minlength=4) / 6
    assert np.bincount(first.astype(int), minlength=4) / 200 == pytest.approx(expected, abs=0.12)


def test_scans_of_a_patient_stay_together():
    patients = np.array([f"who{number // 2}" for number in range(40)])
    grades = np.repeat(np.arange(20) % 4, 2)
    table = fold_table(grades, 1, patients)
    table = table.assign(role="test")
    drawn = permuted(grades, read_design(table, "stratified"), 50, seed=0)
    assert (drawn[0::2] == drawn[1::2]).all()
    assert len(np.unique(drawn[0])) == 4


def test_leaving_one_out_looks_at_no_label_so_all_are_exchanged(grades):
    table = fold_table(grades, 60)
    inside = read_design(table, "stratified")
    assert (permuted(grades, inside, 5, seed=0) == grades[:, None]).all()
    assert smallest_p(grades, inside, 999) == 1
    free = read_design(table, "subject")
    assert (permuted(grades, free, 5, seed=0) != grades[:, None]).any()
    assert smallest_p(grades, free, 999) == pytest.approx(0.001)


def test_few_arrangements_bound_p_whatever_the_draws():
    grades = np.array([0, 0, 3, 3])
    design = read_design(fold_table(grades, 2), "stratified")
    # Two folds of one low and one high subject: 2 x 2 arrangements.
    assert smallest_p(grades, design, 999) == pytest.approx(1 / 4)


def test_p_counts_the_result_itself():
    assert share_of_draws(0.8, np.array([0.5, 0.8, 0.9, 0.1])) == pytest.approx(3 / 5)
    assert share_of_draws(1.0, np.full(99, 0.5)) == pytest.approx(0.01)
    assert np.isnan(share_of_draws(0.8, np.empty(0)))

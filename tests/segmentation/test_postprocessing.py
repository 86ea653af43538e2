"""What is too small to be believed, and how the two volumes are chosen."""

import numpy as np
import pandas as pd
import pytest

from cirl.segmentation.postprocessing import (
    Candidates,
    Case,
    PostProcessing,
    fit,
    fitting_subjects,
    remove_small,
)


def test_small_parts_are_removed_by_their_volume():
    label = np.zeros((10, 10, 10), np.uint8)
    label[:3, :3, :3] = 2
    label[3, 3, 3] = 3  # touches by a corner
    label[8:, 8:, 8:] = 1
    kept = remove_small(label, smallest_ml=0.25, voxel_ml=0.01)
    assert np.bincount(kept.ravel()).tolist() == [972, 0, 27, 1]
    assert (remove_small(label, 0.08, 0.01) == label).all()
    assert not remove_small(np.zeros_like(label), 1.0, 0.01).any()


def test_little_enhancing_tumour_becomes_necrosis():
    label = np.zeros((6, 6, 6), np.uint8)
    label[:2, :2, :2] = 2
    label[0, 0, 0] = label[0, 0, 1] = 3
    changed = PostProcessing(smallest_et_ml=0.03).apply(label, voxel_ml=0.01)
    assert changed.dtype == np.uint8
    assert np.bincount(changed.ravel()).tolist() == [208, 2, 6]
    assert (PostProcessing(smallest_et_ml=0.02).apply(label, 0.01) == label).all()


def test_parts_are_removed_before_enhancing_tumour_is_judged():
    label = np.zeros((12, 6, 6), np.uint8)
    label[:3, :3, :3], label[0, 0, 0], label[10:, 4:, 4:] = 2, 3, 3
    changed = PostProcessing(0.1, 0.05).apply(label, 0.01)
    assert np.bincount(changed.ravel(), minlength=4).tolist() == [405, 1, 26, 0]


def false_enhancement():
    """A tumour without enhancement, and a prediction that has two voxels of it and a satellite."""
    truth = np.zeros((20, 12, 12), np.uint8)
    truth[2:8, 2:8, 2:8], truth[4:6, 4:6, 4:6] = 2, 1
    found = truth.copy()
    found[4, 4, 4:6] = 3
    found[15:17, 8:10, 8:10] = 2
    return Case(found, truth, 0.01)


def test_the_best_pair_for_the_mean_dice_is_taken_and_the_smallest_of_equal_ones():
    candidates = Candidates((1.0, 0.0, 0.1, 5.0), (0.05, 0.0, 0.03, 10.0))
    chosen, table = fit([false_enhancement()], candidates)
    assert chosen == PostProcessing(0.1, 0.03)
    assert table.loc[table["chosen"], "dice"].item() == 1.0
    assert (table["dice"] == 1.0).sum() == 6
    row = table[(table["smallest_component_ml"] == 0) & (table["smallest_et_ml"] == 0)]
    # WT 2 * 216 / (216 + 224), TC exact, ET found where there is none.
    assert row["dice"].item() == pytest.approx((2 * 216 / 440 + 1 + 0) / 3)


def test_a_true_small_enhancement_outweighs_a_false_one():
    false = false_enhancement()
    true_one = false.truth.copy()
    true_one[4, 4, 4:6] = 3
    true = false._replace(truth=true_one)
    chosen, _ = fit(iter([false, true, true]), Candidates((0.0,), (0.0, 0.03)))
    assert chosen == PostProcessing(0.0, 0.0)


def test_tumour_beyond_the_arrays_is_missed():
    whole = false_enhancement()._replace(beyond={"ED": 3, "ET": 2})
    _, table = fit([whole], Candidates((0.0,), (0.0,)))
    # WT 2 * 216 / (216 + 224 + 5), TC 2 * 8 / (8 + 8 + 2), ET found where there is none of it.
    assert table["dice"].item() == pytest.approx((2 * 216 / 445 + 16 / 18 + 0) / 3)


def test_enhancement_beyond_the_arrays_is_no_reason_to_believe_none():
    """Without what lies beyond, an empty prediction of ET would be right."""
    case = false_enhancement()
    settings = Candidates((0.0,), (0.0, 0.03))
    assert fit([case], settings)[1]["dice"].max() == pytest.approx((2 * 216 / 440 + 2) / 3)
    beyond = fit([case._replace(beyond={"ET": 1})], settings)[1]["dice"].max()
    assert beyond == pytest.approx((2 * 216 / 441 + 16 / 17) / 3)


def test_nothing_to_fit_on_is_an_error():
    with pytest.raises(ValueError, match="no subject on which"):
        fit([], Candidates((0.0,), (0.0,)))


def test_it_is_fitted_on_watched_subjects_and_never_on_tested_ones():
    subjects = pd.DataFrame({"subject": list("abcdef"), "cohort": list("xxxyyy")})
    roles = ["test", "validation", "train", "validation", "train", "test"]
    folds = pd.DataFrame({"subject": list("abcdef"), "fold": 1, "role": roles})
    others = folds.assign(fold=0, role="test")
    folds = pd.concat([others, folds])
    assert fitting_subjects(subjects, folds, 1, []) == ["b", "d"]
    assert fitting_subjects(subjects, folds, 1, ["y"]) == ["d"]
    unwatched = folds.replace("validation", "train")
    assert fitting_subjects(subjects, unwatched, 1, ["x"]) == ["b", "c"]

"""What thresholds find, from maps and labels in files."""

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from cirl.anomaly.counting import (
    count_scores,
    count_subject,
    load_counts,
    measure_subjects,
    save_counts,
)
from cirl.anomaly.subjects import scored_subjects

SHAPE = (6, 5, 4)
LABEL_MAPS = {"a": {1: "NCR", 2: "ED", 3: "ET"}}
# Axes that run to the left, to the back and up, in voxels of 2 x 2 x 2.5 mm: 0.01 ml.
AFFINE = np.diag([-2.0, -2.0, 2.5, 1.0])
# The body's axis first: slices have to be found by the affine.
TURNED = np.array([[0, 0, 2.0, 0], [0, 2.0, 0, 0], [2.5, 0, 0, 0], [0, 0, 0, 1.0]])


def tumour_of(subject):
    label = np.zeros(SHAPE, dtype=np.uint8)
    if subject != "a_healthy":
        label[1:3, 1:3, 1] = 2
    return label


def score_of(subject, tumour=4.0):
    score = 1 + np.arange(np.prod(SHAPE)).reshape(SHAPE) / 128
    score[tumour_of(subject) > 0] = tumour
    score[0] = 0  # no score
    return score.astype(np.float32)


def save(folder, name, array, affine):
    order = [2, 1, 0] if affine is TURNED else [0, 1, 2]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    nib.save(nib.Nifti1Image(np.ascontiguousarray(array.transpose(order)), affine), path)
    return str(path)


@pytest.fixture(params=[AFFINE, TURNED], ids=["straight", "turned"])
def counted(request, tmp_path):
    rows = []
    for name, role in (("a_watched", "validation"), ("a_ill", "test"), ("a_healthy", "test")):
        save(tmp_path / "scores", f"{name}.nii.gz", score_of(name), request.param)
        label = save(tmp_path, f"{name}-seg.nii.gz", tumour_of(name), request.param)
        rows.append({"subject": name, "role": role, "cohort": "a", "label": label})
    return count_scores(tmp_path / "scores", pd.DataFrame(rows), LABEL_MAPS)


def test_a_subject_is_counted_by_what_is_known_of_it():
    label = tumour_of("a_ill")
    label[0, 0, 3] = 1  # where there is no score
    tumour, other, free, missed = count_subject(score_of("a_ill"), label)
    assert (tumour.sum(), other.sum(), missed) == (4, 5 * 5 * 4 - 4, 1)
    assert free.sum() == 5 * 5 * 2  # slices 0 and 2 have no tumour


def test_healthy_voxels_are_those_of_slices_without_tumour(counted):
    watched = counted.role("validation")
    assert counted.free[watched].sum() == 5 * 5 * 3
    assert counted.voxel_ml == pytest.approx([0.01] * 3)


def test_what_a_threshold_finds_in_each_subject(counted):
    found = {one.name: one for one in counted.thresholds([99])}
    assert found["validation_labels"].value == 4.0
    table = measure_subjects(counted, list(found.values())).set_index(["subject", "threshold"])
    ill, healthy = (table.loc[(name, "validation_labels")] for name in ("a_ill", "a_healthy"))
    assert (ill["dice"], ill["voxels_true"], ill["voxels_found"]) == (1, 4, 4)
    assert np.isnan(healthy["dice"])
    assert healthy["false_positive_rate"] == 0
    # The watched subject's healthy voxels end at 1 + 119/128, those of slice 3 being the highest.
    loose = table.loc[("a_healthy", "healthy_99")]
    assert loose["voxels_found"] * 0.01 == pytest.approx(loose["false_ml"])
    assert loose["false_positive_rate"] == pytest.approx(loose["voxels_found"] / 100)
    assert loose["voxels_found"] <= 1


def test_labels_are_named_that_told_what_is_healthy(counted):
    assert {one.name: one.labels for one in counted.thresholds([99])}["healthy_99"] == "slices"
    well = type(counted)(**vars(counted) | {"tumour": 0 * counted.tumour})
    assert {one.name: one.labels for one in well.thresholds([99])}["healthy_99"] == "none"


def test_counts_are_read_as_they_were_written(counted, tmp_path):
    save_counts({"distance": counted, "deviation_t1c": counted}, tmp_path / "voxels.npz")
    found = load_counts(tmp_path / "voxels.npz")
    assert list(found) == ["distance", "deviation_t1c"]
    for name, array in vars(counted).items():
        np.testing.assert_array_equal(vars(found["distance"])[name], array)


def test_a_map_on_another_grid_is_refused(tmp_path):
    save(tmp_path, "a_ill.nii.gz", score_of("a_ill")[:-1], AFFINE)
    label = save(tmp_path, "seg.nii.gz", tumour_of("a_ill"), AFFINE)
    row = {"subject": "a_ill", "role": "test", "cohort": "a", "label": label}
    with pytest.raises(ValueError, match=r"a_ill: a map of scores of shape \(5, 5, 4\).*score its"):
        count_scores(tmp_path, pd.DataFrame([row]), LABEL_MAPS)


def test_maps_are_of_those_watched_and_tested():
    names = ["a_1", "a_2", "a_3"]
    subjects = pd.DataFrame({"subject": names, "cohort": "a", "label": names, "status": "ok"})
    roles = ["train", "test", "validation"]
    folds = pd.concat(
        pd.DataFrame({"subject": names, "fold": fold, "role": roles}) for fold in (0, 1)
    )
    found = scored_subjects(subjects, folds, 1)
    assert list(zip(found["subject"], found["role"], strict=True)) == [
        ("a_2", "test"),
        ("a_3", "validation"),
    ]

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from cirl.evaluation.scoring import (
    ScoringSettings,
    defined_regions,
    score_predictions,
    score_subject,
)
from cirl.metrics.lesionwise import LesionSettings

REGIONS = ["WT", "TC", "ET", "NCR", "ED"]
MAP = {1: "NCR", 2: "ED", 4: "ET"}
AFFINE = np.diag([2.0, 1.0, 3.0, 1.0])


def tumour(values=(1, 2, 3)):
    label = np.zeros((24, 20, 16), dtype=np.uint8)
    label[4:16, 4:14, 4:12] = values[1]
    label[7:12, 6:11, 6:10] = values[2]
    label[8:10, 7:9, 7:9] = values[0]
    return label


def save(array, path, affine=AFFINE):
    nib.save(nib.Nifti1Image(array, affine), path)
    return str(path)


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "predictions"
    folder.mkdir()
    labels = []
    for name in ("c_b", "c_a"):
        labels.append(save(tumour((1, 2, 4)), tmp_path / f"{name}-seg.nii.gz"))
        save(tumour(), folder / f"{name}.nii.gz")
    subjects = pd.DataFrame({"subject": ["c_b", "c_a"], "cohort": "c", "label": labels})
    return folder, subjects


def test_regions_are_scored_by_their_labels():
    truth, prediction = tumour(), tumour()
    prediction[prediction == 3] = 1  # enhancing tumour taken for necrosis
    scores = score_subject(truth, prediction, (2.0, 1.0, 3.0), REGIONS, LesionSettings())
    scores = scores.set_index("region")
    assert scores.loc[["WT", "TC", "ED"], "dice"].tolist() == [1, 1, 1]
    assert scores.loc["NCR", "dice"] == pytest.approx(2 * 8 / (8 + 100))
    assert scores.loc["ET", "dice"] == 0.0
    diagonal = np.linalg.norm([48, 20, 48])
    assert scores.loc["ET", "hd95"] == pytest.approx(diagonal)
    assert scores.loc["ET", "lesionwise_hd95"] == 374.0
    assert scores.loc["ET", ["voxels_true", "voxels_predicted"]].tolist() == [92, 0]


def test_nothing_there_and_nothing_found():
    empty = np.zeros((5, 5, 5), dtype=np.uint8)
    scores = score_subject(empty, empty, (1.0, 1.0, 1.0), REGIONS, LesionSettings())
    assert scores["dice"].tolist() == [1.0] * 5
    assert scores["hd95"].tolist() == [0.0] * 5


def test_labels_are_mapped_and_rows_sorted(study):
    folder, subjects = study
    metrics = score_predictions(folder, subjects, {"c": MAP}, ScoringSettings(regions=REGIONS))
    assert metrics["subject"].tolist() == ["c_a"] * 5 + ["c_b"] * 5
    assert metrics["region"].tolist() == REGIONS * 2
    assert (metrics["dice"] == 1).all()
    assert (metrics["hd95"] == 0).all()


def test_spacing_comes_from_the_affine(study):
    folder, subjects = study
    save(np.roll(tumour(), 2, axis=0), folder / "c_a.nii.gz")
    metrics = score_predictions(folder, subjects, {"c": MAP}, ScoringSettings(regions=["WT"]))
    assert metrics["hd95"].tolist() == [4.0, 0.0]


def test_a_missing_prediction_is_named(study):
    folder, subjects = study
    (folder / "c_b.nii.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"c_b: no predicted mask at .*c_b\.nii\.gz"):
        score_predictions(folder, subjects, {"c": MAP}, ScoringSettings(regions=REGIONS))


def test_a_mask_on_the_images_grid_fits_a_label_that_lies_a_little_off(study):
    """Preprocessing lets the label lie 0.01 mm off the images, whose grid the mask has."""
    folder, subjects = study
    near = AFFINE.copy()
    near[:3, 3] += 0.0055
    save(tumour(), folder / "c_a.nii.gz", near)
    metrics = score_predictions(folder, subjects, {"c": MAP}, ScoringSettings(regions=["WT"]))
    assert metrics["dice"].tolist() == [1, 1]


def test_a_label_whose_axes_run_differently_is_scored_where_it_lies(study):
    """The mask has the images' axes, the label its own; every score is the same."""
    settings = ScoringSettings(regions=REGIONS)
    save(np.roll(tumour(), 2, axis=0), study[0] / "c_a.nii.gz")
    before = score_predictions(*study, {"c": MAP}, settings)
    assert before["hd95"].max() == 4.0
    for path in study[1]["label"]:
        image = nib.load(path)
        own, other = nib.io_orientation(image.affine), nib.orientations.axcodes2ornt("ASL")
        turned = image.as_reoriented(nib.orientations.ornt_transform(own, other))
        assert turned.shape != image.shape
        nib.save(turned, path)
    pd.testing.assert_frame_equal(score_predictions(*study, {"c": MAP}, settings), before)


@pytest.mark.parametrize(
    "affine, shape",
    [(np.eye(4), (24, 20, 16)), (AFFINE, (24, 20, 15)), (AFFINE + np.eye(4, k=3), (24, 20, 16))],
)
def test_a_mask_on_another_grid_is_refused(study, affine, shape):
    folder, subjects = study
    save(np.zeros(shape, dtype=np.uint8), folder / "c_a.nii.gz", affine)
    with pytest.raises(ValueError, match="c_a: the mask"):
        score_predictions(folder, subjects, {"c": MAP}, ScoringSettings(regions=REGIONS))


@pytest.mark.parametrize(
    "label_map, expected",
    [
        ({1: "NCR", 2: "ED", 3: "ET"}, REGIONS),
        ({1: "NCR", 2: "ED", 3: "NCR", 4: "ET"}, REGIONS),
        ({1: "ED"}, ["WT"]),
        ({1: "ED", 2: "ET"}, ["WT", "ET", "ED"]),
        ({1: "background", 2: "ED"}, ["WT"]),
    ],
)
def test_regions_that_a_cohort_can_tell_apart(label_map, expected):
    assert defined_regions(label_map, REGIONS) == expected


def test_lesion_settings_of_a_cohort():
    settings = ScoringSettings(["WT"], {"dilation": 3, "smallest": 50}, {"met": {"dilation": 1}})
    assert settings.lesion_settings("met") == LesionSettings(dilation=1, smallest=50)
    assert settings.lesion_settings("other") == LesionSettings()

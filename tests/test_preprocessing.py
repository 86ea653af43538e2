"""One subject through preprocessing: intensities, crop, geometry, and what excludes it."""

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from box_subjects import write_box_subject

from cirl import geometry
from cirl.images import SubjectError, read_label
from cirl.preprocessing import (
    PreprocessingSettings,
    SubjectFiles,
    excluded,
    preprocess,
    zscore,
)
from cirl.store import open_subject, write_subject

OWN_GRID = PreprocessingSettings(spacing=None, clip=(0.5, 99.5))


def files_of(cohort, name: str = "s1") -> SubjectFiles:
    return SubjectFiles(**cohort.files(name))


def test_brain_is_scaled_and_background_is_zero(box_cohort) -> None:
    result = preprocess(files_of(box_cohort), PreprocessingSettings(None, (0, 100)))
    assert result.image.shape == (4, 16, 18, 15)  # the box of 14 x 16 x 13 and a margin of 1
    inside = np.zeros(result.image.shape[1:], bool)
    inside[1:-1, 1:-1, 1:-1] = True
    for contrast in result.image:
        assert contrast[inside].mean() == pytest.approx(0, abs=1e-5)
        assert contrast[inside].std() == pytest.approx(1, abs=1e-5)
        assert (contrast[~inside] == 0).all()


def test_zscore_is_robust_to_a_few_bright_voxels() -> None:
    voxels = np.random.default_rng(0).normal(100, 10, (20, 20, 20)).astype(np.float32)
    brain = np.ones(voxels.shape, bool)
    _, plain = zscore(voxels, brain, (0.5, 99.5))
    voxels[0, 0, :10] = 90_000
    _, spoilt = zscore(voxels, brain, (0.5, 99.5))
    assert spoilt["location"] == pytest.approx(plain["location"], abs=0.3)
    assert spoilt["scale"] == pytest.approx(plain["scale"], rel=0.03)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "SAL", "PIR"])
def test_label_returns_to_the_original_grid(box_cohort, codes: str) -> None:
    axes = nib.orientations.axcodes2ornt(codes)
    affine = nib.orientations.inv_ornt_aff(axes, (20, 24, 18)) @ np.diag([2, 2, 3, 1])
    write_box_subject(box_cohort, "turned", affine)
    files = files_of(box_cohort, "turned")
    result = preprocess(files, OWN_GRID)
    original, _ = read_label(files.label, files.label_map)
    restored = geometry.to_original_grid(result.label, result.metadata["geometry"])
    assert np.array_equal(restored, original)


def test_volumes_are_those_of_the_original_label(box_cohort) -> None:
    metadata = preprocess(files_of(box_cohort), PreprocessingSettings(4.0, (0.5, 99.5))).metadata
    assert metadata["volume_ml"]["WT"] == pytest.approx(6 * 6 * 5 * 12 / 1000)
    assert metadata["volume_ml"]["NCR"] == pytest.approx(2 * 2 * 1 * 12 / 1000)
    assert metadata["volume_ml"]["TC"] == pytest.approx(4 * 4 * 3 * 12 / 1000)
    assert metadata["spacing"] == pytest.approx([4, 4, 54 / 14])


def test_the_store_returns_what_was_written(box_cohort, tmp_path: Path) -> None:
    result = preprocess(files_of(box_cohort), OWN_GRID)
    write_subject(tmp_path, "box_s1", result.image, result.label, result.metadata)
    stored = open_subject(tmp_path, "box_s1")
    assert np.array_equal(stored.image[1:3, 2:9, :, 4], result.image[1:3, 2:9, :, 4])
    assert np.array_equal(stored.label[:], result.label)
    assert stored.spacing == (2, 2, 3)


def test_a_given_mask_bounds_the_brain(box_cohort, tmp_path: Path) -> None:
    mask = np.zeros((20, 24, 18), np.float32)
    mask[5:15, 6:18, 4:13] = 0.9999999
    nib.save(nib.Nifti1Image(mask, np.diag([2.0, 2, 3, 1])), tmp_path / "mask.nii.gz")
    files = replace(files_of(box_cohort), brain_mask=str(tmp_path / "mask.nii.gz"))
    assert preprocess(files, OWN_GRID).image.shape == (4, 12, 14, 11)


def shift(path: str, millimetres: float) -> None:
    image = nib.load(path)
    affine = image.affine.copy()
    affine[0, 3] += millimetres
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), affine), path)


def test_a_shifted_contrast_is_refused_and_rounding_is_not(box_cohort) -> None:
    files = files_of(box_cohort)
    shift(files.contrasts["t2w"], 1e-5)
    preprocess(files, OWN_GRID)
    shift(files.contrasts["t2w"], 1.0)
    with pytest.raises(SubjectError, match=r"t2w\.nii\.gz: its affine differs .* by 1.* mm"):
        preprocess(files, OWN_GRID)


@pytest.mark.parametrize(
    ("value", "message"),
    [(0, "one value in the whole brain"), (np.nan, "voxels are not finite")],
)
def test_a_contrast_without_information_is_refused(box_cohort, value, message: str) -> None:
    files = files_of(box_cohort)
    path = files.contrasts["t1c"]
    image = nib.load(path)
    nib.save(nib.Nifti1Image(np.full(image.shape, value, np.float32), image.affine), path)
    with pytest.raises(SubjectError, match=message) as caught:
        preprocess(files, OWN_GRID)
    assert path in str(caught.value)


def test_another_shape_is_refused(box_cohort) -> None:
    files = files_of(box_cohort)
    nib.save(nib.Nifti1Image(np.ones((5, 5, 5), np.int16), np.eye(4)), files.contrasts["t2f"])
    with pytest.raises(SubjectError, match=r"shape \(5, 5, 5\), expected \(20, 24, 18\)"):
        preprocess(files, OWN_GRID)


def test_an_excluded_subject_is_written_with_its_reason(box_cohort, tmp_path: Path) -> None:
    result = excluded(files_of(box_cohort), "no such file")
    write_subject(tmp_path, "box_s1", result.image, result.label, result.metadata)
    with pytest.raises(ValueError, match=r"box_s1 was excluded \(no such file\)"):
        open_subject(tmp_path, "box_s1")


def test_a_background_that_is_not_zero_asks_for_a_mask(box_cohort) -> None:
    files = files_of(box_cohort)
    for path in files.contrasts.values():
        image = nib.load(path)
        shifted = np.asarray(image.dataobj).astype(np.float32) - 4.5
        nib.save(nib.Nifti1Image(shifted, image.affine), path)
    with pytest.raises(SubjectError, match="the cohort needs a brain_mask"):
        preprocess(files, OWN_GRID)


def test_the_digest_tells_voxels_apart(box_cohort) -> None:
    files = files_of(box_cohort)
    before = preprocess(files, OWN_GRID).metadata["digest"]
    assert preprocess(files, OWN_GRID).metadata["digest"] == before
    image = nib.load(files.contrasts["t2w"])
    voxels = np.asarray(image.dataobj).copy()
    voxels[8, 8, 8] += 1
    nib.save(nib.Nifti1Image(voxels, image.affine), files.contrasts["t2w"])
    assert preprocess(files, OWN_GRID).metadata["digest"] != before

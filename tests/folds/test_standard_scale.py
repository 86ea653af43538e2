"""Each fold's own standard scale: whom it is learnt from, and that all who read see the same."""

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch
from box_subjects import CONTRASTS, write_box_subject
from toy_store import training_settings

from cirl.folds.standard_scale import learn_fold_scale, stored_landmarks
from cirl.imaging.images import SubjectError
from cirl.imaging.normalisation import landmarks, learn_standard_scale, match, scale_table
from cirl.imaging.preprocessing import PreprocessingSettings, measure_landmarks, preprocess
from cirl.imaging.store import ScaledStore, open_subject, scaled_store, write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.segmentation.data import CropDataset, VolumeDataset, index_subjects, read_crop

PERCENTILES = (1.0, 10.0, 25.0, 50.0, 75.0, 90.0, 99.0)
FOLDED = PreprocessingSettings(None, (0.5, 99.5), "nyul", PERCENTILES, fit="fold")
FOLDS = pd.DataFrame(
    {
        "subject": ["box_s1", "box_s2", "box_s3", "box_s4"],
        "fold": 0,
        "role": ["train", "train", "validation", "test"],
    }
)


@pytest.fixture
def subjects(box_cohort) -> dict[str, SubjectFiles]:
    """Four subjects, of scanners with other contrasts each."""
    for name in ("s3", "s4"):
        write_box_subject(box_cohort, name)
    found = {f"box_{name}": SubjectFiles(**box_cohort.files(name)) for name in box_cohort.find()}
    for number, files in enumerate(found.values()):
        for path in files.contrasts.values():
            scan(path, exponent=1 + 0.3 * number)
    return found


def scan(path: str, exponent: float) -> None:
    """Write an image anew as another scanner would show it."""
    image = nib.load(path)
    voxels = np.asarray(image.dataobj).astype(np.float64) ** exponent
    nib.save(nib.Nifti1Image(voxels.astype(np.float32), image.affine), path)


def fill(store: Path, subjects: dict[str, SubjectFiles]) -> Path:
    for name, files in subjects.items():
        done = preprocess(files, FOLDED)
        write_subject(store, name, done.image, done.label, done.metadata)
    return store


def test_the_scale_is_that_of_the_files_whatever_they_are_stored_in(subjects, tmp_path) -> None:
    learnt = learn_fold_scale(fill(tmp_path, subjects), FOLDS, 0)
    of_files = learn_standard_scale(
        measure_landmarks(subjects[name], FOLDED) for name in ("box_s1", "box_s2")
    )
    assert learnt.percentiles == of_files.percentiles == PERCENTILES
    for contrast in CONTRASTS:
        assert learnt.values[contrast] == pytest.approx(of_files.values[contrast], abs=1e-5)


@pytest.mark.parametrize(
    ("name", "teaches"), [("box_s1", True), ("box_s3", False), ("box_s4", False)]
)
def test_only_training_subjects_teach(subjects, tmp_path, name: str, teaches: bool) -> None:
    before = learn_fold_scale(fill(tmp_path, subjects), FOLDS, 0)
    for path in subjects[name].contrasts.values():
        scan(path, exponent=1.7)
    after = learn_fold_scale(fill(tmp_path, subjects), FOLDS, 0)
    assert (before != after) == teaches


def test_what_is_stored_are_z_scores_and_what_is_read_lies_on_the_scale(subjects, tmp_path) -> None:
    store = fill(tmp_path, subjects)
    standard = learn_fold_scale(store, FOLDS, 0)
    for name, files in subjects.items():
        plain = open_subject(store, name)
        zscored = preprocess(files, replace(FOLDED, normalisation="zscore"))
        assert np.array_equal(plain.image[:], zscored.image)
        image = open_subject(ScaledStore(store, standard), name).image[:]
        assert image.dtype == np.float32
        brain = plain.image[:][0] != 0
        assert not image[:, ~brain].any()
        for channel, contrast in zip(image, CONTRASTS, strict=True):
            found = landmarks(channel, brain, PERCENTILES)
            assert found == pytest.approx(standard.values[contrast], abs=1e-5)


def test_mapping_when_reading_is_mapping_before_storing(subjects, tmp_path) -> None:
    """Where nothing is resampled between the two."""
    store = fill(tmp_path, subjects)
    standard = learn_fold_scale(store, FOLDS.assign(role="train"), 0)
    at_once = replace(FOLDED, fit="all", standard=standard)
    for name, files in subjects.items():
        image = open_subject(ScaledStore(store, standard), name).image[:]
        assert np.allclose(image, preprocess(files, at_once).image, atol=1e-4)


@pytest.mark.parametrize(
    "where",
    [
        slice(None),
        (slice(None), slice(2, 9), slice(None), 4),
        (slice(1, 3), slice(2, 9)),
        (2, slice(None), slice(3, 5)),
        3,
    ],
    ids=str,
)
def test_a_part_is_that_of_the_whole(subjects, tmp_path, where) -> None:
    store = fill(tmp_path, subjects)
    standard = learn_fold_scale(store, FOLDS, 0)
    stored = open_subject(ScaledStore(store, standard), "box_s4")
    whole = np.asarray(stored.image[:])
    assert np.array_equal(stored.image[where], whole[where])
    assert (stored.image.shape, stored.image.ndim) == (whole.shape, whole.ndim)
    plain = open_subject(store, "box_s4")
    own, t2w = plain.metadata["normalisation"]["t2w"]["landmarks"], plain.image[2]
    assert np.array_equal(whole[2], match(t2w, own, standard.values["t2w"], t2w != 0))


def test_networks_are_trained_and_watched_on_what_is_mapped(subjects, tmp_path) -> None:
    folder = fill(tmp_path / "store", subjects)
    scale_table(learn_fold_scale(folder, FOLDS, 0)).to_csv(tmp_path / "scale.csv", index=False)
    store = scaled_store(folder, [tmp_path / "scale.csv"], CONTRASTS)
    assert scaled_store(folder, [], CONTRASTS) == folder
    whole = open_subject(store, "box_s1").image[:]
    assert np.array_equal(VolumeDataset(store, ["box_s1"], "regions")[0]["image"], whole)
    index = index_subjects(store, ["box_s1"], seed=1)
    settings = training_settings(crop=[8, 8, 8])
    crops = CropDataset(store, index, {}, settings, None, seed=1)
    plain = CropDataset(folder, index, {}, settings, None, seed=1)
    starts = np.argwhere(np.ones(np.array(whole.shape[1:]) - 7, bool))
    for number in range(3):
        item = crops[number]
        parts = [read_crop(whole, start, (8, 8, 8)) for start in starts]
        assert sum(np.array_equal(part, item["image"]) for part in parts) == 1
        assert torch.equal(item["target"], plain[number]["target"])
        assert not torch.equal(item["image"], plain[number]["image"])


def test_a_store_of_another_kind_is_refused(subjects, tmp_path) -> None:
    standard = learn_fold_scale(fill(tmp_path / "store", subjects), FOLDS, 0)
    others = {
        "z-scores": replace(FOLDED, normalisation="zscore"),
        "mapped": replace(FOLDED, fit="all", standard=standard),
        "quartiles": replace(FOLDED, percentiles=(1.0, 25.0, 50.0, 75.0, 99.0)),
    }
    for name, settings in others.items():
        done = preprocess(subjects["box_s1"], settings)
        write_subject(tmp_path / name, "box_s1", done.image, done.label, done.metadata)
        with pytest.raises(ValueError, match=r"box_s1: t1n is stored with .*nyul\.fit: fold"):
            open_subject(ScaledStore(tmp_path / name, standard), "box_s1")


def test_landmarks_that_are_not_apart_exclude(subjects) -> None:
    """The clip sees two values, the landmarks one."""
    files = subjects["box_s1"]
    image = nib.load(files.contrasts["t2w"])
    voxels = np.asarray(image.dataobj).copy()
    inside = np.nonzero(voxels)
    voxels[inside] = np.where(np.arange(len(inside[0])) % 10 == 0, 500, 100)
    nib.save(nib.Nifti1Image(voxels, image.affine), files.contrasts["t2w"])
    with pytest.raises(SubjectError, match="t2w has one value, 100"):
        preprocess(files, replace(FOLDED, percentiles=(40.0, 50.0), clip=(0.0, 100.0)))
    with pytest.raises(SubjectError, match="t2w has one value, 100"):
        preprocess(files, replace(FOLDED, percentiles=(0.0, 100.0), clip=(40.0, 50.0)))


def test_stored_landmarks_are_a_table_of_the_usual_columns(subjects) -> None:
    table = stored_landmarks(preprocess(subjects["box_s1"], FOLDED).metadata)
    assert table.columns.tolist() == ["contrast", "percentile", "value"]
    assert len(table) == len(CONTRASTS) * len(PERCENTILES)

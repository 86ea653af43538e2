"""Crops: where they lie, and what they depend on."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader
from toy_store import FULL_AUGMENTATION, NO_AUGMENTATION, SHAPE, make_store, training_settings

from cirl.imaging.store import open_subject, write_subject
from cirl.segmentation.data import (
    CropDataset,
    EpochSampler,
    VolumeDataset,
    index_subjects,
    index_tumour,
    read_crop,
)
from cirl.segmentation.losses import CombinedLoss


@pytest.fixture
def dataset(tmp_path):
    subjects = sorted(make_store(tmp_path)["subject"])
    index = index_subjects(tmp_path, subjects, seed=1)
    settings = training_settings(crop=[8, 8, 8])
    return CropDataset(tmp_path, index, {"a_s0": 2}, settings, FULL_AUGMENTATION, seed=1)


def test_index_holds_true_voxels_of_every_label_and_not_too_many():
    label = np.zeros((30, 30, 30), np.uint8)
    label[2:20, 2:20, 2:20] = 2
    label[5, 6, 7] = 3
    oedema, enhancing = index_tumour(label, np.random.default_rng(0)).voxels
    assert len(oedema) == 2000 and (label[tuple(oedema.T)] == 2).all()
    assert len(np.unique(oedema, axis=0)) == 2000
    assert enhancing.tolist() == [[5, 6, 7]]
    assert index_tumour(np.zeros((4, 4, 4), np.uint8), np.random.default_rng(0)).voxels == ()


@pytest.mark.parametrize(("probability", "low", "high"), [(1.0, 1.0, 1.0), (0.5, 0.6, 0.85)])
def test_crops_favour_tumour(tmp_path, probability, low, high):
    # A tumour in a corner, where 8 % of the random crops meet it.
    label = np.zeros((40, 40, 40), np.uint8)
    label[1:5, 1:5, 1:5] = 1
    settings = training_settings(crop=[16, 16, 16], tumour_probability=probability)
    crops = CropDataset(tmp_path, {}, {}, settings, NO_AUGMENTATION, seed=0)
    index = index_tumour(label, np.random.default_rng(0))
    random = np.random.default_rng(1)
    hits = []
    for _ in range(400):
        start = crops.place(index, label.shape, random)
        assert (start >= 0).all() and (start + 16 <= 40).all()
        hits.append(read_crop(label, start, (16, 16, 16)).any())
    assert low - 0.15 * (probability < 1) <= np.mean(hits) <= high


def test_a_crop_larger_than_the_image_has_it_in_its_middle():
    image = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5) + 1
    settings = training_settings(crop=[8, 8, 8])
    crops = CropDataset("", {}, {}, settings, NO_AUGMENTATION, seed=0)
    empty = index_tumour(np.zeros((3, 4, 5), np.uint8), np.random.default_rng(0))
    start = crops.place(empty, (3, 4, 5), np.random.default_rng(0))
    crop = read_crop(image, start, (8, 8, 8))
    assert start.tolist() == [-3, -2, -2]
    assert crop.shape == (2, 8, 8, 8)
    assert (crop[:, 3:6, 2:6, 2:7] == image).all() and crop.sum() == image.sum()


def test_a_stored_crop_is_that_of_the_whole_array(tmp_path):
    make_store(tmp_path, 1)
    stored = open_subject(tmp_path, "a_s0")
    whole = stored.image[:]
    crop = read_crop(stored.image, np.array([3, 15, 2]), (8, 8, 8))
    assert (crop[:, :, :5] == whole[:, 3:11, 15:20, 2:10]).all() and not crop[:, :, 5:].any()


def test_items_depend_on_seed_and_number_only(dataset):
    first = [dataset[number] for number in (0, 5, 11)]
    again = [dataset[number] for number in (11, 5, 0)][::-1]
    for one, two in zip(first, again, strict=True):
        assert all(torch.equal(one[key], two[key]) for key in one)
    assert not torch.equal(first[0]["image"], dataset[6]["image"])
    other = CropDataset(
        dataset.store, dataset.index, {}, dataset.training, FULL_AUGMENTATION, seed=2
    )
    assert not torch.equal(other[0]["image"], first[0]["image"])


def test_every_round_shows_each_subject_once_in_another_order(dataset):
    rounds = [[dataset.subject_of(6 * turn + place) for place in range(6)] for turn in range(4)]
    assert all(sorted(shown) == dataset.subjects for shown in rounds)
    assert len({tuple(shown) for shown in rounds}) > 1


def test_workers_change_no_item(dataset):
    def epoch(workers: int) -> list[torch.Tensor]:
        sampler = EpochSampler(6)
        sampler.set_epoch(2)
        loader = DataLoader(dataset, batch_size=2, sampler=sampler, num_workers=workers)
        return [batch["image"] for batch in loader]

    alone, helped = epoch(0), epoch(2)
    assert len(alone) == 3
    assert all(torch.equal(a, b) for a, b in zip(alone, helped, strict=True))
    assert torch.equal(alone[0][0], dataset[12]["image"])


def test_an_item_carries_its_domain_and_its_channels(dataset):
    numbers = {dataset.subject_of(number): number for number in range(6)}
    assert dataset[numbers["a_s0"]]["domain"].item() == 2
    assert dataset[numbers["b_s1"]]["domain"].item() == -1
    assert dataset[0]["target"].shape == (3, 8, 8, 8)
    assert dataset[0]["image"].shape == (2, 8, 8, 8)


def test_without_augmentation_an_item_is_a_part_of_its_subject(dataset):
    dataset.augmentation = replace(NO_AUGMENTATION)
    item = dataset[3]
    whole = open_subject(dataset.store, dataset.subject_of(3)).image[:]
    windows = np.lib.stride_tricks.sliding_window_view(whole[0], (8, 8, 8))
    assert windows.shape[:3] == tuple(edge - 7 for edge in SHAPE)
    assert (windows == item["image"][0].numpy()).all(axis=(3, 4, 5)).sum() == 1


@pytest.fixture
def strayed(tmp_path):
    """Two stores of a subject: with its label in the brain, and with one that goes on outside."""
    folders = tmp_path / "inside", tmp_path / "beyond"
    for folder in folders:
        make_store(folder, 1)
    stored = open_subject(folders[1], "a_s0")
    image, label = stored.image[:], stored.label[:].copy()
    outside = ~(image != 0).any(axis=0)
    label[outside] = 3
    metadata = stored.metadata | {
        "tumour_outside_brain": int(outside.sum()),
        "tumour_beyond_box": {"NCR": 1, "ED": 20, "ET": 300},
    }
    write_subject(folders[1], "a_s0", image, label, metadata)
    return folders, outside


@pytest.mark.parametrize("known", [True, False])
def test_no_crop_is_placed_for_tumour_outside_the_brain(strayed, known):
    (inside, beyond), outside = strayed
    if not known:  # a store that does not say how much lies outside
        stored = open_subject(beyond, "a_s0")
        metadata = {k: v for k, v in stored.metadata.items() if k != "tumour_outside_brain"}
        write_subject(beyond, "a_s0", stored.image[:], stored.label[:], metadata)
    one, other = (index_subjects(folder, ["a_s0"], seed=1)["a_s0"] for folder in strayed[0])
    assert len(one.voxels) == len(other.voxels) == 3
    for ours, theirs in zip(one.voxels, other.voxels, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not outside[tuple(np.concatenate(other.voxels).T)].any()
    assert (open_subject(beyond, "a_s0").label[:][outside] == 3).all()


@pytest.mark.parametrize("loss", ["dice_bce", "mse_bce"])
def test_the_loss_of_a_training_ignores_tumour_outside_the_brain(strayed, loss):
    settings = training_settings(crop=[24, 20, 16])
    items = []
    for folder in strayed[0]:
        index = index_subjects(folder, ["a_s0"], seed=1)
        crops = CropDataset(folder, index, {}, settings, FULL_AUGMENTATION, seed=1)
        items += [[crops[number] for number in range(3)]]
    for one, other in zip(*items, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
        seen = (other["image"] != 0).any(dim=0)
        assert other["target"].any() and not other["target"][:, ~seen].any()
        logits = torch.randn(1, *other["target"].shape)
        losses = [CombinedLoss(loss, (1, 1))(logits, item["target"][None]) for item in (one, other)]
        assert losses[0] == losses[1]


@pytest.mark.parametrize("outputs", ["regions", "labels"])
def test_the_validation_has_all_of_the_truth(strayed, outputs):
    (_, beyond), outside = strayed
    item = VolumeDataset(beyond, ["a_s0"], outputs)[0]
    assert item["target"][2].numpy()[outside].all()
    expected = [321, 301, 300] if outputs == "regions" else [1, 20, 300]
    assert item["beyond"].tolist() == expected

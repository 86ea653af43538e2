"""Training crops and validation volumes, read in part from the chunked store."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

from cirl.imaging.checked_arrays import CheckedArray
from cirl.imaging.regions import LABELS, within_brain
from cirl.imaging.store import ScaledImage, Store, StoredSubject, open_subject
from cirl.running.seeding import generator
from cirl.segmentation.augmentation import CropChange, apply_change, draw_change
from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.sampling import Order, ShuffledRounds
from cirl.segmentation.settings import AugmentationSettings, TrainingSettings
from cirl.segmentation.targets import channel_voxels, to_channels

INDEXED_VOXELS = 2000
"""Voxels of each label and subject on which crops can be placed: a random part of all."""

Crop = dict[str, torch.Tensor]


@dataclass(frozen=True)
class TumourIndex:
    """Where a subject's tumour lies in its brain.

    Attributes:
        voxels: for every label that is present, coordinates (n x 3, int16) on the stored grid.
    """

    voxels: tuple[np.ndarray, ...]


def index_tumour(label: np.ndarray, random: np.random.Generator) -> TumourIndex:
    """Find the voxels of every label (D x H x W), at most ``INDEXED_VOXELS`` of each."""
    found = []
    for value in LABELS.values():
        voxels = np.argwhere(label == value).astype(np.int16)
        if len(voxels) > INDEXED_VOXELS:
            voxels = voxels[random.choice(len(voxels), INDEXED_VOXELS, replace=False)]
        if len(voxels):
            found.append(voxels)
    return TumourIndex(tuple(found))


def index_subjects(store: Store, subjects: list[str], seed: int) -> dict[str, TumourIndex]:
    """Read the label maps of subjects once, for placing crops without a search.

    No crop is placed for tumour outside the brain, of which it would show nothing.
    """
    return {
        subject: index_tumour(
            _seen_label(open_subject(store, subject)), generator(seed, "index", subject)
        )
        for subject in subjects
    }


def _seen_label(stored: StoredSubject) -> np.ndarray:
    """Return a subject's label map inside the brain; the image is read where it has a say."""
    label = np.asarray(stored.label[:])
    outside = stored.metadata.get("tumour_outside_brain")
    return label if outside == 0 else within_brain(label, stored.image[:])


def crop_change(
    settings: AugmentationSettings, contrasts: int, seed: int, number: int
) -> CropChange:
    """Return how an item of the training is changed, on whatever device."""
    return draw_change(settings, contrasts, generator(seed, "change", number))


class CropDataset(Dataset[Crop]):
    """Random crops, each a function of the seed and its number and of nothing else.

    An item has ``image`` (contrasts x D x H x W), ``target``
    (channels x D x H x W) and ``domain``. Outside the brain the target is background, whatever the
    label says: the image shows nothing there, and predictions are empty there. So no loss depends
    on tumour outside the brain.

    Args:
        store: of the preprocessed subjects.
        index: the training subjects and where their tumours lie.
        domains: the domain of each subject that has one.
        training: crop size, outputs, and how often crops are placed on a tumour.
        augmentation: random changes; None leaves them to ``callbacks.DeviceAugmentation``.
        seed: of this training.
        order: whom each item shows; None for every subject once in a shuffled round.
    """

    def __init__(
        self,
        store: Store,
        index: Mapping[str, TumourIndex],
        domains: Mapping[str, int],
        training: TrainingSettings,
        augmentation: AugmentationSettings | None,
        seed: int,
        order: Order | None = None,
    ) -> None:
        self.store = store
        self.index = index
        self.subjects = sorted(index)
        self.domains = domains
        self.training = training
        self.augmentation = augmentation
        self.seed = seed
        self.order = order or ShuffledRounds(self.subjects, seed)

    def subject_of(self, number: int) -> str:
        """Return the subject that an item, counted over all epochs, shows."""
        return self.order(number)

    def __getitem__(self, number: int) -> Crop:
        random = generator(self.seed, "crop", number)
        subject = self.subject_of(number)
        stored = open_subject(self.store, subject)
        start = self.place(self.index[subject], stored.label.shape, random)
        seen = read_crop(stored.image, start, self.training.crop)
        label = within_brain(read_crop(stored.label, start, self.training.crop), seen)
        image = torch.from_numpy(seen)
        target = torch.from_numpy(to_channels(label, self.training.outputs))
        if self.augmentation:
            change = crop_change(self.augmentation, len(image), self.seed, number)
            image, target = apply_change(image, target, change)
        return {
            "image": image,
            "target": target,
            "number": torch.tensor(number),
            "domain": torch.tensor(self.domains.get(subject, NO_DOMAIN)),
        }

    def place(
        self, index: TumourIndex, shape: tuple[int, ...], random: np.random.Generator
    ) -> np.ndarray:
        """Choose a crop's first voxel: around a tumour voxel of a random label, or anywhere.

        Where the image is smaller than the crop, the image lies in the crop's middle and the
        first voxel is negative.
        """
        crop = np.array(self.training.crop)
        room = np.array(shape) - crop
        if index.voxels and random.random() < self.training.tumour_probability:
            voxels = index.voxels[random.integers(len(index.voxels))]
            middle = voxels[random.integers(len(voxels))]
            jitter = random.integers(-(crop // 4), crop // 4 + 1)
            start = middle + jitter - crop // 2
        else:
            start = random.integers(0, np.maximum(room, 0) + 1)
        return np.where(room < 0, room // 2, np.clip(start, 0, np.maximum(room, 0)))


def read_crop(
    array: np.ndarray | CheckedArray | ScaledImage, start: np.ndarray, crop: tuple[int, ...]
) -> np.ndarray:
    """Read a crop of the last three axes, with zeros where it reaches beyond the array."""
    edges = np.array(array.shape[-3:])
    stop = start + np.array(crop)
    inner = tuple(slice(max(0, a), b) for a, b in zip(start, np.minimum(stop, edges), strict=True))
    found = array[(slice(None),) * (array.ndim - 3) + inner]
    before, after = np.maximum(-start, 0), np.maximum(stop - edges, 0)
    widths = [(0, 0)] * (array.ndim - 3) + list(zip(before, after, strict=True))
    return np.pad(found, widths) if before.any() or after.any() else np.asarray(found)


class VolumeDataset(Dataset[Crop]):
    """Whole subjects, for the validation: ``image``, ``target`` and ``beyond`` of each.

    The target has the tumour outside the brain too, and ``beyond`` the voxels of each channel
    beyond the stored box: both are missed.
    """

    def __init__(self, store: Store, subjects: list[str], outputs: str) -> None:
        self.store = store
        self.subjects = sorted(subjects)
        self.outputs = outputs

    def __len__(self) -> int:
        return len(self.subjects)

    def __getitem__(self, number: int) -> Crop:
        stored = open_subject(self.store, self.subjects[number])
        item = {
            "image": stored.image[:],
            "target": to_channels(stored.label[:], self.outputs),
            "beyond": channel_voxels(stored.beyond_box, self.outputs),
        }
        return {name: torch.from_numpy(array) for name, array in item.items()}


class EpochSampler(Sampler[int]):
    """Numbers of the items of an epoch, running on over the epochs.

    Lightning calls ``set_epoch``, but not before the first iterator is made, so a training that
    is resumed has to say in which epoch it begins.

    Args:
        items: of an epoch.
        epoch: the first one.
        batch_size: items that go through the network together.
        devices: over which each batch is shared out, evenly.
        rank: which of them this is.
    """

    def __init__(
        self, items: int, epoch: int = 0, batch_size: int = 1, devices: int = 1, rank: int = 0
    ) -> None:
        self.items = items
        self.epoch = epoch
        self.share = batch_size // devices
        self.devices = devices
        self.rank = rank

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose items come next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.items // self.devices

    def __iter__(self) -> Iterator[int]:
        first = self.epoch * self.items
        for number in range(self.items):
            if number // self.share % self.devices == self.rank:
                yield first + number

"""Between label maps and the network's channels."""

from collections.abc import Mapping

import numpy as np

from cirl.imaging.regions import LABELS, region_mask, region_voxels

OUTPUTS: dict[str, tuple[str, ...]] = {
    "regions": ("WT", "TC", "ET"),
    "labels": ("NCR", "ED", "ET"),
}
"""What the channels of the network stand for: overlapping regions, or labels."""

# From the outermost region inwards: a voxel gets the value of the innermost one that holds it.
_PAINTED = (("WT", LABELS["ED"]), ("TC", LABELS["NCR"]), ("ET", LABELS["ET"]))


def to_channels(label: np.ndarray, outputs: str) -> np.ndarray:
    """Turn a label map (D x H x W) into binary channels (3 x D x H x W, float32)."""
    return np.stack([region_mask(label, name) for name in OUTPUTS[outputs]]).astype(np.float32)


def channel_voxels(counts: Mapping[str, int], outputs: str) -> np.ndarray:
    """Turn voxels of labels, by name, into voxels of channels (3, float32)."""
    return np.array([region_voxels(counts, name) for name in OUTPUTS[outputs]], np.float32)


def to_label(probability: np.ndarray, outputs: str) -> np.ndarray:
    """Turn probabilities (3 x D x H x W) into a label map (D x H x W, uint8).

    Regions above 0.5 are painted from the outermost inwards, so that ET lies in TC and TC in WT;
    of labels above 0.5 the most probable one is taken.
    """
    label = np.zeros(probability.shape[1:], np.uint8)
    if outputs == "regions":
        for channel, (_, value) in zip(probability, _PAINTED, strict=True):
            label[channel > 0.5] = value
        return label
    values = np.array([LABELS[name] for name in OUTPUTS["labels"]], np.uint8)
    found = probability.max(axis=0) > 0.5
    label[found] = values[probability.argmax(axis=0)[found]]
    return label

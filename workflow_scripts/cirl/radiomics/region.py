"""A region's voxels and their neighbours, worked out once for all contrasts and filters.

Arrays run over z, y, x here, as PyRadiomics' do, so that sums are taken in its order.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cirl.imaging.boxes import NOWHERE, bounding_box

FORWARD: tuple[tuple[int, int, int], ...] = tuple(
    step for step in np.ndindex(3, 3, 3) if step > (1, 1, 1)
)
"""Half of a voxel's 26 neighbours, as positions in a 3 x 3 x 3 block around (1, 1, 1)."""


def as_lps(array: np.ndarray) -> np.ndarray:
    """Turn stored arrays (... x D x H x W, RAS) to run to the left, posterior, superior.

    So run the files of BraTS, and of them the published tables were measured. The direction
    matters: the mesh of a mirrored region is not the mirrored mesh, and wavelets are not symmetric.
    Whatever a file's own directions, a brain has the same features.
    """
    return array[..., ::-1, ::-1, :]


@dataclass(frozen=True)
class Region:
    """A region, cut to its bounding box.

    Attributes:
        box: where it lies in arrays over D, H, W (that is x, y, z).
        mask: its voxels in the box, booleans over z, y, x.
        spacing: voxel size in mm along z, y, x.
    """

    box: tuple[slice, ...]
    mask: np.ndarray
    spacing: tuple[float, float, float]

    @classmethod
    def cut(cls, mask: np.ndarray, spacing: tuple[float, float, float]) -> "Region":
        """Cut a region (booleans, D x H x W; spacing in mm along these) to its bounding box."""
        box = bounding_box(mask) or NOWHERE
        first, second, third = map(float, spacing)
        return cls(box, np.ascontiguousarray(mask[box].transpose()), (third, second, first))

    @cached_property
    def voxels(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.mask))

    @property
    def voxel_volume(self) -> float:
        """Volume of a voxel in cubic mm."""
        return float(np.prod(self.spacing))

    @property
    def volume(self) -> float:
        """Volume in cubic mm."""
        return self.voxels * self.voxel_volume

    def values(self, image: np.ndarray) -> np.ndarray:
        """Return the intensities of an image (D x H x W) in the region's voxels, in order."""
        return image[self.box].transpose()[self.mask]

    def too_small(self, minimum_voxels: int) -> str:
        """Return why shape and texture say nothing here, or an empty text."""
        if self.voxels < minimum_voxels:
            return f"{self.voxels} voxels, fewer than {minimum_voxels}"
        if sum(edge > 1 for edge in self.mask.shape) < 2:
            return f"{self.voxels} voxels in a line"
        return ""

    @cached_property
    def padded(self) -> np.ndarray:
        """The mask with a border of one voxel outside, so that every voxel has 26 neighbours."""
        return np.pad(self.mask, 1)

    @cached_property
    def places(self) -> np.ndarray:
        """Where the voxels lie in the flattened padded box."""
        return np.flatnonzero(self.padded)

    @cached_property
    def steps(self) -> np.ndarray:
        """From a voxel to its 13 forward neighbours, in places of the flattened padded box."""
        _, rows, columns = self.padded.shape
        return (np.array(FORWARD) - 1) @ np.array([rows * columns, columns, 1])

    @cached_property
    def numbers(self) -> np.ndarray:
        """The number of the voxel at each place of the flattened padded box (0 outside)."""
        numbers = np.zeros(self.padded.size, np.int32)
        numbers[self.places] = np.arange(self.voxels, dtype=np.int32)
        return numbers

    @cached_property
    def neighbour_counts(self) -> np.ndarray:
        """How many of each voxel's 26 neighbours belong to the region."""
        return self.neighbours(self.padded.ravel()).sum(axis=0, dtype=np.uint8)

    def neighbours(self, flat: np.ndarray) -> np.ndarray:
        """Return what a flattened padded array holds at each voxel's neighbours, 26 x voxels.

        The first 13 are forward (``steps``), the other 13 their opposites.
        """
        steps = np.concatenate([self.steps, -self.steps])
        found = np.empty((len(steps), self.voxels), flat.dtype)
        for step, row in zip(steps, found, strict=True):
            # Every place is inside, and "clip" spares NumPy the check for that.
            np.take(flat, self.places + step, out=row, mode="clip")
        return found

    @cached_property
    def shared_lines(self) -> np.ndarray:
        """Tell for each forward direction whether any line along it has two voxels or more."""
        adjacent = np.asarray(self.neighbours(self.padded.ravel())[: len(FORWARD)].any(axis=1))
        coordinates = np.argwhere(self.mask)
        for index in np.flatnonzero(~adjacent):
            direction = np.array(FORWARD[index]) - 1
            axis = int(np.flatnonzero(direction)[0])
            start = coordinates - coordinates[:, [axis]] * direction * direction[axis]
            adjacent[index] = len(np.unique(start, axis=0)) < self.voxels
        return adjacent

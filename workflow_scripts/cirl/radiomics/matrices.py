"""Texture matrices of a region's grey levels, equal to those of PyRadiomics' C functions.

They share one look at each voxel's 26 neighbours (Chebyshev distance 1, PyRadiomics' default).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from cirl.radiomics.region import FORWARD, Region

DIRECTIONS = len(FORWARD)


@dataclass(frozen=True)
class GreyLevels:
    """Grey levels (1, 2, ...) of a region's voxels, in order.

    Attributes:
        region: where they are.
        levels: one a voxel.
    """

    region: Region
    levels: np.ndarray

    @cached_property
    def counts(self) -> np.ndarray:
        """How many voxels have each grey level, from 0 (none) up to the largest."""
        return np.bincount(self.levels)

    @cached_property
    def present(self) -> np.ndarray:
        """The grey levels that occur, ascending."""
        return np.flatnonzero(self.counts)

    @cached_property
    def _small(self) -> np.ndarray:
        """The levels in as few bytes as hold them, since all is read many times."""
        return self.levels.astype(np.min_scalar_type(len(self.counts)))

    @cached_property
    def _flat(self) -> np.ndarray:
        """The levels in the flattened padded box, 0 outside the region."""
        flat = np.zeros(self.region.padded.size, self._small.dtype)
        flat[self.region.places] = self._small
        return flat

    @cached_property
    def _neighbours(self) -> np.ndarray:
        """The grey levels of each voxel's neighbours, 26 x voxels, 0 outside the region."""
        return self.region.neighbours(self._flat)

    @cached_property
    def _equal(self) -> np.ndarray:
        """Where a neighbour has the voxel's own grey level, 26 x voxels."""
        return self._neighbours == self._small

    @cached_property
    def cooccurrence(self) -> np.ndarray:
        """Pairs of neighbours: levels (from 1) x levels x 13 directions, not symmetric."""
        edge = len(self.counts)
        own = self.levels * edge
        pairs = np.empty((edge, edge, DIRECTIONS))
        for direction in range(DIRECTIONS):
            codes = own + self._neighbours[direction]
            pairs[:, :, direction] = np.bincount(codes, minlength=edge**2).reshape(edge, edge)
        return pairs[1:, 1:]

    @cached_property
    def dependence(self) -> np.ndarray:
        """Voxels of a level (from 1) with 0, 1, ... 26 neighbours of the same level."""
        edge = 2 * DIRECTIONS + 1
        codes = self.levels * edge + self._equal.sum(axis=0, dtype=np.uint8)
        found = np.bincount(codes, minlength=len(self.counts) * edge)
        return found.reshape(-1, edge)[1:].astype(float)

    @cached_property
    def tone_difference(self) -> np.ndarray:
        """For each level (from 1) the sum of the differences from the neighbours' mean."""
        total = self._neighbours.sum(axis=0, dtype=np.uint32)
        neighbours = self.region.neighbour_counts
        apart = np.abs(self.levels - total / np.maximum(neighbours, 1))
        apart[neighbours == 0] = 0
        return np.bincount(self.levels, weights=apart)[1:]

    @cached_property
    def runs(self) -> np.ndarray:
        """Runs of equal level: levels (from 1) x lengths (from 1) x 13 directions.

        A direction along which no line of the region has two voxels has no runs.
        """
        at_least = [self._runs_at_least(direction) for direction in range(DIRECTIONS)]
        longest = max(len(counts) for counts in at_least)
        runs = np.zeros((len(self.counts), longest, DIRECTIONS))
        for direction, counts in enumerate(at_least):
            if self.region.shared_lines[direction]:
                exactly = counts - np.vstack([counts[1:], np.zeros_like(counts[:1])])
                runs[:, : len(counts), direction] = exactly.T
        return runs[1:]

    def _runs_at_least(self, direction: int) -> np.ndarray:
        """Count the runs along a direction with a length of at least 1, 2, ..., by level."""
        goes_on, came_from = self._equal[direction], self._equal[direction + DIRECTIONS]
        step, edge = self.region.steps[direction], len(self.counts)
        # Every voxel starts a run but the second of each pair of equal neighbours.
        equal_pairs = np.append(0, self.cooccurrence[:, :, direction].diagonal())
        counts = [self.counts - equal_pairs.astype(int)]
        voxels = np.flatnonzero(goes_on & ~came_from)
        places, levels = self.region.places[voxels], self._small[voxels]
        while len(places):
            counts.append(np.bincount(levels, minlength=edge))
            places = places + step
            longer = self._flat[places + step] == levels
            places, levels = places[longer], levels[longer]
        return np.array(counts)

    @cached_property
    def zones(self) -> tuple[np.ndarray, np.ndarray]:
        """Connected zones of equal level: the level and the number of voxels of each."""
        region, equal = self.region, self._equal[:DIRECTIONS]
        pairs = np.flatnonzero(np.ascontiguousarray(equal.T))
        voxels, directions = np.divmod(pairs, DIRECTIONS)
        others = region.numbers[region.places[voxels] + region.steps[directions]]
        starts = np.zeros(region.voxels + 1, np.int32)
        np.cumsum(equal.sum(axis=0, dtype=np.uint8), out=starts[1:])
        graph = csr_array((np.ones(len(others)), others, starts), shape=(region.voxels,) * 2)
        zones, zone = connected_components(graph, directed=False)
        levels = np.empty(zones, np.intp)
        levels[zone] = self.levels
        return levels, np.bincount(zone)

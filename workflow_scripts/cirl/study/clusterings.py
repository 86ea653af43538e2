"""Clusterings: what names one, in the two ways in which a configuration writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SELECTED = "selected"
"""In the place of a number of clusters: that which the evidence selects, if any."""


@dataclass(frozen=True)
class Clustering:
    """The clustering of the subjects by an algorithm into a number of clusters.

    Attributes:
        k: number of clusters, or ``selected``.
    """

    algorithm: str
    k: int | str

    @classmethod
    def parse(cls, written: str | Mapping[str, Any]) -> Clustering:
        """Read ``kmeans_k3`` or ``kmeans_selected``, or ``{clustering: kmeans, k: 3}``.

        Raises:
            ValueError: naming what is neither.
        """
        if isinstance(written, Mapping):
            return cls(written["clustering"], written["k"])
        match = re.fullmatch(rf"(\w+)_(?:k(\d+)|{SELECTED})", written)
        if match is None:
            raise ValueError(f"{written!r} is no clustering, expected a name like kmeans_k3")
        return cls(match[1], int(match[2]) if match[2] else SELECTED)

    def __str__(self) -> str:
        number = self.k if self.k == SELECTED else f"k{self.k}"
        return f"{self.algorithm}_{number}"

    @property
    def is_selected(self) -> bool:
        """Whether the evidence tells the number of clusters."""
        return self.k == SELECTED

    @property
    def cluster_names(self) -> list[str]:
        """Names of its clusters, whose number must be known."""
        return [cluster_name(number) for number in range(int(self.k))]


def cluster_name(number: int) -> str:
    """Return the name of a cluster where it is a domain."""
    return f"cluster {number}"

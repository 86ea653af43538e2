"""Clusters of subjects from clusters of their parts: the slices of a subject vote."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin

from cirl.clustering.numbering import size_order
from cirl.deep_clustering.training import DeepClusterer
from cirl.representation.epochs import Interruption


@dataclass(frozen=True)
class Votes:
    """What the parts of each subject say together.

    Attributes:
        labels: cluster with the largest mean probability, an entry a subject.
        confidences: that probability.
        margins: how much it is above that of the next cluster.
    """

    labels: np.ndarray
    confidences: np.ndarray
    margins: np.ndarray


def count_votes(probabilities: np.ndarray) -> Votes:
    """Let parts vote with their probabilities, subjects x parts x k."""
    shares = probabilities.mean(axis=1)
    ordered = np.sort(shares, axis=1)
    return Votes(shares.argmax(axis=1), ordered[:, -1], ordered[:, -1] - ordered[:, -2])


class VotingClusterer(ClusterMixin, BaseEstimator):
    """Clusters all parts of all subjects by a deep method; the parts of a subject vote.

    The place of a part is its group, see ``DeepClusterer``: without that, the clusters of slices
    would be the places at which they lie.

    After ``fit(values)``, with values subjects x parts x shape of an item: ``labels_`` (the
    largest cluster of subjects first), ``confidences_``, ``margins_`` (see ``Votes``),
    ``latents_`` (subjects x latent, the mean over the parts) and ``history_``. With one part a
    subject these are the method's own.

    Args:
        parts: the method, unfitted.
    """

    def __init__(self, parts: DeepClusterer) -> None:
        self.parts = parts

    def fit(
        self, values: np.ndarray, y: None = None, interruption: Interruption | None = None
    ) -> Self:
        """Cluster subjects, or go on with a clustering that was interrupted."""
        subjects, count = values.shape[:2]
        items, places = _items(values)
        self.parts.fit(items, groups=places, interruption=interruption)
        probabilities = self.parts.probabilities_.reshape(subjects, count, -1)
        votes = count_votes(probabilities)
        self._order = size_order(votes.labels, probabilities.shape[2])
        self._take(count_votes(probabilities[:, :, self._order]))
        self.latents_ = self.parts.latents_.reshape(subjects, count, -1).mean(axis=1)
        self.history_ = self.parts.history_
        return self

    def predict(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return labels, numbered like ``labels_``, and confidences of subjects."""
        votes = self.predict_votes(values)
        return votes.labels, votes.confidences

    def predict_votes(self, values: np.ndarray) -> Votes:
        """Return the votes of subjects, fitted or not."""
        subjects, count = values.shape[:2]
        probabilities = self.parts.predict_probabilities(*_items(values))
        probabilities = probabilities.reshape(subjects, count, -1)
        return count_votes(probabilities[:, :, self._order])

    def _take(self, votes: Votes) -> None:
        self.labels_, self.confidences_ = votes.labels, votes.confidences
        self.margins_ = votes.margins


def _items(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All parts of all subjects, and the place of each."""
    subjects, count = values.shape[:2]
    places = np.tile(np.arange(count), subjects)
    return values.reshape(subjects * count, *values.shape[2:]), places

"""What all deep clustering methods share: a pretrained latent, trained further to be clustered."""

import copy
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from sklearn import cluster
from sklearn.base import BaseEstimator, ClusterMixin
from torch import Tensor, nn

from cirl.clustering.numbering import by_size, size_order
from cirl.representation.autoencoders import Autoencoder, encode, to_items
from cirl.representation.epochs import Interruption, run_epochs
from cirl.representation.objectives import Batch, Objective, Step
from cirl.representation.training import LoopSettings, OptimiserSettings, Training, laid_out
from cirl.running.precision import device
from cirl.running.seeding import derive_seed


@dataclass(frozen=True)
class PhaseSettings:
    """The clustering phase of all methods.

    Attributes:
        starts: starts of the k-means that places the first clusters.
        learning_rate: of Adam.
        batch_size: items a step; None for a share of them, see ``batches.batch_size_of``.
        epochs: at most so many.
        tolerance: share of the labels; an epoch that changes fewer of them changes none.
        patience: epochs in a row that change none after which the clustering stops.
        channels_last: see ``cirl.representation.training.LoopSettings``.
    """

    starts: int = 20
    learning_rate: float = 1e-3
    batch_size: int | None = None
    epochs: int = 100
    tolerance: float = 1e-3
    patience: int = 5
    channels_last: bool = True

    def loop(self) -> LoopSettings:
        """Return how batches are made and followed."""
        return LoopSettings(
            OptimiserSettings(self.learning_rate),
            batch_size=self.batch_size,
            channels_last=self.channels_last,
        )


def soft_assignment(latents: Tensor, centroids: Tensor, alpha: float = 1.0) -> Tensor:
    """Return q (B x k): Student's t similarity of latents to centroids, summing to 1 a row.

    Source: Xie, Girshick and Farhadi 2016, equation 1 (the cluster-invariance paper's equation 3
    sums over the wrong index).
    """
    squared = ((latents[:, None] - centroids[None]) ** 2).sum(dim=2)
    kernel = (1 + squared / alpha) ** (-(alpha + 1) / 2)
    return kernel / kernel.sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class ClusteringBatch(Batch):
    """What a step is shown, beside the items.

    Attributes:
        target: the rows of these items in what ``_target`` returned.
        offsets: B x latent, by which the latents of their groups are shifted.
    """

    target: Tensor
    offsets: Tensor


class SettlingLabels:
    """Assigns all items anew after each epoch, until their labels hardly change.

    Args:
        assign: returns the probability of each cluster for all items, N x k.
        q: these probabilities before the first epoch.
        settings: of the clustering phase.
    """

    def __init__(self, assign: Callable[[], Tensor], q: Tensor, settings: PhaseSettings) -> None:
        self.assign, self.q, self.settings = assign, q, settings
        self.still, self.finished = 0, False

    def look(self, means: dict[str, float]) -> dict[str, float]:
        """Return losses, share of changed labels and sizes."""
        before = self.q.argmax(dim=1)
        self.q = self.assign()
        labels = self.q.argmax(dim=1)
        changed = (labels != before).float().mean().item()
        self.still = self.still + 1 if changed < self.settings.tolerance else 0
        self.finished = self.still >= self.settings.patience
        sizes = torch.bincount(labels, minlength=self.q.shape[1])
        named = {f"size_{number}": int(size) for number, size in enumerate(sizes)}
        return {**means, "changed": changed, **named}

    def state(self) -> dict[str, Any]:
        """Return what later looks depend on."""
        return {"q": self.q, "still": self.still}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state`` returned."""
        self.q, self.still = state["q"].to(self.q.device), state["still"]


class DeepClusterer(Objective, ClusterMixin, BaseEstimator):
    """Clusters the latent of an autoencoder while training it to be clustered.

    A method says where its clusters start (``_begin``), which of its tensors the optimiser moves
    (``_parameters``), how likely an item is in each cluster (``_assign``) and what a batch costs
    (``_losses``). Batch normalisation keeps the pretrained statistics, so that an item's latent
    does not depend on its batch.

    Items may belong to groups that differ for a reason of no interest, as slices at different
    places of the brain do. The latents of each group are then shifted to the mean of all, anew at
    every epoch, before they are compared with clusters; what is decoded is not shifted.

    After ``fit(values, groups=groups)``, with values items x shape: ``labels_`` (the largest
    cluster first), ``confidences_`` (the largest probability of each item), ``probabilities_``
    (items x k, in the order of the labels), ``latents_`` (items x latent, shifted), ``network_``,
    and ``history_`` (a row an epoch: losses, share of changed labels, sizes in the order in which
    the clusters started).

    Args:
        n_clusters: k.
        network: pretrained autoencoder; it is copied.
        settings: of the clustering phase.
        seed: the study's.
    """

    name = ""

    def __init__(
        self, n_clusters: int, network: Autoencoder, settings: PhaseSettings, seed: int = 0
    ) -> None:
        self.n_clusters = n_clusters
        self.network = network
        self.settings = settings
        self.seed = seed

    def fit(
        self,
        values: np.ndarray,
        y: None = None,
        groups: np.ndarray | None = None,
        interruption: Interruption | None = None,
    ) -> Self:
        """Cluster items, or go on with a clustering that was interrupted.

        Args:
            values: items x shape.
            y: not used.
            groups: number of each item's group, from 0; None for one group.
            interruption: where it is checkpointed, and its time limit.

        Raises:
            OutOfTime: if the time limit was near.
        """
        self._items, self._groups = to_items(values), self._numbers(groups, len(values))
        self.network_ = copy.deepcopy(self.network).eval().to(self._items.device)
        with laid_out(self.network_, self._items, self.settings.channels_last):
            self._train(interruption)
        return self

    def predict(
        self, values: np.ndarray, groups: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return labels, numbered like ``labels_``, and confidences of items, fitted or not."""
        q = self.predict_probabilities(values, groups)
        return q.argmax(axis=1), q.max(axis=1)

    def predict_probabilities(
        self, values: np.ndarray, groups: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the probability of each cluster (items x k), in the order of ``labels_``."""
        latents = encode(self.network_, to_items(values))
        with torch.no_grad():
            q = self._assign(latents - self._offsets[self._numbers(groups, len(values))])
        return q[:, self._order].cpu().numpy().astype(float)

    def parameter_groups(self) -> dict[str, list[nn.Parameter]]:
        """Return one group, ``network``: the network's and the method's own."""
        return {"network": [*self.network_.parameters(), *self._parameters()]}

    def begin_epoch(self) -> None:
        """Set the target that all batches of an epoch share."""
        self._shown = self._target(self._watch.q)

    def steps(self, batch: Batch) -> Iterator[Step]:
        """Yield the one step."""
        target, offsets = self._shown[batch.chosen], self._offsets_of(batch)
        loss, terms = self._losses(ClusteringBatch(**vars(batch), target=target, offsets=offsets))
        # In double precision, so that a mean over many items loses nothing.
        yield Step("network", loss, {name: term.detach().double() for name, term in terms.items()})

    def state(self) -> dict[str, Any]:
        """Return what later epochs depend on."""
        return {
            "weights": self.network_.state_dict(),
            "clusters": {name: tensor.detach() for name, tensor in self._tensors().items()},
            "offsets": self._offsets,
        }

    @torch.no_grad()
    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state`` returned."""
        self.network_.load_state_dict(state["weights"])
        for name, tensor in self._tensors().items():
            tensor.copy_(state["clusters"][name])
        self._offsets = state["offsets"].to(self._items.device)

    @abstractmethod
    def _begin(self, latents: Tensor) -> None:
        """Place the first clusters."""

    @abstractmethod
    def _tensors(self) -> dict[str, Tensor]:
        """The method's own tensors, which a checkpoint holds."""

    @abstractmethod
    def _losses(self, batch: ClusteringBatch) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a batch, with the terms that the history tells of."""

    def _parameters(self) -> list[nn.Parameter]:
        return [part for part in self._tensors().values() if isinstance(part, nn.Parameter)]

    def _assign(self, latents: Tensor) -> Tensor:
        """Probability of each cluster (N x k) for items of these latents."""
        return soft_assignment(latents, self._tensors()["centroids"])

    def _target(self, q: Tensor) -> Tensor:
        """What of all items (N x anything) a batch is shown in an epoch; here q itself."""
        return q

    @torch.no_grad()
    def _assign_all(self) -> Tensor:
        return self._assign(self._encode_all())

    def _encode_all(self) -> Tensor:
        """Latents of all items, the mean of each group shifted to that of all."""
        latents = encode(self.network_, self._items)
        groups = int(self._groups.max()) + 1
        counts = torch.bincount(self._groups, minlength=groups).clamp(min=1)[:, None]
        sums = latents.new_zeros(groups, latents.shape[1]).index_add_(0, self._groups, latents)
        self._offsets = sums / counts - latents.mean(dim=0)
        return latents - self._offsets[self._groups]

    def _numbers(self, groups: np.ndarray | None, count: int) -> Tensor:
        numbers = np.zeros(count, dtype=np.int64) if groups is None else groups
        return torch.from_numpy(np.asarray(numbers, dtype=np.int64)).to(device())

    def _train(self, interruption: Interruption | None) -> None:
        latents = self._encode_all()
        self._begin(latents)
        with torch.no_grad():
            q = self._assign(latents)
        self._watch = SettlingLabels(self._assign_all, q, self.settings)
        names = (self.name, self.n_clusters)
        work = Training(self, self._watch, self._items, self.settings.loop(), self.seed, *names)
        run_epochs(work, self.settings.epochs, interruption)
        self.history_ = pd.DataFrame(work.history)
        self._finish(self._watch.q)

    def _offsets_of(self, batch: Batch) -> Tensor:
        return self._offsets[self._groups[batch.chosen]]

    def _finish(self, q: Tensor) -> None:
        """Number the clusters by size, those without members last."""
        raw = q.argmax(dim=1).cpu().numpy()
        self._order = size_order(raw, self.n_clusters)
        self.labels_ = by_size(raw)
        self.probabilities_ = q[:, self._order].cpu().numpy().astype(float)
        self.confidences_ = self.probabilities_.max(axis=1)
        self.latents_ = self._encode_all().cpu().numpy()
        del self._items, self._groups, self._watch


def first_centroids(latents: Tensor, k: int, starts: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return centroids (k x latent) and labels of the best of several k-means."""
    model = cluster.KMeans(k, n_init=starts, random_state=derive_seed(seed, "centroids", k))
    model.fit(latents.cpu().numpy().astype(np.float64))
    centroids = torch.from_numpy(model.cluster_centers_.astype(np.float32))
    return centroids.to(latents.device), torch.from_numpy(model.labels_).long().to(latents.device)

"""What all deep clustering methods share: a pretrained latent, trained further to be clustered."""

import copy
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from sklearn import cluster
from sklearn.base import BaseEstimator, ClusterMixin
from torch import Tensor, nn

from cirl.clustering.numbering import by_size, size_order
from cirl.representation.autoencoders import Autoencoder, device, encode, to_items
from cirl.representation.batches import batch_size_of, batches, epoch_generator
from cirl.representation.epochs import Interruption, run_epochs
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
    """

    starts: int = 20
    learning_rate: float = 1e-3
    batch_size: int | None = None
    epochs: int = 100
    tolerance: float = 1e-3
    patience: int = 5


def soft_assignment(latents: Tensor, centroids: Tensor, alpha: float = 1.0) -> Tensor:
    """Return q (B x k): Student's t similarity of latents to centroids, summing to 1 a row.

    Source: Xie, Girshick and Farhadi 2016, equation 1 (the cluster-invariance paper's equation 3
    sums over the wrong index).
    """
    squared = ((latents[:, None] - centroids[None]) ** 2).sum(dim=2)
    kernel = (1 + squared / alpha) ** (-(alpha + 1) / 2)
    return kernel / kernel.sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class Batch:
    """What a step is shown.

    Attributes:
        items: B x shape.
        target: the rows of these items in what ``_target`` returned.
        offsets: B x latent, by which the latents of their groups are shifted.
    """

    items: Tensor
    target: Tensor
    offsets: Tensor


class DeepClusterer(ClusterMixin, BaseEstimator):
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
        latents = self._encode_all()
        self._begin(latents)
        self._optimiser = torch.optim.Adam(
            [*self.network_.parameters(), *self._parameters()],
            lr=self.settings.learning_rate,
            fused=True,
        )
        self.history: list[dict[str, float]] = []
        self.finished = False
        with torch.no_grad():
            self._q, self._still = self._assign(latents), 0
        run_epochs(self, self.settings.epochs, interruption)
        self._finish()
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

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Train on all items once; return losses, share of changed labels and sizes."""
        random = epoch_generator(self.seed, epoch, self.name, self.n_clusters)
        target = self._target(self._q)
        total: dict[str, float] = {}
        for chosen in batches(len(self._items), self._batch_size(), random):
            for name, value in self._step(chosen.to(self._items.device), target, random).items():
                total[name] = total.get(name, 0.0) + len(chosen) * value
        before = self._q.argmax(dim=1)
        with torch.no_grad():
            self._q = self._assign(self._encode_all())
        changed = float((self._q.argmax(dim=1) != before).float().mean())
        self._still = self._still + 1 if changed < self.settings.tolerance else 0
        self.finished = self._still >= self.settings.patience
        losses = {name: value / len(self._items) for name, value in total.items()}
        return {**losses, "changed": changed, **self._sizes()}

    def state(self) -> dict[str, Any]:
        """Return what later epochs depend on."""
        return {
            "weights": self.network_.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "clusters": {name: tensor.detach() for name, tensor in self._tensors().items()},
            "offsets": self._offsets,
            "q": self._q,
            "still": self._still,
        }

    @torch.no_grad()
    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what ``state`` returned."""
        self.network_.load_state_dict(state["weights"])
        self._optimiser.load_state_dict(state["optimiser"])
        for name, tensor in self._tensors().items():
            tensor.copy_(state["clusters"][name])
        self._offsets = state["offsets"].to(self._items.device)
        self._q, self._still = state["q"].to(self._items.device), state["still"]

    @abstractmethod
    def _begin(self, latents: Tensor) -> None:
        """Place the first clusters."""

    @abstractmethod
    def _tensors(self) -> dict[str, Tensor]:
        """The method's own tensors, which a checkpoint holds."""

    @abstractmethod
    def _losses(self, batch: Batch, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss of a batch, with the terms that the history tells of."""

    def _parameters(self) -> list[nn.Parameter]:
        return [part for part in self._tensors().values() if isinstance(part, nn.Parameter)]

    def _assign(self, latents: Tensor) -> Tensor:
        """Probability of each cluster (N x k) for items of these latents."""
        return soft_assignment(latents, self._tensors()["centroids"])

    def _target(self, q: Tensor) -> Tensor:
        """What of all items (N x anything) a batch is shown in an epoch; here q itself."""
        return q

    def _after_step(self, chosen: Tensor, batch: Batch) -> None:
        """What is to be done after the optimiser has moved."""

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

    def _batch_size(self) -> int:
        return batch_size_of(len(self._items), self.settings.batch_size)

    def _step(self, chosen: Tensor, target: Tensor, random: torch.Generator) -> dict[str, float]:
        offsets = self._offsets[self._groups[chosen]]
        batch = Batch(self._items[chosen].float(), target[chosen], offsets)
        loss, terms = self._losses(batch, random)
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        self._after_step(chosen, batch)
        return {name: value.item() for name, value in terms.items()}

    def _sizes(self) -> dict[str, float]:
        sizes = torch.bincount(self._q.argmax(dim=1), minlength=self.n_clusters)
        return {f"size_{number}": int(size) for number, size in enumerate(sizes)}

    def _finish(self) -> None:
        """Number the clusters by size, those without members last."""
        raw = self._q.argmax(dim=1).cpu().numpy()
        self._order = size_order(raw, self.n_clusters)
        self.labels_ = by_size(raw)
        self.probabilities_ = self._q[:, self._order].cpu().numpy().astype(float)
        self.confidences_ = self.probabilities_.max(axis=1)
        self.latents_ = self._encode_all().cpu().numpy()
        self.history_ = pd.DataFrame(self.history)
        del self._items, self._groups, self._optimiser


def first_centroids(latents: Tensor, k: int, starts: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return centroids (k x latent) and labels of the best of several k-means."""
    model = cluster.KMeans(k, n_init=starts, random_state=derive_seed(seed, "centroids", k))
    model.fit(latents.cpu().numpy().astype(np.float64))
    centroids = torch.from_numpy(model.cluster_centers_.astype(np.float32))
    return centroids.to(latents.device), torch.from_numpy(model.labels_).long().to(latents.device)

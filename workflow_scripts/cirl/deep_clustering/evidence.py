"""What a deep clustering is worth: against data without clusters, on subsamples, between seeds.

A latent that was trained to be clustered has a high silhouette whatever it is trained on. So the
same training is given items without clusters, decoded from latents of one Gaussian.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import adjusted_rand_score

from cirl.clustering.evidence import Fit, null_table, stability_table
from cirl.clustering.null import Gaussian, draws_of_patients
from cirl.deep_clustering.methods import build_method
from cirl.deep_clustering.training import PhaseSettings
from cirl.representation.autoencoders import Autoencoder, decode, encode, to_items
from cirl.representation.epochs import Interruption, run_epochs
from cirl.running.precision import device
from cirl.running.seeding import repetition_seed
from cirl.study.tables.clustering import NULLS, STABILITIES


@dataclass(frozen=True, eq=False)
class DeepFitter:
    """One method at one number of clusters: its clustering phase, from a pretrained network.

    Attributes:
        algorithm: a name of ``deep_methods.METHODS``.
        k: number of clusters.
        network: pretrained.
        phase: what all methods share.
        settings: further parameters of the method.
        known: the labels that it gave all subjects, where these need not be found again.
    """

    algorithm: str
    k: int
    network: Autoencoder
    phase: PhaseSettings
    settings: Mapping[str, Any]
    known: np.ndarray | None = None

    def knowing(self, labels: np.ndarray) -> "DeepFitter":
        """Return one that need not find these labels of all subjects again."""
        return replace(self, known=labels)

    def __call__(self, values: np.ndarray, seed: int) -> list[Fit]:
        """Cluster subjects x parts x shape of an item, if they are more than clusters."""
        if self.known is not None and len(self.known) == len(values):
            return [Fit(self.algorithm, self.k, self.known, np.empty((len(values), 0)))]
        if len(values) <= self.k:
            return []
        model = build_method(
            self.algorithm, self.k, self.network, self.phase, seed, self.settings
        ).fit(values)
        return [Fit(self.algorithm, self.k, model.labels_, model.latents_)]


@dataclass
class Repetitions:
    """Fits that are made one after the other, and survive the end of their job like a training.

    Attributes:
        row: returns what the fit of a number gave.
    """

    row: Callable[[int], dict[str, Any]]

    def __post_init__(self) -> None:
        self.history: list[dict[str, Any]] = []
        self.finished = False

    def train_epoch(self, epoch: int) -> dict[str, Any]:
        """Make the fit of a number."""
        return self.row(epoch)

    def state(self) -> dict[str, Any]:
        """Nothing but its rows depends on earlier fits."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Nothing is to be taken up."""

    def table(
        self, count: int, columns: Sequence[str], interruption: Interruption | None
    ) -> pd.DataFrame:
        """Make the fits that are still to be made and return the rows of all."""
        run_epochs(self, count, interruption)
        return pd.DataFrame(self.history).reindex(columns=list(columns))


def latent_null(
    network: Autoencoder, values: np.ndarray, patients: np.ndarray | None = None
) -> Callable[[np.random.Generator], np.ndarray]:
    """Return what draws items without clusters, as many as there are.

    The latents of all parts of a subject are drawn together from one Gaussian with the mean and
    the covariance of the real ones, and decoded; those of a patient's further scans lie as far from
    the first one's as they really do.

    Args:
        network: pretrained.
        values: subjects x parts x shape of an item.
        patients: a number a subject (``cirl.metrics.patients``); None where each is one.
    """
    subjects, parts = values.shape[:2]
    network = network.to(device())
    latents = encode(network, to_items(values).flatten(0, 1)).cpu().numpy()
    draw_latents = draws_of_patients(
        Gaussian, latents.reshape(subjects, -1).astype(float), patients
    )

    def draw(random: np.random.Generator) -> np.ndarray:
        drawn = draw_latents(random).reshape(subjects * parts, -1)
        items = decode(network, torch.from_numpy(drawn.astype(np.float32)).to(device()))
        return items.cpu().numpy().reshape(values.shape).astype(values.dtype)

    return draw


def deep_null(
    fitter: DeepFitter,
    values: np.ndarray,
    draws: int,
    seed: int,
    interruption: Interruption | None = None,
    patients: np.ndarray | None = None,
) -> pd.DataFrame:
    """Cluster items without clusters; draws are the same for every k of a method.

    Returns:
        Rows of ``NULLS``; the silhouette is in the latent of that training.
    """
    draw = latent_null(fitter.network, values, patients)

    def row(number: int) -> dict[str, Any]:
        found = null_table(fitter.algorithm, [number], draw, fitter, seed)
        return dict(found.to_dict("records")[0])

    return Repetitions(row).table(draws, NULLS.names, interruption)


def deep_resamplings(
    fitter: DeepFitter,
    values: np.ndarray,
    share: float,
    resamplings: int,
    seed: int,
    interruption: Interruption | None = None,
    patients: np.ndarray | None = None,
) -> pd.DataFrame:
    """Compare the clustering of all subjects with those of subsamples, on the subsamples.

    Returns:
        Rows of ``STABILITIES`` with kind ``resample``.
    """

    def row(number: int) -> dict[str, Any]:
        found, _ = stability_table(
            fitter.algorithm, [number], values, share, fitter, seed, patients
        )
        return dict(found.to_dict("records")[0])

    return Repetitions(row).table(resamplings, STABILITIES.names, interruption)


def deep_seeds(
    fitters: Sequence[DeepFitter],
    labels: np.ndarray,
    values: np.ndarray,
    seed: int,
    interruption: Interruption | None = None,
) -> pd.DataFrame:
    """Compare the clustering with those from other seeds, each with each.

    Args:
        fitters: each with a network that another seed pretrained.
        labels: of the clustering that is tested.
        values: subjects x parts x shape of an item.
        seed: the study's.
        interruption: where it is checkpointed, and its time limit.

    Returns:
        Rows of ``STABILITIES`` with kind ``seed``, one a pair of seeds.
    """

    def row(number: int) -> dict[str, Any]:
        (fit,) = fitters[number](values, repetition_seed(seed, number + 1))
        return {"labels": fit.labels.tolist()}

    repetitions = Repetitions(row)
    run_epochs(repetitions, len(fitters), interruption)
    everyone = [labels, *[np.array(found["labels"]) for found in repetitions.history]]
    pairs = [adjusted_rand_score(one, other) for one, other in combinations(everyone, 2)]
    algorithm, k = (fitters[0].algorithm, fitters[0].k) if fitters else ("", 0)
    rows = [(algorithm, algorithm, k, "seed", number, ari) for number, ari in enumerate(pairs)]
    return pd.DataFrame(rows, columns=STABILITIES.names)

"""Examples of what an autoencoder does, as plain arrays, so that figures need no network."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cirl.running.archives import open_arrays
from cirl.running.results_place import writing


@dataclass(frozen=True)
class Examples:
    """Some images and what an autoencoder makes of them.

    Attributes:
        subjects: whose images they are.
        contrasts: names of the channels.
        held_out: whether each subject took no part in the training.
        inputs: subjects x contrasts x spatial in [0, 1].
        outputs: the reconstructions, same shape.
    """

    subjects: list[str]
    contrasts: list[str]
    held_out: list[bool]
    inputs: np.ndarray
    outputs: np.ndarray


@dataclass(frozen=True)
class Traversals:
    """Images along the main axes of a latent.

    Attributes:
        contrasts: names of the channels.
        shares: of the latent's variance, an axis each.
        steps: standard deviations from the mean latent.
        images: axes x steps x contrasts x spatial in [0, 1].
    """

    contrasts: list[str]
    shares: np.ndarray
    steps: np.ndarray
    images: np.ndarray


def save_arrays(content: Examples | Traversals, path: str | Path) -> None:
    """Write examples or traversals as one ``.npz`` file of plain arrays."""
    with writing(path):
        np.savez(path, **vars(content))


def load_examples(path: str | Path) -> Examples:
    """Read examples that ``save_arrays`` wrote."""
    with open_arrays(path) as stored:
        lists = {name: stored[name].tolist() for name in ("subjects", "contrasts", "held_out")}
        return Examples(**lists, inputs=stored["inputs"], outputs=stored["outputs"])


def load_traversals(path: str | Path) -> Traversals:
    """Read traversals that ``save_arrays`` wrote."""
    with open_arrays(path) as stored:
        arrays = {name: stored[name] for name in ("shares", "steps", "images")}
        return Traversals(contrasts=stored["contrasts"].tolist(), **arrays)

"""One trained network, or several whose probabilities are averaged, and what they are shown."""

import hashlib
import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from cirl.imaging.normalisation import match_stored, matchings_of
from cirl.imaging.preprocessing import Preprocessed, PreprocessingSettings, preprocessing_settings
from cirl.running.results_place import DamagedError
from cirl.segmentation.model_file import MODEL_FILE, Model, ModelError, read_model
from cirl.segmentation.postprocessing import PostProcessing
from cirl.segmentation.predict import predict_probability
from cirl.segmentation.settings import PredictionSettings, build_settings
from cirl.segmentation.weights import TrainedNetwork, digest_of, load_weights
from cirl.study.tables.cohort import LANDMARKS


@dataclass(frozen=True)
class Member:
    """A network of an ensemble.

    Attributes:
        weights: their file.
        trained: the network.
        model: what the file beside the weights says.
        preprocessing: of its images.
        prediction: how its windows are laid.
        postprocessing: what was chosen for its own predictions.
    """

    weights: Path
    trained: TrainedNetwork
    model: Model
    preprocessing: PreprocessingSettings
    prediction: PredictionSettings
    postprocessing: PostProcessing

    def image_of(self, prepared: Preprocessed) -> np.ndarray:
        """Return a prepared subject (contrasts x D x H x W) on the scale that it knows."""
        if self.preprocessing.fit == "fold" and self.preprocessing.standard:
            matchings = matchings_of(prepared.metadata, self.preprocessing.standard)
            return match_stored(prepared.image, matchings)
        return prepared.image


@dataclass(frozen=True)
class Ensemble:
    """Networks that see the same images and say the same of them; one at least."""

    members: tuple[Member, ...]

    @property
    def contrasts(self) -> list[str]:
        """Input channels of every network."""
        return self.members[0].model.contrasts

    @property
    def outputs(self) -> str:
        """``regions`` or ``labels``."""
        return self.members[0].model.outputs

    @property
    def preprocessing(self) -> PreprocessingSettings:
        """Of a subject's images; where each fold has an intensity scale, up to that."""
        return self.members[0].preprocessing

    @property
    def postprocessing(self) -> PostProcessing:
        """What is done to the mask: by the median of each volume that the networks have."""
        own = [vars(member.postprocessing) for member in self.members]
        return PostProcessing(**{key: median(volumes[key] for volumes in own) for key in own[0]})

    @property
    def files(self) -> dict[str, Path]:
        """Every file that the networks were read from, by a name."""
        files = {f"weights {member.weights}": member.weights for member in self.members}
        return files | {f"model of {path}": path.with_name(MODEL_FILE) for path in files.values()}

    @property
    def identity(self) -> str:
        """A digest of all on which a prediction depends, but for the images."""
        own = sorted(json.dumps(asdict(member.model), sort_keys=True) for member in self.members)
        return hashlib.sha256("\n".join(own).encode()).hexdigest()[:16]

    def probability(self, prepared: Preprocessed) -> np.ndarray:
        """Return the mean of the networks' probabilities (channels x D x H x W, float32)."""
        total: np.ndarray | None = None
        for member in self.members:
            image = member.image_of(prepared)
            own = predict_probability(member.trained, image, member.prediction)
            total = own if total is None else total + own
        assert total is not None
        return total / np.float32(len(self.members))


def load_ensemble(weights: Sequence[str | Path]) -> Ensemble:
    """Read weights and the files beside them, and check that they can be averaged.

    Raises:
        ModelError: if one cannot be used, two are the same, or they do not agree on contrasts,
            outputs, preprocessing or the standard scale of all subjects.
    """
    members: list[Member] = []
    for path in map(Path, weights):
        trained, model = load_model(path)
        parts = settings_of(model, path.with_name(MODEL_FILE))
        member = Member(path, trained, model, *parts)
        for other in members:
            _check_agree(member, other)
        members.append(member)
    return Ensemble(tuple(members))


def _check_agree(member: Member, other: Member) -> None:
    ours, theirs = member.model, other.model
    if ours.digest == theirs.digest:
        raise ModelError(f"{member.weights} and {other.weights} are the same weights, given twice")
    compared = ["contrasts", "outputs", "preprocessing"]
    if member.preprocessing.fit != "fold":
        compared.append("standard_scale")
    for name in compared:
        found, expected = getattr(ours, name), getattr(theirs, name)
        if found != expected:
            raise ModelError(
                f"{member.weights} and {other.weights} differ in "
                f"{_difference(name, found, expected)}, so that no mean of their probabilities "
                "means anything; expected folds or seeds of one training"
            )


def _difference(name: str, found: Any, expected: Any) -> str:
    """Name what differs, by the keys that do where there are some."""
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        keys = [key for key in {**found, **expected} if found.get(key) != expected.get(key)]
        return f"{name}: " + ", ".join(
            f"{key} ({found.get(key)!r:.60} and {expected.get(key)!r:.60})" for key in keys
        )
    return name if name == "standard_scale" else f"{name} ({found!r:.60} and {expected!r:.60})"


def settings_of(
    model: Model, path: Path
) -> tuple[PreprocessingSettings, PredictionSettings, PostProcessing]:
    """Return what a model's file says of preparing, predicting and treating.

    Raises:
        ModelError: if it says something else than this version understands.
    """
    try:
        with tempfile.TemporaryDirectory() as scratch:
            preprocessing = preprocessing_of(model, scratch)
        prediction = build_settings(PredictionSettings, model.prediction)
        chosen = PostProcessing(**model.postprocessing)
        check_numbers(preprocessing, prediction, chosen)
        return preprocessing, prediction, chosen
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{path}: not a model's file that can be used ({first_line(error)}); expected that "
            f"which lies by the weights"
        ) from None


def check_numbers(
    preprocessing: PreprocessingSettings, prediction: PredictionSettings, chosen: PostProcessing
) -> None:
    """Refuse numbers with which nothing can be computed, or not in any time or memory.

    Raises:
        TypeError, ValueError: naming them.
    """
    low, high = preprocessing.clip
    sound = {
        "spacing": preprocessing.spacing is None or 0.01 <= preprocessing.spacing <= 100,
        "clip": 0 <= low < high <= 100,
        "normalisation": preprocessing.normalisation in ("zscore", "nyul", "none"),
        "window": len(prediction.window) == 3
        and all(isinstance(edge, int) and 1 <= edge <= 4096 for edge in prediction.window),
        "overlap": 0 <= prediction.overlap <= 0.99,
        "batch_size": isinstance(prediction.batch_size, int) and 1 <= prediction.batch_size <= 1024,
        "postprocessing": all(0 <= volume < math.inf for volume in vars(chosen).values()),
    }
    odd = [name for name, is_sound in sound.items() if not is_sound]
    if odd:
        raise ValueError(f"odd {', '.join(odd)}")


def first_line(error: Exception) -> str:
    """Return the beginning of what an error says, or its kind where it says nothing."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:100]}" if text else type(error).__name__


def preprocessing_of(model: Model, scratch: str | Path) -> PreprocessingSettings:
    """Return the settings of a model's preprocessing.

    Args:
        model: holds the configuration's section, and the standard scale where there is one.
        scratch: a folder, where the scale is laid for its reader.
    """
    standard = None
    if model.standard_scale:
        standard = Path(scratch) / "standard_scale.csv"
        LANDMARKS.write(pd.DataFrame(model.standard_scale), standard)
    return preprocessing_settings(model.preprocessing, list(model.contrasts), standard)


def load_model(weights: str | Path) -> tuple[TrainedNetwork, Model]:
    """Read weights and the file beside them, and check that they belong together.

    Raises:
        ModelError: if one is missing or unreadable, or they are of different trainings.
    """
    path = Path(weights)
    if not path.is_file() or not path.stat().st_size:
        what = "an empty file, of an arm that was not run" if path.is_file() else "no such file"
        what = "a folder" if path.is_dir() else what
        raise ModelError(f"{path}: {what}; expected a fold's weights.pt")
    model = read_model(path.with_name(MODEL_FILE))
    try:
        trained, digest = load_weights(path), digest_of(path)
    except DamagedError as error:
        raise ModelError(
            f"{path}: not weights of cirl ({error.what}); expected a fold's weights.pt"
        ) from None
    except Exception as error:  # a damaged or foreign file fails in many ways, and each is this one
        raise ModelError(
            f"{path}: not weights of cirl ({first_line(error)}); expected a fold's weights.pt"
        ) from None
    ours, theirs = (trained.contrasts, trained.outputs), (tuple(model.contrasts), model.outputs)
    if ours != theirs:
        raise ModelError(
            f"{path}: has contrasts and outputs {ours}, but {path.with_name(MODEL_FILE)} {theirs}; "
            f"keep the two of one fold together"
        )
    if digest != model.digest:
        raise ModelError(
            f"{path}: has the digest {digest}, but {path.with_name(MODEL_FILE)} was written for "
            f"{model.digest}; keep the two of one fold together"
        )
    return trained, model

"""The file of a trained detector: tensors and plain values, enough to score another subject."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from cirl.anomaly.detector import Detector
from cirl.anomaly.network_detector import NetworkDetector
from cirl.anomaly.slicing import AxialSettings
from cirl.configuration.registries.detectors import DETECTORS
from cirl.running.checkpoints import read_tensors, write_atomically
from cirl.running.results_place import DamagedError

DETECTOR_FORMAT = "detector 1"


@dataclass(frozen=True)
class DetectorDescription:
    """What a detector is, beside what it learnt; plain values.

    Attributes:
        model: its name in the registry.
        contrasts: names of the channels that it sees.
        settings: of the model.
        slices: fields of ``AxialSettings``.
        preprocessing: the configuration's section.
        standard_scale: rows of the scale of ``nyul``; none for another normalisation.
        study_contrasts: all of the study, of which the brain is made.
    """

    model: str
    contrasts: list[str]
    settings: Mapping[str, Any]
    slices: Mapping[str, Any]
    preprocessing: Mapping[str, Any]
    standard_scale: Sequence[Mapping[str, Any]]
    study_contrasts: list[str]


@dataclass(frozen=True)
class ScoreSettings:
    """How a detector's scores become maps; nothing of it is trained.

    Attributes:
        kinds: of scores, the detector's own first.
        smoothing: standard deviation in mm of the Gaussian that takes noise from the maps.
    """

    kinds: Sequence[str]
    smoothing: float


def write_score_settings(settings: ScoreSettings, path: str | Path) -> None:
    """Write the settings beside the weights that they belong to."""
    Path(path).write_text(json.dumps(asdict(settings), indent=1) + "\n")


def read_score_settings(path: str | Path) -> ScoreSettings:
    """Read what ``write_score_settings`` wrote.

    Raises:
        ValueError: naming the file, where it is missing or something else.
    """
    try:
        content = json.loads(Path(path).read_text())
        settings = ScoreSettings(
            [str(kind) for kind in content["kinds"]], float(content["smoothing"])
        )
        if not settings.kinds or not 0 <= settings.smoothing <= 100:
            raise ValueError
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        raise ValueError(
            f"{path}: not a detector's settings, which lie by its weights; copy it with them"
        ) from None
    return settings


def build_detector(description: DetectorDescription) -> Detector:
    """Build a detector that has learnt nothing."""
    row, contrasts = DETECTORS[description.model], description.contrasts
    if row.is_network:
        slices = AxialSettings(**description.slices)
        return NetworkDetector(description.model, contrasts, slices, description.settings)
    detector: Detector = resolve_name(row.implementation)(contrasts, **description.settings)
    return detector


def save_detector(detector: Detector, description: DetectorDescription, path: str | Path) -> None:
    """Write what a detector is and what it learnt."""
    content = {
        "format": DETECTOR_FORMAT,
        "description": asdict(description),
        "state": detector.state(),
    }
    write_atomically(content, Path(path))


def load_detector(path: str | Path) -> tuple[Detector, DetectorDescription]:
    """Read what ``save_detector`` wrote; nothing is unpickled but tensors and plain values.

    Raises:
        ValueError: naming the file, where it is no detector.
    """
    try:
        stored = read_tensors(path)
        if stored["format"] != DETECTOR_FORMAT:
            raise ValueError(f"has the format {stored['format']}, expected {DETECTOR_FORMAT}")
        description = DetectorDescription(**stored["description"])
        detector = build_detector(description)
        detector.load_state(stored["state"])
    except DamagedError as error:
        raise ValueError(f"{path}: not a detector's weights ({error.what})") from None
    except OSError:
        raise
    except Exception as error:  # a damaged or foreign file fails in many ways, and each is this one
        told = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        raise ValueError(f"{path}: not a detector's weights ({told})") from None
    return detector, description

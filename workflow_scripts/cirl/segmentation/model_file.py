"""What has to be known beside the weights to segment another subject as the study does."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cirl.imaging.normalisation import read_standard_scale
from cirl.study.tables.cohort import LANDMARKS

MODEL_FILE = "model.json"
"""Name of the file, beside the weights."""

FORMAT = 1

LARGEST_BYTES_OF_MODEL = 2**24
"""Size up to which a model's file is read; a real one has some kB."""


class ModelError(ValueError):
    """A model cannot be used. The message names the file, what was found, what was expected."""


@dataclass(frozen=True)
class Model:
    """How a network's images are prepared, and what is done to its predictions.

    Attributes:
        training: study, protocol, arm, seed and fold.
        digest: of the weights that it belongs to.
        contrasts: input channels.
        outputs: ``regions`` or ``labels``.
        preprocessing: the configuration's section.
        standard_scale: rows of the scale of ``nyul``; none for another normalisation.
        prediction: the configuration's section.
        postprocessing: the two volumes in ml, as configured or as fitted.
    """

    training: Mapping[str, Any]
    digest: str
    contrasts: list[str]
    outputs: str
    preprocessing: Mapping[str, Any]
    standard_scale: list[dict[str, Any]]
    prediction: Mapping[str, Any]
    postprocessing: Mapping[str, float]


def read_scale_rows(path: str | Path, contrasts: list[str]) -> list[dict[str, Any]]:
    """Return the rows of a standard scale's file, checked."""
    read_standard_scale(path, contrasts)
    return [
        {str(key): value for key, value in row.items()}
        for row in LANDMARKS.read(path).to_dict("records")
    ]


def write_model(model: Model, path: str | Path) -> None:
    """Write a model's file."""
    Path(path).write_text(json.dumps({"format": FORMAT, **asdict(model)}, indent=1) + "\n")


def read_model(path: str | Path) -> Model:
    """Read a model's file.

    Raises:
        ModelError: if it is missing, or nothing that this version can read.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelError(
            f"no {path}: the weights' {MODEL_FILE} says how images are prepared, copy it with them"
        )
    try:
        if path.stat().st_size > LARGEST_BYTES_OF_MODEL:
            raise ValueError
        content = json.loads(path.read_text())
        found = content.pop("format")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        raise ModelError(
            f"{path}: not a model's file, expected that which lies by the weights"
        ) from None
    if found != FORMAT:
        raise ModelError(
            f"{path}: has format {found}, expected {FORMAT}; use the cirl that wrote it"
        )
    try:
        return Model(**content)
    except TypeError as error:
        raise ModelError(
            f"{path}: not a model's file ({error}), expected that which lies by the weights"
        ) from None

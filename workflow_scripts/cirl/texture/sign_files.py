"""The signature of any subject's files, by textures that a study has learnt."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from cirl.imaging.given_files import check_images, check_out
from cirl.imaging.images import read_volume
from cirl.imaging.preprocessing import Preprocessed, preprocess, preprocessing_settings
from cirl.imaging.quality.plausibility import warnings_of
from cirl.imaging.regions import BRAIN
from cirl.imaging.store import open_subject, write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.texture.maps import write_map
from cirl.texture.model import TextureModel, has_model, load_textures
from cirl.texture.signing import sign_subject

logger = logging.getLogger(__name__)

MASKED, GIVEN = "masked", "given"
"""What the region of a given mask is called, and the subject."""


class TexturesError(Exception):
    """Textures cannot be used; the message names the file, what was found and what was expected."""


@dataclass(frozen=True)
class GivenFiles:
    """A subject's files.

    Attributes:
        images: path of each contrast.
        mask: path of the region's mask, or None for the whole brain.
        value: of the region in the mask; what has another value lies outside.
        brain_mask: path of a brain mask, where the images' background is not 0.
    """

    images: Mapping[str, str]
    mask: str | None
    value: int = 1
    brain_mask: str | None = None


def sign_files(
    weights: str | Path, given: GivenFiles, map_out: str | Path | None = None
) -> dict[str, Any]:
    """Return the signature of a subject: status, reason, number of windows and shares.

    The images are prepared as the study's were.

    Args:
        weights: ``encoder.npz`` of a fold.
        given: the subject's files.
        map_out: NIfTI file to write the textures' places to, or None.

    Raises:
        TexturesError: if the textures cannot be used, or an image or the mask is missing.
        cirl.imaging.given_files.GivenFilesError: if a file is given twice, or the map cannot be
            written or replaces one.
        cirl.imaging.images.SubjectError: if an image cannot be used.
        OSError: if the map cannot be written.
    """
    images = {**given.images, **_if_given("brain_mask", given.brain_mask)}
    mask = _if_given("mask", given.mask)
    check_images(images)
    check_images({**given.images, **mask})  # the region may be the brain
    if map_out is not None:
        check_out(map_out, {**images, **mask, "weights": weights})
    model = _textures(weights)
    contrasts = list(model.study["contrasts"])
    if lacking := [name for name in contrasts if name not in given.images]:
        raise TexturesError(
            f"{weights}: the study's images are {', '.join(contrasts)}, but there is none for "
            f"{', '.join(lacking)}"
        )
    if given.mask is None and model.windows.region != BRAIN:
        raise TexturesError(
            f"{weights}: the textures are of {model.windows.region}, expected a mask of it"
        )
    prepared = _prepare(model, given, contrasts)
    for note in warnings_of(prepared.metadata):
        logger.warning("%s", note)
    region = BRAIN if given.mask is None else MASKED
    model = replace(model, windows=replace(model.windows, region=region))
    with TemporaryDirectory() as store:
        write_subject(store, GIVEN, prepared.image, prepared.label, prepared.metadata)
        subject = open_subject(store, GIVEN)
        if map_out is not None:
            write_map(subject, model, map_out)
        return sign_subject(subject, model)


def _if_given(name: str, path: str | None) -> dict[str, str]:
    return {} if path is None else {name: path}


def _textures(weights: str | Path) -> TextureModel:
    """Read a fold's textures."""
    try:
        if not has_model(weights):
            raise TexturesError(f"{weights}: has no textures, for nobody trained in this fold")
        return load_textures(weights)
    except FileNotFoundError:
        raise TexturesError(f"{weights}: no such file; expected a fold's encoder.npz") from None
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        text = (str(error) or type(error).__name__).splitlines()[0][:100]
        raise TexturesError(
            f"{weights}: no textures of cirl ({text}); expected a fold's encoder.npz"
        ) from None


def _prepare(model: TextureModel, given: GivenFiles, contrasts: list[str]) -> Preprocessed:
    section = model.study["preprocessing"]
    if section["normalisation"] == "nyul":
        raise TexturesError(
            "the study mapped its images to a standard scale (preprocessing.normalisation: nyul), "
            "which the textures do not hold; expected zscore or none"
        )
    settings = preprocessing_settings(section, contrasts)
    files = SubjectFiles(
        subject=GIVEN,
        cohort="",
        name="",
        contrasts={name: str(given.images[name]) for name in contrasts},
        label=given.mask,
        label_map=_meaning(given) if given.mask is not None else {},
        brain_mask=given.brain_mask,
    )
    return preprocess(files, settings)


def _meaning(given: GivenFiles) -> dict[int, str]:
    """Return what each value of the mask means: the region, or background."""
    values = np.unique(np.rint(read_volume(str(given.mask)).voxels)).astype(int).tolist()
    if given.value not in values:
        found = ", ".join(map(str, values[:8]))
        raise TexturesError(f"{given.mask}: has the values {found}, expected {given.value}")
    return {value: MASKED if value == given.value else "background" for value in values}

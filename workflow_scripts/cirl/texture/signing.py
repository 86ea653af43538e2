"""Signatures: of which textures a region is made, by the windows that slide over it."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cirl.imaging.store import Store, StoredSubject, open_subject
from cirl.study.tables.texture import SIGNATURES
from cirl.texture.model import TextureModel
from cirl.texture.patches import warn_of_coarse
from cirl.texture.windows import all_starts, middles, region_slices

logger = logging.getLogger(__name__)


def window_labels(subject: StoredSubject, model: TextureModel) -> tuple[np.ndarray, np.ndarray]:
    """Return where the windows of a subject's region lie, and their textures.

    Returns:
        the voxels (windows x 3, D, H, W of the stored grid) nearest to their middles, and their
        labels (windows), from 0.
    """
    settings = model.windows
    places, labels = [np.zeros((0, 3), dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for part in region_slices(subject, settings):
        starts = all_starts(part, settings, settings.step)
        if len(starts):
            places.append(middles(part.number, starts, subject.spacing, settings))
            labels.append(model.labels(model.encoder.encode_slice(part.image, starts)))
    return np.concatenate(places), np.concatenate(labels)


def shares_of(labels: np.ndarray, k: int) -> np.ndarray:
    """Return the share of each of k textures among labels (from 0); missing where none are."""
    counts = np.bincount(labels, minlength=k).astype(float)
    return counts / counts.sum() if len(labels) else np.full(k, np.nan)


def sign_subject(subject: StoredSubject, model: TextureModel) -> dict[str, Any]:
    """Return status, reason, number of windows and shares of a subject, as a row of the table."""
    reason = warn_of_coarse(subject, model.windows)
    _, labels = window_labels(subject, model)
    status = "coarse" if reason else "ok"
    if not len(labels):
        status, reason = "empty", f"no window lies in {model.windows.region}"
    shares = shares_of(labels, model.k)
    named = {f"cluster_{number}": share for number, share in enumerate(shares, start=1)}
    return {"status": status, "reason": reason, "windows": len(labels), **named}


def sign_subjects(
    store: Store, subjects: Sequence[str], roles: Mapping[str, str], model: TextureModel
) -> pd.DataFrame:
    """Return the signatures of subjects, a row of ``SIGNATURES`` each.

    Args:
        store: of the preprocessed subjects.
        subjects: their identifiers.
        roles: of those that have one in the fold that the textures were learnt in.
        model: the textures.
    """
    rows = []
    for name in sorted(subjects):
        row = sign_subject(open_subject(store, name), model)
        rows.append({"subject": name, "role": roles.get(name, "none"), **row})
    logger.info("signed %d subjects", len(rows))
    return pd.DataFrame(rows) if rows else SIGNATURES.empty()

"""The standard scale of a fold, learnt from those that train in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.folds.splits import subjects_of
from cirl.imaging.normalisation import Scale, learn_standard_scale, scale_table
from cirl.imaging.store import read_metadata


def stored_landmarks(metadata: Mapping[str, Any]) -> pd.DataFrame:
    """Return a stored subject's landmarks, as a table of ``LANDMARKS``.

    They are on the scale that the image is stored in; the standard scale is the same for any.
    """
    records = metadata["normalisation"]
    percentiles = next(iter(records.values()))["percentiles"]
    values = {contrast: tuple(record["landmarks"]) for contrast, record in records.items()}
    return scale_table(Scale(tuple(percentiles), values))


def learn_fold_scale(store: str | Path, folds: pd.DataFrame, fold: int) -> Scale:
    """Learn the standard scale from the training subjects of a fold, of all cohorts.

    Args:
        store: folder of the preprocessed subjects.
        folds: the columns ``subject, fold, role``.
        fold: its number.

    Raises:
        ValueError: if nobody trains in the fold.
    """
    learnt_from = subjects_of(folds, fold, "train")
    return learn_standard_scale(
        stored_landmarks(read_metadata(store, subject)) for subject in learnt_from
    )

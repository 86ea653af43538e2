"""How well a score of a slice tells slices with tumour from slices without."""

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score, roc_curve

from cirl.anomaly.counting import TEST

SPECIFICITY = 0.95
"""At which sensitivity is told."""

SLICE_SCORE_COLUMNS = ("score_top20", "score_mean", "score_variance", "score_latent")
"""Columns of ``slices.csv`` that are scores."""


def slice_aucs(slices: pd.DataFrame) -> pd.DataFrame:
    """Return a row a score of the test slices.

    Args:
        slices: ``slices.csv`` of one or several folds of a detector.

    Returns:
        Columns slice_score, slices, tumour_slices, auc (area below the receiver's operating curve),
        sensitivity (the highest at a specificity of at least 95 %), of scores that have a value.
    """
    tested = slices[slices["role"] == TEST]
    rows = []
    for score in SLICE_SCORE_COLUMNS:
        known = tested.dropna(subset=[score])
        ill = (known["tumour_voxels"] > 0).to_numpy()
        if not len(known):
            continue
        auc, sensitivity = float("nan"), float("nan")
        if ill.any() and not ill.all():
            values = known[score].to_numpy(float)
            auc = float(roc_auc_score(ill, values))
            false, true, _ = roc_curve(ill, values, drop_intermediate=False)
            sensitivity = float(true[false <= 1 - SPECIFICITY + 1e-12].max())
        rows.append(
            {
                "slice_score": score,
                "slices": len(known),
                "tumour_slices": int(np.count_nonzero(ill)),
                "auc": auc,
                "sensitivity": sensitivity,
            }
        )
    return pd.DataFrame(rows)

"""Correction of p values for how many were asked."""

import numpy as np
from statsmodels.stats.multitest import multipletests


def corrected(p_values: np.ndarray, method: str = "holm") -> np.ndarray:
    """Return p values after correction; undefined ones (NaN) stay so and are not counted.

    Args:
        p_values: any number of them.
        method: of statsmodels' ``multipletests``, e.g. ``holm`` or ``fdr_bh``.
    """
    p_values = np.asarray(p_values, dtype=float)
    found = np.full(p_values.shape, np.nan)
    defined = np.isfinite(p_values)
    if defined.any():
        found[defined] = multipletests(p_values[defined], method=method)[1]
    return found

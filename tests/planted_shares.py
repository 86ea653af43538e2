"""Subjects with planted shares of textures, and folds that test each of them once."""

import numpy as np
import pandas as pd

MEANS = np.array(
    [[0.10, 0.45, 0.20, 0.25], [0.18, 0.37, 0.22, 0.23], [0.27, 0.29, 0.24, 0.20]]
    + [[0.36, 0.21, 0.26, 0.17]]
)


def fold_table(grades: np.ndarray, folds: int, patients: np.ndarray | None = None) -> pd.DataFrame:
    """Deal subjects, sorted by grade, to folds; grades of 2 and more are high."""
    names = np.array([f"p_{number:03d}" for number in range(len(grades))])
    tested = np.empty(len(grades), dtype=int)
    tested[np.argsort(grades, kind="stable")] = np.arange(len(grades)) % folds
    parts = [
        pd.DataFrame(
            {
                "subject": names,
                "fold": fold,
                "role": np.where(tested == fold, "test", "train"),
                "target": grades.astype(str),
                "positive": grades >= 2,
                "patient": names if patients is None else patients,
                "group": np.where(np.arange(len(grades)) % 2, "one", "two"),
            }
        )
        for fold in range(folds)
    ]
    return pd.concat(parts, ignore_index=True)


def planted_shares(grades: np.ndarray, seed: int = 0) -> np.ndarray:
    """Draw the shares of four textures of subjects of some grades: subjects x textures."""
    random = np.random.default_rng(seed)
    return np.stack([random.dirichlet(25 * MEANS[grade]) for grade in grades])

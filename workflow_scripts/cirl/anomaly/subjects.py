"""Whose maps of scores a fold has: the validation and test subjects."""

import pandas as pd

from cirl.anomaly.counting import TEST, VALIDATION


def scored_subjects(subjects: pd.DataFrame, folds: pd.DataFrame, fold: int) -> pd.DataFrame:
    """Return the subjects that have maps, sorted by name.

    Args:
        subjects: ``cohort/subjects.csv``.
        folds: ``folds/{protocol}.csv``.
        fold: its number.

    Returns:
        The columns subject, role, cohort, label (a path).
    """
    there = folds[(folds["fold"] == fold) & folds["role"].isin([VALIDATION, TEST])]
    found = there.merge(subjects[["subject", "cohort", "label"]], on="subject", validate="1:1")
    return found.sort_values("subject", ignore_index=True)[["subject", "role", "cohort", "label"]]

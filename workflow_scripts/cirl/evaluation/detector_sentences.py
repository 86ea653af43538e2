"""What may be said of detectors: which beat a FLAIR threshold, and which the location model.

A detector beats a model if it is better than every row of it after Holm's correction over all
comparisons of the protocol; that nothing was shown to beat it is said too.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cirl.evaluation.detectors import LOCATION, THRESHOLD

MODEL_WORDS = {THRESHOLD: "the FLAIR threshold", LOCATION: "the location model"}


def beaten_sentences(
    tests: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]], level: float
) -> list[str]:
    """Say for each protocol and simple model which detectors beat it, and which it beats.

    Args:
        tests: ``anomaly/tests.csv``.
        rows: of the configuration, by detector.
        level: of significance.
    """
    sentences = []
    for protocol, part in tests.groupby("protocol", sort=False):
        for model, name in MODEL_WORDS.items():
            references = [own for own, row in rows.items() if row["model"] == model]
            against = part[part["reference"].isin(references)]
            if len(against):
                sentences.append(f"{protocol}: {_sentence(against, name, level)}")
    return sentences


def _sentence(against: pd.DataFrame, name: str, level: float) -> str:
    better, worse, open_ = [], [], []
    for detector, rows in against.groupby("detector", sort=False):
        significant = rows["p_holm"] < level
        told = f"{detector} ({_least(rows)})"
        if (significant & (rows["effect"] > 0)).all():
            better.append(told)
        elif (significant & (rows["effect"] < 0)).any():
            worse.append(told)
        else:
            open_.append(told)
    parts = [f"better than {name}: {', '.join(better)}." if better else f"none beats {name}."]
    if worse:
        parts.append(f"Worse: {', '.join(worse)}.")
    if open_:
        parts.append(f"Not shown to differ: {', '.join(open_)}.")
    return " ".join(parts)


def _least(rows: pd.DataFrame) -> str:
    """Return the smallest effect of several references, with its p and number of subjects."""
    least = rows.loc[rows["effect"].idxmin()] if rows["effect"].notna().any() else rows.iloc[0]
    return f"Dice {least['effect']:+.3f}, p {least['p_holm']:.2g}, n {least['n']}"

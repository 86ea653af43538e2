"""Reading the tables of quality control."""

from pathlib import Path

import pandas as pd


def read_texts(path: str | Path) -> pd.DataFrame:
    """Read a table with every cell as it is written, an empty one as an empty text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def read_quality(path: str | Path) -> pd.DataFrame:
    """Read ``cohort/quality.csv``: texts, but ``outlier`` and ``score`` as what they are."""
    table = read_texts(path)
    table["outlier"] = table["outlier"] == "True"
    table["score"] = pd.to_numeric(table["score"])
    return table

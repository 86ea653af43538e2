"""The study's Table 1: the features that the paper prints, as a page of its own."""

from typing import Any

import pandas as pd

from cirl.report.rendering import render


def feature_page(table: pd.DataFrame) -> str:
    """Return the page, numbers with seven significant digits and nothing where there is none.

    Args:
        table: from ``cirl.radiomics.published.table_1``.
    """
    rows = [[_text(value) for value in row] for row in table.itertuples(index=False)]
    return render("features.html.j2", columns=list(table.columns), rows=rows)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return ""
    return f"{value:.7g}" if isinstance(value, float) else str(value)

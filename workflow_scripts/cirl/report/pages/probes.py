"""The page that says what probes and doses show."""

from collections.abc import Sequence

import pandas as pd

from cirl.report.pages.sections import page_of


def probes_page(dose: pd.DataFrame, sentences: Sequence[str]) -> str:
    """Return the page as HTML.

    Args:
        dose: ``evaluation/dose_response.csv``.
        sentences: what it shows, from ``cirl.evaluation.dose.dose_tables``.
    """
    return page_of("Probes and doses", sentences, [dose_rows(dose)])


def dose_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table as texts to read, intervals beside their values.

    Args:
        table: from ``cirl.evaluation.dose.dose_table``.
    """
    shown = {
        "Domains": table["domains"] + " (" + table["protocol"] + ")",
        "Arm": table["arm"],
        "Dose": (table["setting"] + " " + _texts(table["dose"], "{:g}")).str.strip(),
        "Mean Dice": _with_interval(table, "mean"),
        "Difference": _with_interval(table, "mean_effect", "{:+.3f}"),
        "Worst domain": _with_interval(table, "worst"),
        "Difference, worst": _with_interval(table, "worst_effect", "{:+.3f}"),
        "Linear probe": _texts(table["probe_linear"]),
        "MLP probe": _texts(table["probe_mlp"]),
        "Chance": _texts(table["chance"]),
        "Effective rank": _texts(table["effective_rank"], "{:.1f}"),
        "n": table["n"].astype(str),
    }
    return pd.DataFrame(shown)


def _texts(column: pd.Series, form: str = "{:.3f}") -> pd.Series:
    return column.map(lambda value: "-" if pd.isna(value) else form.format(value))


def _with_interval(table: pd.DataFrame, name: str, form: str = "{:.3f}") -> pd.Series:
    low, high = _texts(table[f"{name}_low"], form), _texts(table[f"{name}_high"], form)
    return _texts(table[name], form) + " [" + low + ", " + high + "]"

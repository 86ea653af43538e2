"""The page that says what probes and doses show."""

from collections.abc import Sequence

import pandas as pd

from cirl.report.pages.intervals import DIFFERENCE_NOTE, interval_notes
from cirl.report.pages.sections import page_of


def probes_page(dose: pd.DataFrame, sentences: Sequence[str], confidence: float) -> str:
    """Return the page as HTML.

    Args:
        dose: ``evaluation/dose_response.csv``.
        sentences: what it shows, from ``cirl.evaluation.dose.dose_tables``.
        confidence: share inside the intervals.
    """
    notes = [*sentences, *interval_notes(confidence, dose["n"]), DIFFERENCE_NOTE]
    return page_of("Probes and doses", notes, [dose_rows(dose)])


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
        "Linear probe": _with_interval(table, "probe_linear", "{:.2f}"),
        "Above halfway": _with_interval(table, "halfway_linear", "{:+.2f}"),
        "MLP probe": _with_interval(table, "probe_mlp", "{:.2f}"),
        "Above halfway, MLP": _with_interval(table, "halfway_mlp", "{:+.2f}"),
        "Chance": _texts(table["chance"]),
        "Effective rank": _texts(table["effective_rank"], "{:.1f}"),
        "Above half the rank": _with_interval(table, "half_rank", "{:+.1f}"),
        "n": table["n"].astype(str),
    }
    return pd.DataFrame(shown)


def _texts(column: pd.Series, form: str = "{:.3f}") -> pd.Series:
    return column.map(lambda value: "-" if pd.isna(value) else form.format(value))


def _with_interval(table: pd.DataFrame, name: str, form: str = "{:.3f}") -> pd.Series:
    low, high = _texts(table[f"{name}_low"], form), _texts(table[f"{name}_high"], form)
    brackets = " [" + low + ", " + high + "]"
    return _texts(table[name], form) + brackets.where(table[f"{name}_low"].notna(), "")

"""The page of the report that says which clusterings can be believed, and why not the others."""

from html import escape

import pandas as pd

from cirl.clustering.selection import SelectionRule, evidence_sentence
from cirl.configuration.registries.algorithms import TITLES
from cirl.report.pages.silhouettes import STYLE

HEADINGS = [
    *("Algorithm", "k", "silhouette", "without clusters", "p", "stability", "smallest cluster"),
    "verdict",
]

REASONS_STYLE = """<style>
th:last-child, td:last-child { text-align: left; white-space: nowrap; }
</style>"""


def evidence_page(
    sweep: pd.DataFrame, rule: SelectionRule, degenerate_below: float, reference: str
) -> str:
    """Return the evidence on every clustering as HTML.

    Args:
        sweep: ``clustering/sweep.csv``.
        rule: by which it was selected.
        degenerate_below: share of the subjects that the smallest cluster has to hold.
        reference: what the data without clusters are, in words.
    """
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    rows = "\n".join(_row(row) for row in sweep.to_dict("records"))
    return (
        f"<!DOCTYPE html>\n<meta charset='utf-8'>\n{STYLE}\n{REASONS_STYLE}\n"
        f"<p><b>{escape(evidence_sentence(sweep, TITLES))}</b></p>\n"
        f"<p>{escape(rule.in_words(degenerate_below, reference))}</p>\n"
        f"<table>\n<tr>{head}</tr>\n{rows}\n</table>\n"
    )


def _row(row: dict[str, object]) -> str:
    seeds = "" if pd.isna(row["stability_seeds"]) else f", seeds {row['stability_seeds']:.2f}"
    cells = [
        TITLES[str(row["algorithm"])],
        str(row["k"]),
        _number(row["silhouette"], ".3f"),
        f"{_number(row['null_mean'], '.3f')} &plusmn; {_number(row['null_sd'], '.3f')}",
        _number(row["p"], ".3f"),
        f"{_number(row['stability'], '.2f')}{seeds}",
        _number(row["smallest_share"], ".1%"),
        escape(str(row["why"])),
    ]
    kind = "selected" if row["selected"] else "degenerate" if row["degenerate"] else "other"
    return f"<tr class='{kind}'>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _number(value: object, form: str) -> str:
    return "-" if pd.isna(value) else format(value, form)

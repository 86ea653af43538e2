"""The page of the report that says which clusterings can be believed, and why not the others."""

import pandas as pd

from cirl.clustering.selection import SelectionRule, evidence_sentence
from cirl.configuration.registries.algorithms import TITLES
from cirl.report.rendering import render

HEADINGS = [
    *("Algorithm", "k", "silhouette", "without clusters", "p", "stability"),
    *("valley", "smallest cluster", "verdict"),
]


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
    return render(
        "evidence.html.j2",
        verdict=evidence_sentence(sweep, TITLES),
        rule=rule.in_words(degenerate_below, reference),
        headings=HEADINGS,
        rows=[_row(row) for row in sweep.to_dict("records")],
    )


def _row(row: dict[str, object]) -> dict[str, str]:
    seeds = "" if pd.isna(row["stability_seeds"]) else f", seeds {row['stability_seeds']:.2f}"
    return {
        "kind": "selected" if row["selected"] else "degenerate" if row["degenerate"] else "other",
        "algorithm": TITLES[str(row["algorithm"])],
        "k": str(row["k"]),
        "silhouette": _number(row["silhouette"], ".3f"),
        "null_mean": _number(row["null_mean"], ".3f"),
        "null_sd": _number(row["null_sd"], ".3f"),
        "p": _number(row["p"], ".3f"),
        "stability": f"{_number(row['stability'], '.2f')}{seeds}",
        "valley": _number(row["valley"], ".2f"),
        "smallest": _number(row["smallest_share"], ".1%"),
        "why": str(row["why"]),
    }


def _number(value: object, form: str) -> str:
    return "-" if pd.isna(value) else format(value, form)

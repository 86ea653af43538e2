"""A paper's table of scores beside ours, with sentences that follow from the numbers."""

import numpy as np
import pandas as pd

from cirl.evaluation.published import (
    AVERAGE,
    PAPERS,
    Paper,
    PublishedArm,
    PublishedTest,
    own_scores,
    own_test,
)
from cirl.report.number_format import NAMES, digits_of, number, p_value, signed
from cirl.report.pages.sections import page_of

LABELS = ("NCR", "ED", "ET")
LEVEL = 0.05
ROUNDING = 0.001
"""A printed mean may be this far from the mean of its printed columns."""


def published_page(name: str, metrics: pd.DataFrame, outputs: str, notes: list[str]) -> str:
    """Return the page.

    Args:
        name: of the paper, a key of ``PAPERS``.
        metrics: rows of all ``metrics.csv`` of the study.
        outputs: what our networks predict, ``regions`` or ``labels``.
        notes: sentences at the top.
    """
    paper = PAPERS[name]
    ours = own_scores(metrics, paper.protocol, paper.regions)
    texts = [
        *notes,
        *paper.notes,
        f"Ours: protocol {paper.protocol}, networks that predict {outputs}, means over subjects "
        "(seeds averaged first), HD95 in mm; p of the paired t-test by subject and by fold.",
        *_published_means(paper),
        *_published_claims(paper),
        *_differences(paper, ours),
    ]
    tables = [_table(paper, ours, "")]
    if paper.regions != LABELS:
        tables.append(
            _table(paper, own_scores(metrics, paper.protocol, LABELS), "ours only: labels")
        )
    return page_of(paper.title, texts, [*tables, _tests(paper, ours)])


def _table(paper: Paper, ours: pd.DataFrame, only_ours: str) -> pd.DataFrame:
    rows = []
    for row in paper.arms:
        for metric in ("dice", "hd95") if row.hd95 else ("dice",):
            printed = row.dice if metric == "dice" else row.hd95
            found = ours[(ours["arm"] == row.arm) & (ours["metric"] == metric)]
            cells = {"Paper's arm": row.title, "Our arm": row.arm, "Metric": NAMES[metric]}
            columns = [name for name in ours if name in (*paper.regions, *LABELS)]
            for place, column in enumerate([*columns, AVERAGE]):
                own = number(found[column].mean(), 4 if metric == "dice" else 3)
                cells[column] = own if only_ours else f"{printed[place]:g} | {own}"
            rows.append({**cells, "n": str(found["subject"].nunique())})
    head = only_ours or "published | ours"
    return pd.DataFrame(rows).rename(columns={"Metric": f"Metric ({head})"})


def _tests(paper: Paper, ours: pd.DataFrame) -> pd.DataFrame:
    pairs = list(paper.tests) or [
        PublishedTest(row.arm, paper.arms[0].arm, "dice", float("nan")) for row in paper.arms[1:]
    ]
    rows = []
    for test in pairs:
        cells = {
            "Average over regions": f"{test.arm} - {test.reference}",
            "Metric": NAMES[test.metric],
            "Published p": "-" if np.isnan(test.p) else f"{test.p:.4f}",
        }
        for unit in ("subject", "fold"):
            found = own_test(ours, test, unit)
            cells[f"Difference, by {unit}"] = signed(found["effect"], digits_of(test.metric))
            cells[f"p, by {unit}"] = f"{p_value(found['p'])} (n {found['n']:.0f})"
        rows.append(cells)
    return pd.DataFrame(rows)


def _published_means(paper: Paper) -> list[str]:
    """Name the rows whose printed mean is not the mean of their columns."""
    odd = []
    for row in paper.arms:
        for values in (row.dice, row.hd95):
            if values and abs(np.mean(values[:-1]) - values[-1]) > ROUNDING:
                odd.append(
                    f"{row.title} {values[-1]:g} (of its columns {np.mean(values[:-1]):.3f})"
                )
    if not odd:
        return ["Every printed average is the mean of its columns."]
    return [f"Printed averages that are not the mean of their columns: {'; '.join(odd)}."]


def _published_claims(paper: Paper) -> list[str]:
    """Set each stated p beside the level and the direction of the printed averages."""
    by_name = {row.arm: row for row in paper.arms}
    sentences = []
    for test in paper.tests:
        one, other = by_name[test.arm], by_name[test.reference]
        values = [_average(row, test.metric) for row in (one, other)]
        better = values[0] > values[1] if test.metric == "dice" else values[0] < values[1]
        sentences.append(
            f"{one.title} is stated to be better than {other.title} in the average "
            f"{NAMES[test.metric]} (p = {test.p:.4f}, {_below(test.p)} {LEVEL}); the printed "
            f"averages are {values[0]:g} and {values[1]:g}, so it is "
            f"{'better' if better else 'worse'}."
        )
    return sentences


def _differences(paper: Paper, ours: pd.DataFrame) -> list[str]:
    """Say how each arm differs from the paper's baseline there, and here."""
    first = paper.arms[0]
    means = ours[ours["metric"] == "dice"].groupby("arm")[AVERAGE].mean()
    sentences = []
    for row in paper.arms[1:]:
        theirs = np.mean(row.dice[:-1]) - np.mean(first.dice[:-1])
        if not {row.arm, first.arm} <= set(means.index):
            own = "this study does not run both"
        else:
            found = own_test(ours, PublishedTest(row.arm, first.arm, "dice", 0.0), "subject")
            own = f"ours {found['effect']:+.3f} (p {p_value(found['p'])}, by subject)"
        sentences.append(
            f"{row.title} minus {first.title}, Dice averaged over regions: "
            f"published {theirs:+.3f}, {own}."
        )
    return sentences


def _average(row: PublishedArm, metric: str) -> float:
    return row.dice[-1] if metric == "dice" else row.hd95[-1]


def _below(p: float) -> str:
    return "below" if p < LEVEL else "not below"

"""The page on domains: seen and unseen, the worst one, at equal volume; and how firm ranks are."""

from typing import Any

import pandas as pd

from cirl.evaluation.exposure import EVERYBODY, UNSEEN
from cirl.evaluation.gaps import HELD_OUT, SAME_SUBJECTS
from cirl.evaluation.tested import Tested, with_whom
from cirl.report.number_format import (
    METRIC_TITLES,
    digits_of,
    interval,
    number,
    p_value,
    signed,
    with_part,
    with_protocol,
)
from cirl.report.pages.intervals import DIFFERENCE_NOTE, interval_notes
from cirl.report.pages.sections import page_of

SHOWN = ("dice", "hd95")
"""Metrics of the page; the tables beside it hold all."""


def generalisation_page(
    gaps: pd.DataFrame,
    worst: pd.DataFrame,
    effects: pd.DataFrame,
    ranking: pd.DataFrame,
    confidence: float,
    tested: Tested,
    notes: list[str],
) -> str:
    """Return the page.

    Args:
        gaps: ``evaluation/gaps.csv``.
        worst: ``evaluation/worst_domains.csv``.
        effects: ``evaluation/domain_effects.csv``.
        ranking: ``evaluation/ranking.csv``.
        confidence: share inside the intervals.
        tested: who was tested.
        notes: sentences at the top.
    """
    texts = [
        *notes,
        *[
            _gap_sentence(rows, tested)
            for rows in _parts(gaps, ["protocol", "partition", "compared"])
        ],
        *_effect_sentences(effects, 1 - confidence),
        *[
            _rank_sentence(rows, tested)
            for rows in _parts(ranking, ["protocol", "partition", "region"])
        ],
        *interval_notes(confidence, gaps[["n_seen", "n_unseen"]].min(axis=1), distances=True),
        *([DIFFERENCE_NOTE] if len(worst) else []),
        "Those at ranks and at Kendall's tau tell between what samples of the subjects lie.",
    ]
    tables = [
        [_gap_row(row) for row in _shown(gaps)],
        [_worst_row(row) for row in _shown(worst)],
        [_effect_row(row) for row in _shown(effects) if row["metric"] == "dice"],
        [_rank_row(row) for row in _shown(ranking)],
    ]
    return page_of("Generalisation", texts, [pd.DataFrame(rows) for rows in tables])


def _shown(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table[table["metric"].isin(SHOWN)].to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _parts(table: pd.DataFrame, keys: list[str]) -> list[pd.DataFrame]:
    """Return the rows on Dice in groups."""
    dice = table[table["metric"] == "dice"]
    return [part for _, part in dice.groupby(keys, sort=False)]


def _gap_sentence(rows: pd.DataFrame, tested: Tested) -> str:
    first = rows.iloc[0]
    name = f"Unseen domains of {first['partition']} ({first['protocol']})"
    # Of other partitions the domains that nobody trained on are not among the words.
    part = UNSEEN if first["partition"] == HELD_OUT else EVERYBODY
    name = with_whom(name, tested, first["protocol"], part)
    if part == EVERYBODY:
        name = f"{name}, {first['n_unseen']} of them unseen,"
    against = (
        "the same subjects in cross-validation"
        if first["compared"] == SAME_SUBJECTS
        else "seen domains"
    )
    means = rows.groupby("arm", sort=False)["gap"].mean()
    losses = ", ".join(f"{arm} {gap:.3f}" for arm, gap in means.items())
    return (
        f"{name} against {against}: the loss of Dice, mean over regions, is {losses}. It is small, "
        "too, where seen domains fare badly."
    )


def _effect_sentences(effects: pd.DataFrame, level: float) -> list[str]:
    dice = effects[(effects["metric"] == "dice") & effects["p_domain"].notna()]
    if dice.empty:
        return []
    before, after = dice["p_domain"] < level, dice["p_domain_adjusted"] < level
    return [
        f"Of {len(dice)} comparisons of domains by Dice (arms x regions x partitions), "
        f"{before.sum()} have p below {level:.2f}; beside the tumour's volume {after.sum()} have, "
        f"and {(dice['p_holm'] < level).sum()} after Holm's correction."
    ]


def _rank_sentence(rows: pd.DataFrame, tested: Tested) -> str:
    first = rows.sort_values("rank", kind="stable").iloc[0]
    name = with_part(first.to_dict(), "region")
    name = with_whom(name, tested, first["protocol"], first["partition"])
    if pd.isna(first["tau"]):
        return f"{name}, Dice: all arms have the same mean."
    return (
        f"{name}, Dice: {first['arm']} ranks first, and does in "
        f"{first['rank_1']:.0%} of the samples of subjects (Kendall's tau with the ranking "
        f"of all: {number(first['tau'], 2)})."
    )


def _gap_row(row: dict[str, Any]) -> dict[str, str]:
    digits = digits_of(row["metric"])
    return {
        "Seen and unseen": with_protocol(row, "partition"),
        "Arm": row["arm"],
        "Compared on": row["compared"],
        "Metric": METRIC_TITLES[row["metric"]],
        "Region": row["region"],
        "Seen": f"{number(row['mean_seen'], digits)} (n {row['n_seen']})",
        "Unseen": f"{number(row['mean_unseen'], digits)} (n {row['n_unseen']})",
        "Seen - unseen": f"{signed(row['gap'], digits)} {interval(row, digits)}",
    }


def _worst_row(row: dict[str, Any]) -> dict[str, str]:
    digits = digits_of(row["metric"])
    return {
        "Worst domain": with_protocol(row, "partition"),
        "Arm": row["arm"],
        "Metric": METRIC_TITLES[row["metric"]],
        "Region": row["region"],
        "Against": row["reference"],
        "Its worst": number(row["worst_reference"], digits),
        "Arm's": number(row["worst"], digits),
        "Difference": f"{signed(row['effect'], digits)} {interval(row, digits)}",
        "p (Holm)": p_value(row["p_holm"]),
        "n": str(row["n"]),
    }


def _effect_row(row: dict[str, Any]) -> dict[str, str]:
    return {
        "Domains by Dice": with_protocol(row, "partition"),
        "Arm": row["arm"],
        "Region": row["region"],
        "Domains": str(row["domains"]),
        "Variance explained": number(row["eta2"], 2),
        "p": p_value(row["p_domain"]),
        "beside volume": number(row["eta2_adjusted"], 2),
        "p beside volume": p_value(row["p_domain_adjusted"]),
        "p (Holm)": p_value(row["p_holm"]),
        "Slope, Dice a tenfold volume": signed(row["slope"], 3),
        "n": str(row["n"]),
    }


def _rank_row(row: dict[str, Any]) -> dict[str, str]:
    shares = [key for key in row if key.startswith("rank_") and key[5:].isdigit()]
    return {
        "Ranking": with_part(row, "region"),
        "Metric": METRIC_TITLES[row["metric"]],
        "Arm": row["arm"],
        "Rank": str(row["rank"]),
        "Interval": interval(row, 0, "rank_low", "rank_high"),
        **{f"Rank {key[5:]}": f"{row[key]:.0%}" for key in shares if not pd.isna(row[key])},
        "Kendall's tau": f"{number(row['tau'], 2)} {interval(row, 2, 'tau_low', 'tau_high')}",
        "n": str(row["n"]),
    }

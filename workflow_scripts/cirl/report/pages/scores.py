"""Tables of the report that are read by people: HTML pages with sentences from the numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cirl.evaluation.comparisons import paired_effects
from cirl.evaluation.exposure import EVERYBODY, SEEN, UNSEEN
from cirl.evaluation.scoring import BETTER
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
from cirl.report.pages.intervals import WORST_NOTE, interval_notes
from cirl.report.pages.sections import page_of

_FIRST = ("dice", "hd95", "lesionwise_dice", "lesionwise_hd95")

_OUTPUTS = {
    "regions": "the overlapping regions WT, TC and ET, from which NCR and ED follow",
    "labels": "the labels NCR, ED and ET, from which WT and TC follow",
}


def segmentation_page(
    summary: pd.DataFrame,
    threshold: pd.DataFrame | None,
    confidence: float,
    outputs: str,
    not_run: Sequence[str] = (),
) -> str:
    """Return the page with the scores of every arm in every region.

    Args:
        summary: ``evaluation/summary.csv``.
        threshold: ``evaluation/threshold.csv``, or None where the study has no FLAIR.
        confidence: share inside the intervals.
        outputs: what the networks predict, ``regions`` or ``labels``.
        not_run: sentences on arms that were not run.
    """
    whole = summary[summary["partition"] == EVERYBODY]
    parts = summary[summary["partition"].isin([EVERYBODY, SEEN, UNSEEN])]
    keys = ["protocol", "partition", "region", "arm"]
    divided = summary[(summary["metric"] == "dice") & (summary["variance_over_domains"] > 0)]
    scores = [_scores_row(group) for group in _groups(parts, keys)]
    worst = [_worst_row(group) for group in _groups(divided, ["protocol", "partition", "arm"])]
    notes = [
        *not_run,
        "Mean over subjects, each counted once. HD95 in mm. Empty: subjects without a voxel of the "
        "region in the truth or the prediction; they are scored by convention, and the columns "
        "\u201cdetected\u201d leave them out. "
        f"The networks predict {_OUTPUTS[outputs]}.",
        *interval_notes(confidence, parts["n"], distances=True),
        *([WORST_NOTE] if worst else []),
        *_exposure_sentences(parts["partition"]),
        *_threshold_sentences(whole, threshold),
    ]
    further = [_further_row(group) for group in _groups(parts, keys)]
    tables = [pd.DataFrame(rows) for rows in (scores, further, worst)]
    return page_of("Segmentation scores", notes, tables)


OF_DETECTORS = (
    "Detectors, which learn no outline of a tumour, are compared with each other and with the "
    "first arm; their p are corrected over these pairs alone."
)


def comparison_page(
    tests: pd.DataFrame,
    primary: pd.DataFrame,
    arms: list[str],
    placebos: Mapping[str, str],
    confidence: float,
    tested: Tested,
    notes: Sequence[str] = (),
) -> str:
    """Return the page that sets every arm against the first one, and against its placebo.

    Args:
        tests: ``evaluation/tests.csv``.
        primary: ``evaluation/primary.csv``.
        arms: the arms in the configuration's order; the first is the reference.
        placebos: of those arms that have one, by their names.
        confidence: share inside the intervals.
        tested: who was tested.
        notes: sentences on arms that were not run, and on the primary comparisons.
    """
    reference = arms[0]
    shown = tests[tests["metric"].isin(["dice", "hd95"])]
    chosen = shown[shown["arm_a"] == reference]
    if chosen.empty:
        return page_of(
            "Arms compared", [*notes, f"There is no arm to compare with {reference}."], []
        )
    sentences = [
        *notes,
        "The first table has the primary comparisons. The others describe the networks at hand: "
        f"the difference to {reference} over the same subjects (positive: larger than "
        f"{reference}), and p (Holm) of the Wilcoxon test, corrected over all pairs of arms and "
        "all regions of a metric, in each protocol and partition. "
        "What another training would give is in neither.",
        *interval_notes(confidence, chosen["n"], distances=True),
        *([] if chosen["arm_b"].isin(arms).all() else [OF_DETECTORS]),
        *(
            comparison_sentence(pd.DataFrame(group), str(group[0]["arm_b"]), tested)
            for group in _groups(chosen, ["protocol", "partition", "arm_b"])
        ),
        *_exposure_sentences(chosen["partition"]),
    ]
    rows = [
        _comparison_row(row)
        for group in _groups(chosen, ["protocol", "partition", "arm_b", "metric"])
        for row in group
    ]
    controls = [
        {"Against its placebo": with_part(row, "arm"), "Placebo": row["against"]}
        | {name: cell for name, cell in _comparison_row(row).items() if name != "Arm"}
        for group in _groups(
            paired_effects(shown, placebos), ["protocol", "partition", "arm", "metric"]
        )
        for row in group
    ]
    asked = [_primary_row(row) for row in primary.to_dict("records")]
    tables = [pd.DataFrame(asked), pd.DataFrame(rows), pd.DataFrame(controls)]
    return page_of(f"Arms against {reference}", sentences, tables)


def comparison_sentence(tests: pd.DataFrame, arm: str, tested: Tested) -> str:
    """Say in one sentence what an arm's Dice is beside its reference's.

    Args:
        tests: rows of ``evaluation/tests.csv`` with one protocol, partition and reference as
            ``arm_a``.
        arm: the other arm.
        tested: who was tested.
    """
    rows = tests[(tests["arm_b"] == arm) & (tests["metric"] == "dice")]
    changes = ", ".join(
        f"{row['region']} {row['effect']:+.3f} (p {p_value(row['p_holm'])})"
        for row in rows.to_dict("records")
    )
    first = rows.iloc[0]
    name = with_part(first.to_dict(), "arm_b")
    name = with_whom(name, tested, first["protocol"], first["partition"])
    return f"{name}, Dice: {changes}."


def _groups(table: pd.DataFrame, columns: list[str]) -> list[list[dict[str, Any]]]:
    """Return the rows in groups of equal names, in the order of the names' first appearance.

    The first columns vary slowest, so that a table of the groups reads from left to right.
    """
    order = {column: list(dict.fromkeys(table[column])) for column in columns}
    groups: dict[tuple[int, ...], list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        place = tuple(order[column].index(row[column]) for column in columns)
        groups.setdefault(place, []).append({str(name): value for name, value in row.items()})
    return [groups[place] for place in sorted(groups)]


def _scores_row(group: list[dict[str, Any]]) -> dict[str, str]:
    by_metric = {row["metric"]: row for row in group}
    overlap, distance = by_metric["dice"], by_metric["hd95"]
    return {
        "Region": with_part(overlap, "region"),
        "Arm": overlap["arm"],
        "Dice": _with_interval(overlap),
        "Dice, detected": number(overlap["mean_detected"], 3),
        "HD95": _with_interval(distance),
        "HD95, detected": number(distance["mean_detected"], 1),
        "Lesion-wise Dice": number(by_metric["lesionwise_dice"]["mean"], 3),
        "Lesion-wise HD95": number(by_metric["lesionwise_hd95"]["mean"], 1),
        "n": str(overlap["n"]),
        "Empty": str(overlap["empty_cases"]),
    }


def _further_row(group: list[dict[str, Any]]) -> dict[str, str]:
    by_metric = {row["metric"]: row for row in group}
    cells = {
        METRIC_TITLES[metric]: number(by_metric[metric]["mean"], digits_of(metric))
        for metric in BETTER
        if metric in by_metric and metric not in _FIRST
    }
    dice = by_metric["dice"]
    if dice.get("seeds", 1) > 1:
        cells["Dice, sd over seeds"] = f"{number(dice['sd_over_seeds'], 4)} ({dice['seeds']} seeds)"
    return {"Region": with_part(dice, "region"), "Arm": dice["arm"], **cells}


def _worst_row(group: list[dict[str, Any]]) -> dict[str, str]:
    cells = {
        row["region"]: f"{row['worst_domain_mean']:.3f} {row['worst_domain']} "
        f"(n {row['worst_domain_n']})\n"
        f"in truth {number(row['worst_domain_shrunk'], 3)} "
        f"{interval(row, 3, 'worst_domain_ci_low', 'worst_domain_ci_high')}\n"
        f"sd in truth {number(row['between_sd'], 3)} "
        f"{interval(row, 3, 'between_sd_ci_low', 'between_sd_ci_high')}, "
        f"p {p_value(row['between_p'])}"
        for row in group
    }
    return {
        "Worst domain, Dice": with_protocol(group[0], "partition"),
        "Arm": group[0]["arm"],
        **cells,
    }


def _with_interval(row: dict[str, Any]) -> str:
    digits = digits_of(row["metric"])
    return f"{number(row['mean'], digits)} {interval(row, digits)}".strip()


def _comparison_row(test: dict[str, Any]) -> dict[str, str]:
    digits = digits_of(test["metric"])
    low, high = (f"{test[name]:+.{digits}f}" for name in ("ci_low", "ci_high"))
    return {
        "Arm": with_part(test, "arm_b"),
        "Metric": METRIC_TITLES[test["metric"]],
        "Region": test["region"],
        "Difference": f"{test['effect']:+.{digits}f} [{low}, {high}]",
        "Cohen's d": number(test["effect_d"], 2),
        "p (t-test)": p_value(test["p_ttest"]),
        "p (Wilcoxon)": p_value(test["p_wilcoxon"]),
        "p (Holm)": p_value(test["p_holm"]),
        "n": str(test["n"]),
    }


def _primary_row(row: Mapping[Any, Any]) -> dict[str, str]:
    digits = digits_of("dice")
    return {
        "Primary": f"{row['arm']} ({row['protocol']}, {row['partition']})",
        "Minus": row["reference"],
        "Region": row["region"],
        "Dice": f"{signed(row['effect'], digits)} "
        f"[{signed(row['ci_low'], digits)}, {signed(row['ci_high'], digits)}]",
        "p (Holm)": p_value(row["p_holm"]),
        f"p (Holm) of less than {row['margin']:g} apart": p_value(row["p_equivalence_holm"]),
        "Chance": row["inference"],
        "n": str(row["n"]),
        "Trainings": str(row["trainings"]),
        "Unseen domains": row["domains"],
    }


def _exposure_sentences(partitions: pd.Series) -> list[str]:
    if not (partitions == UNSEEN).any():
        return []
    return [
        "Where a protocol leaves domains out, \u201cunseen\u201d are the tests of subjects whose "
        "domain was left out of that training, and \u201cseen\u201d the other tests. A subject "
        "tested as both counts in each; where neither is named it counts by its unseen score "
        "alone. The two are never averaged."
    ]


def _threshold_sentences(whole: pd.DataFrame, threshold: pd.DataFrame | None) -> list[str]:
    if threshold is None:
        return []
    masks = {row["mask"]: row for row in threshold.to_dict("records")}
    best = masks["threshold"]
    scores = whole[(whole["region"] == "WT") & (whole["metric"] == "dice")]
    networks = [f"{row['arm']} {row['mean']:.3f}" for row in scores.to_dict("records")]
    return [
        "Whole tumour without training: the best single FLAIR threshold "
        f"(above {best['threshold']:.1f} standard deviations, largest component, chosen on the "
        f"same {best['n']} subjects) reaches Dice {best['dice']:.3f}, the empty mask "
        f"{masks['empty']['dice']:.3f}; the networks reach: {', '.join(networks)}."
    ]

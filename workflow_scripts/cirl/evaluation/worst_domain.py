"""Does an arm help the domain that fares worst, and what about the arm is it that helps?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cirl.configuration.registries.arm_methods import method_in
from cirl.evaluation.exposure import exposures
from cirl.evaluation.summary import UNPLACED, badness, domains_left_out, scores_by_subject
from cirl.metrics.statistics import Bootstrap
from cirl.study.tables.evaluation import WORST

COMPARED_METRICS = ("dice", "hd95")
"""Metrics of which the worst domains are compared."""

CLUSTERS, PLACEBO, OTHER = "clusters", "placebo", "other"
"""What an arm trains with: discovered clusters; domains that were shuffled; anything else."""


def kind_of_arm(entry: Mapping[str, Any]) -> str:
    """Tell from an arm's row in the configuration what it trains with.

    Raises:
        ValueError: naming a key of the row that is no registered method.
    """
    method = method_in(entry)
    settings = method[1] if method else {}
    if settings.get("shuffled"):
        return PLACEBO
    return CLUSTERS if isinstance(settings.get("domains"), Mapping) else OTHER


def study_worst(
    metrics: pd.DataFrame,
    partitions: Mapping[str, pd.Series],
    arms: list[str],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Compare worst domains on all subjects, and on those of seen and of unseen domains.

    Args:
        metrics: ``evaluation/scores.csv``.
        partitions: from ``cirl.evaluation.summary.partitions_of``.
        arms: order of the arms; the first is the reference.
        bootstrap: how the intervals are drawn.

    Returns:
        As ``worst_table``. The domains of the partitions seen and unseen are those by which the
        protocol leaves out.
    """
    tables = [worst_table(scores_by_subject(metrics), partitions, arms, bootstrap)]
    for name, rows in exposures(metrics).items():
        left_out = {name: domains_left_out(rows)}
        tables.append(worst_table(scores_by_subject(rows), left_out, arms, bootstrap))
    return pd.concat(tables, ignore_index=True)


def worst_table(
    scores: pd.DataFrame,
    partitions: Mapping[str, pd.Series],
    arms: list[str],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Compare the worst domain of each arm with the worst domain of the first one.

    Args:
        scores: from ``cirl.evaluation.summary.scores_by_subject``.
        partitions: from ``cirl.evaluation.summary.partitions_of``; those of one domain are left
            out.
        arms: order of the arms; the first is the reference.
        bootstrap: how the intervals are drawn.

    Returns:
        ``WORST``, a row a protocol x arm x region x metric x partition. Each arm has its own
        worst domain, in each draw too; the draws are of the same subjects in both arms.
    """
    rows = []
    for (protocol, region), group in scores.groupby(["protocol", "region"], sort=False):
        for metric in COMPARED_METRICS:
            table = group.pivot(index="subject", columns="arm", values=metric).sort_index()
            present = [arm for arm in arms[1:] if arm in table and arms[0] in table]
            for partition, domain_of in partitions.items():
                for arm in present:
                    names = {"protocol": protocol, "arm": arm, "reference": arms[0]}
                    names |= {"region": region, "metric": metric, "partition": partition}
                    pair = table[[arms[0], arm]].dropna()
                    found = _compare(pair, pair.index.map(domain_of), names, bootstrap)
                    rows += [names | found] if found else []
    return pd.DataFrame(rows, columns=WORST.names)


def worst_sentences(table: pd.DataFrame, kinds: Mapping[str, str]) -> list[str]:
    """Say for each protocol and partition what helped the worst domain's Dice, if anything did.

    An arm helps if the whole interval of its effect lies above 0 in some region, and below 0 in
    none. The intervals are not corrected for their number.

    Args:
        table: from ``worst_table``.
        kinds: of the arms, by their names.
    """
    sentences = []
    dice = table[table["metric"] == "dice"]
    for (protocol, partition), rows in dice.groupby(["protocol", "partition"], sort=False):
        helped, harmed = rows[rows["ci_low"] > 0], rows[rows["ci_high"] < 0]
        name = partition if protocol == "cv" else f"{partition} ({protocol})"
        unharmed = helped[~helped["arm"].isin(harmed["arm"])]
        parts = [f"Worst domain of {name}, Dice: {_verdict(unharmed, kinds)}"]
        parts += [f"Better: {_listed(helped)}."] if len(helped) else []
        parts += [f"Worse: {_listed(harmed)}."] if len(harmed) else []
        sentences.append(" ".join(parts))
    return sentences


def _verdict(helped: pd.DataFrame, kinds: Mapping[str, str]) -> str:
    found = {kinds[arm] for arm in helped["arm"]}
    if not found:
        return "nothing helped in some region without harm in another."
    if found == {CLUSTERS}:
        if PLACEBO in kinds.values():
            return "clusters helped, and shuffled ones did not."
        return "clusters helped; without a placebo arm any regulariser might have."
    if CLUSTERS in found:
        return "clusters helped, but so did arms without them: any regulariser may do."
    return "arms helped that use no clusters; clusters did not."


def _listed(rows: pd.DataFrame) -> str:
    return ", ".join(
        f"{row.arm} in {row.region} {row.effect:+.3f} [{row.ci_low:+.3f}, {row.ci_high:+.3f}]"
        for row in rows.itertuples()
    )


def _compare(
    pair: pd.DataFrame, domains: pd.Index, names: dict[str, Any], bootstrap: Bootstrap
) -> dict[str, float]:
    placed = np.asarray(domains != UNPLACED)
    groups = [values.to_numpy() for _, values in pair[placed].groupby(domains[placed])]
    if len(groups) < 2:
        return {}
    draw = [f"{name}" for key, name in names.items() if key != "arm"]
    means = [
        bootstrap.paired_means(values, "worst", *draw, str(number))
        for number, values in enumerate(groups)
    ]
    drawn = _worst_of(np.stack(means), names["metric"])
    whole = _worst_of(np.stack([values.mean(axis=0)[None] for values in groups]), names["metric"])
    low, high = bootstrap.limits(drawn[:, 1] - drawn[:, 0])
    numbers = {"n": int(placed.sum()), "worst_reference": whole[0, 0], "worst": whole[0, 1]}
    return numbers | {"effect": whole[0, 1] - whole[0, 0], "ci_low": low, "ci_high": high}


def _worst_of(means: np.ndarray, metric: str) -> np.ndarray:
    """Return the worst over domains (the first axis) of means, each column by itself."""
    places = badness(means, metric).argmax(axis=0)
    return np.asarray(np.take_along_axis(means, places[None], axis=0)[0])

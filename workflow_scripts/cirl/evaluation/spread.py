"""How sure the worst domain and the spread over domains are, and how far seeds lie apart."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cirl.evaluation.exposure import exposures, in_one_role
from cirl.evaluation.summary import (
    GROUP,
    KEYS,
    UNPLACED,
    badness,
    domain_table,
    domains_left_out,
    in_rows,
    metrics_of,
    scores_by_subject,
    summarise_scores,
)
from cirl.metrics.statistics import Bootstrap

SPREAD_COLUMNS = [*KEYS, "partition", "worst_domain_ci_low", "worst_domain_ci_high"]
SPREAD_COLUMNS += ["variance_ci_low", "variance_ci_high"]

SEED_COLUMNS = [*KEYS, "seeds", "sd_over_seeds"]


def summary_tables(
    metrics: pd.DataFrame,
    partitions: Mapping[str, pd.Series],
    volumes: pd.Series,
    bootstrap: Bootstrap,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the summary of a study's scores, intervals and seeds included, and that by domain.

    Args:
        metrics: rows of ``evaluation/scores.csv``.
        partitions: from ``cirl.evaluation.summary.partitions_of``.
        volumes: whole-tumour volume in ml by subject.
        bootstrap: how the intervals are drawn.

    Returns:
        Tables of ``SUMMARY`` and ``DOMAINS`` (``cirl.study.tables.evaluation``). Where a protocol
        leaves domains out, ``seen`` and ``unseen`` are partitions of those tests alone, into the
        domains by which it does: their means, worst domains and seeds are of these tests.
    """
    tables = [_tables(metrics, partitions, volumes, bootstrap)]
    for name, rows in exposures(metrics).items():
        tables.append(_tables(rows, {name: domains_left_out(rows)}, volumes, bootstrap))
    summaries, domains = zip(*tables, strict=True)
    return pd.concat(summaries, ignore_index=True), pd.concat(domains, ignore_index=True)


def _tables(
    metrics: pd.DataFrame,
    partitions: Mapping[str, pd.Series],
    volumes: pd.Series,
    bootstrap: Bootstrap,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    scores = scores_by_subject(metrics)
    domains = domain_table(scores, partitions, volumes)
    spread = spread_intervals(scores, partitions, bootstrap)
    summary = summarise_scores(scores, domains, bootstrap)
    summary = summary.merge(spread, how="left", on=[*KEYS, "partition"])
    seeds = seed_spread(in_one_role(metrics))
    return summary.merge(seeds, how="left", on=KEYS), domains


def spread_intervals(
    scores: pd.DataFrame, partitions: Mapping[str, pd.Series], bootstrap: Bootstrap
) -> pd.DataFrame:
    """Return bootstrap intervals of the worst domain's mean and of the domains' variance.

    Subjects are drawn again within each domain, and the worst domain is sought in every draw: the
    worst of several noisy means lies lower than the mean of any one, and the variance of noisy
    means is larger than that of the true ones, so both intervals tell of the numbers as they are
    reported, and not of one domain that was named before.

    Args:
        scores: from ``cirl.evaluation.summary.scores_by_subject``.
        partitions: from ``cirl.evaluation.summary.partitions_of``.
        bootstrap: how the intervals are drawn.

    Returns:
        ``SPREAD_COLUMNS``, a row a protocol x arm x region x metric x partition.
    """
    rows = []
    for names, part in in_rows(scores).groupby(KEYS, sort=False):
        for partition, domain_of in partitions.items():
            groups = _by_domain(part, domain_of)
            means = bootstrap.group_means(groups, "domains", *map(str, names), partition)
            worst = _worst(means, str(names[-1]))
            limits = (*bootstrap.limits(worst), *bootstrap.limits(means.var(axis=1)))
            rows.append((*names, partition, *limits))
    return pd.DataFrame(rows, columns=SPREAD_COLUMNS)


def seed_spread(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the number of seeds of each arm, and how far apart their means over subjects lie.

    Args:
        metrics: rows of any number of ``metrics.csv``.

    Returns:
        ``SEED_COLUMNS``: the standard deviation over seeds is undefined for one seed.
    """
    if metrics.empty:
        return pd.DataFrame(columns=SEED_COLUMNS)
    means = metrics.groupby([*GROUP, "seed"], sort=False)[metrics_of(metrics)].mean()
    long = means.reset_index().melt(id_vars=[*GROUP, "seed"], var_name="metric")
    spread = long.groupby(KEYS, sort=False)["value"].agg(["count", "std"]).reset_index()
    return spread.set_axis(SEED_COLUMNS, axis=1)


def _by_domain(part: pd.DataFrame, domain_of: pd.Series) -> list[np.ndarray]:
    """Return the values of each domain; subjects that no domain holds make one if all are such."""
    domains = part["subject"].map(domain_of)
    if (domains != UNPLACED).any():
        part, domains = part[domains != UNPLACED], domains[domains != UNPLACED]
    return [values.to_numpy(float) for _, values in part.groupby(domains)["value"]]


def _worst(means: np.ndarray, metric: str) -> np.ndarray:
    """Return the worst of each row's means (draws x domains)."""
    places = badness(means, metric).argmax(axis=1)
    return np.asarray(means[np.arange(len(means)), places])

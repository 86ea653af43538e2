"""How bad the worst domain is in truth, how far domains differ in truth, and seeds."""

from collections.abc import Mapping, Sequence

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
from cirl.metrics.groups import permutation_p, random_orders, spread_between, true_means
from cirl.metrics.patients import patient_means, repeated_patients
from cirl.metrics.statistics import Bootstrap
from cirl.running.seeding import generator
from cirl.study.tables.evaluation import SCORE_SUMMARY

_NUMBERS = SCORE_SUMMARY.names[SCORE_SUMMARY.names.index("worst_domain_n") + 1 : -2]

SPREAD_COLUMNS = [*KEYS, "partition", *_NUMBERS]

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
    """Return how bad the worst domain is and how far the domains differ, beside chance.

    The worst of several noisy means lies lower than the worst of the true ones, and the variance
    of noisy means is larger than that of the true ones. So the worst true mean is drawn from what
    all domains show together, and from the deviation the sampling variance is taken off.

    Args:
        scores: from ``cirl.evaluation.summary.scores_by_subject``.
        partitions: from ``cirl.evaluation.summary.partitions_of``.
        bootstrap: how the intervals are drawn.

    Returns:
        ``SPREAD_COLUMNS``, a row a protocol x arm x region x metric x partition: from
        ``worst_in_truth``; and from ``spread_between`` and ``permutation_p`` of
        ``cirl.metrics.groups``, undefined for a single domain.
    """
    orders: dict[int, np.ndarray] = {}
    rows = []
    patients = repeated_patients(scores)
    for names, part in in_rows(scores).groupby(KEYS, sort=False):
        values = part.set_index("subject")["value"]
        for partition, domain_of in partitions.items():
            groups = _by_domain(patient_means(values, patients, domain_of), domain_of)
            named = (*map(str, names), partition)
            worst = worst_in_truth(groups, str(names[-1]), bootstrap, *named)
            spread = spread_between(groups, bootstrap.confidence)
            count = sum(map(len, groups))
            if count not in orders:
                orders[count] = random_orders(count, generator(bootstrap.seed, "labels", count))
            found = (*worst, *spread, permutation_p(groups, orders[count]))
            rows.append((*names, partition, *found))
    return pd.DataFrame(rows, columns=SPREAD_COLUMNS)


def worst_in_truth(
    groups: Sequence[np.ndarray], metric: str, bootstrap: Bootstrap, *names: str
) -> tuple[float, float, float]:
    """Return the worst of the domains' true means, and its interval.

    Args:
        groups: values of each domain's subjects.
        metric: what the values are.
        bootstrap: confidence and number of draws.
        names: what the interval is for.

    Returns:
        The posterior mean of the worst true mean (from ``true_means`` of ``cirl.metrics.groups``;
        the worst is sought in each draw), and the ends of the interval. The worst true mean is as
        bad as that of any domain, so that the interval reaches on its good side to what holds for
        the domain that is probably worst. Of a single domain: its mean and the bootstrap's
        interval.
    """
    if len(groups) == 1:
        (values,) = groups
        return float(values.mean()), *bootstrap.interval(values, *names)
    drawn = true_means(groups, bootstrap.draws, generator(bootstrap.seed, "domains", *names))
    bad = badness(drawn, metric)
    worst = np.take_along_axis(drawn, bad.argmax(axis=1)[:, None], axis=1)[:, 0]
    suspect = drawn[:, bad.mean(axis=0).argmax()]
    lows, highs = zip(bootstrap.limits(worst), bootstrap.limits(suspect), strict=True)
    return float(worst.mean()), min(lows), max(highs)


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


def _by_domain(values: pd.Series, domain_of: pd.Series) -> list[np.ndarray]:
    """Return the values of each domain; subjects that no domain holds make one if all are such."""
    domains = values.index.map(domain_of)
    if (domains != UNPLACED).any():
        values, domains = values[domains != UNPLACED], domains[domains != UNPLACED]
    return [own.to_numpy(float) for _, own in values.groupby(np.asarray(domains))]

"""What is lost on domains that a network has never seen."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cirl.evaluation.summary import UNPLACED, metrics_of
from cirl.metrics.patients import patient_means, repeated_patients
from cirl.metrics.statistics import Bootstrap
from cirl.study.tables.evaluation import GAPS

HELD_OUT = "held_out"
"""Partition of a protocol that itself says whose domain is left out."""

SAME_NETWORKS, SAME_SUBJECTS = "same networks", "same subjects"
"""Seen subjects that the same networks were tested on; or the unseen ones themselves, under
cross-validation, where the networks had seen their domain."""


def unseen_tests(
    folds: pd.DataFrame, partitions: Mapping[str, pd.Series], cohort: pd.Series, cohorts: list[str]
) -> pd.DataFrame:
    """Tell for each test whether the subject's domain was among those that trained.

    Args:
        folds: ``folds/{protocol}.csv``; a column ``seen`` stands for the partition ``held_out``.
        partitions: from ``cirl.evaluation.summary.partitions_of``.
        cohort: the cohort of each subject.
        cohorts: those that the arm trains on; empty for all.

    Returns:
        The columns fold, subject, partition, seen: a row a test and partition. A subject that a
        partition does not place has no row.
    """
    tests = folds[folds["role"] == "test"]
    trained = folds[folds["role"] == "train"]
    if cohorts:
        trained = trained[trained["subject"].map(cohort).isin(cohorts)]
    tables = []
    for partition, domain_of in partitions.items():
        pairs = trained.assign(domain=trained["subject"].map(domain_of))
        known = set(pairs[["fold", "domain"]].itertuples(index=False, name=None))
        rows = tests.assign(domain=tests["subject"].map(domain_of), partition=partition)
        rows = rows[rows["domain"] != UNPLACED]
        seen = [key in known for key in zip(rows["fold"], rows["domain"], strict=True)]
        tables.append(rows.assign(seen=seen))
    if "seen" in folds:
        tables.append(tests.assign(partition=HELD_OUT))
    return pd.concat(tables)[["fold", "subject", "partition", "seen"]]


def study_gaps(
    metrics: pd.DataFrame,
    folds: Mapping[str, pd.DataFrame],
    partitions: Mapping[str, pd.Series],
    cohorts: Mapping[str, list[str]],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Compare seen with unseen domains in a whole study (``GAPS``).

    Args:
        metrics: rows of any number of ``metrics.csv``.
        folds: ``folds/{protocol}.csv`` by protocol.
        partitions: from ``cirl.evaluation.summary.partitions_of``, ``cohort`` among them.
        cohorts: those that each arm trains on, by arm; empty for all.
        bootstrap: how the intervals are drawn.
    """
    tests = {
        (protocol, arm): unseen_tests(table, partitions, partitions["cohort"], trained)
        for protocol, table in folds.items()
        for arm, trained in cohorts.items()
    }
    return gap_table(metrics, tests, bootstrap)


def gap_table(
    metrics: pd.DataFrame,
    tests: Mapping[tuple[str, str], pd.DataFrame],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Compare seen with unseen domains, for every protocol and arm that meets unseen ones.

    Args:
        metrics: rows of any number of ``metrics.csv``.
        tests: from ``unseen_tests``, by protocol and arm.
        bootstrap: how the intervals are drawn.

    Returns:
        ``GAPS``. ``gap`` is the mean over seen minus that over unseen patients, each counted
        once, in the metric's unit. Against the same networks the subjects are others; against the
        same subjects the networks are those of the protocol ``cv``, and the interval is paired.
    """
    rows: list[dict[str, Any]] = []
    for (protocol, arm), table in tests.items():
        own = metrics[(metrics["protocol"] == protocol) & (metrics["arm"] == arm)]
        cv = metrics[(metrics["protocol"] == "cv") & (metrics["arm"] == arm)]
        for partition, part in table.groupby("partition", sort=False):
            if part["seen"].all() or own.empty:
                continue
            joined = own.merge(part, on=["subject", "fold"])
            names = {"protocol": protocol, "arm": arm, "partition": partition}
            seen, unseen = joined[joined["seen"]], joined[~joined["seen"]]
            rows += _gaps(names | {"compared": SAME_NETWORKS}, seen, unseen, bootstrap)
            if protocol != "cv":
                rows += _gaps(names | {"compared": SAME_SUBJECTS}, cv, unseen, bootstrap)
    return pd.DataFrame(rows, columns=GAPS.names)


def _gaps(
    names: dict[str, Any], seen: pd.DataFrame, unseen: pd.DataFrame, bootstrap: Bootstrap
) -> list[dict[str, Any]]:
    rows = []
    patients = repeated_patients(pd.concat([seen, unseen]))
    for region, tested in unseen.groupby("region", sort=False):
        for metric in metrics_of(unseen):
            other = tested.groupby("subject")[metric].mean()
            one = seen[seen["region"] == region].groupby("subject")[metric].mean()
            paired = names["compared"] == SAME_SUBJECTS
            if paired:
                one = one.reindex(other.index).dropna()
                other = other[one.index]
            one, other = (patient_means(values, patients) for values in (one, other))
            if one.empty:
                continue
            named = {**names, "region": region, "metric": metric}
            draw = ("gap", *map(str, named.values()))
            if paired:
                low, high = bootstrap.interval((one - other).to_numpy(), *draw)
            else:
                pair = (one.to_numpy(), other.to_numpy())
                low, high = bootstrap.interval_of_difference(*pair, *draw)
            numbers = {"n_seen": len(one), "mean_seen": one.mean(), "n_unseen": len(other)}
            numbers |= {"mean_unseen": other.mean(), "gap": one.mean() - other.mean()}
            rows.append(named | numbers | {"ci_low": low, "ci_high": high})
    return rows

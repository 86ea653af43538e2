"""Arms against each other, on all subjects and on those of seen and of unseen domains."""

import pandas as pd

from cirl.evaluation.exposure import EVERYBODY, exposures
from cirl.evaluation.summary import metrics_of, scores_by_subject
from cirl.metrics.statistics import Bootstrap, compare_arms
from cirl.study.tables.evaluation import TESTS


def comparison_table(metrics: pd.DataFrame, arms: list[str], bootstrap: Bootstrap) -> pd.DataFrame:
    """Compare every pair of arms, paired by subject, on each partition (``TESTS``).

    Args:
        metrics: ``evaluation/scores.csv``.
        arms: order of the arms; of a pair, the first comes first.
        bootstrap: how the intervals are drawn.

    Returns:
        A row a protocol x partition x region x metric x pair. Holm's family is all pairs and
        regions of one protocol, partition and metric.
    """
    tables = []
    for partition, rows in {EVERYBODY: metrics, **exposures(metrics)}.items():
        scores = scores_by_subject(rows)
        found = compare_arms(scores, arms, metrics_of(scores), bootstrap)
        tables.append(found.assign(partition=partition))
    return pd.concat(tables, ignore_index=True)[TESTS.names]

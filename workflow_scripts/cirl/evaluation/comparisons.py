"""Arms against each other, on all subjects and on those of seen and of unseen domains."""

from collections.abc import Mapping, Sequence

import pandas as pd

from cirl.evaluation.exposure import EVERYBODY, exposures
from cirl.evaluation.summary import metrics_of, scores_by_subject
from cirl.metrics.statistics import Bootstrap, compare_arms
from cirl.study.tables.evaluation import TESTS


def comparison_table(
    metrics: pd.DataFrame, arms: list[str], bootstrap: Bootstrap, detectors: Sequence[str] = ()
) -> pd.DataFrame:
    """Compare every pair of arms, paired by subject, on each partition (``TESTS``).

    Detectors are compared with each other and with the first arm, in a family of their own, so that
    they change no p of the arms.

    Args:
        metrics: ``evaluation/scores.csv``.
        arms: order of the arms; of a pair, the first comes first.
        bootstrap: how the intervals are drawn.
        detectors: order of the detectors.

    Returns:
        A row a protocol x partition x region x metric x pair. Holm's family of ``p_holm`` is all
        pairs and regions of one protocol, partition and metric.
    """
    tables = []
    for partition, rows in {EVERYBODY: metrics, **exposures(metrics)}.items():
        scores = scores_by_subject(rows)
        for group in [arms, [*arms[:1], *detectors]] if detectors else [arms]:
            found = compare_arms(scores, group, metrics_of(scores), bootstrap)
            tables.append(found.assign(partition=partition))
    return pd.concat(tables, ignore_index=True)[TESTS.names]


def paired_effects(tests: pd.DataFrame, pairs: Mapping[str, str]) -> pd.DataFrame:
    """Return the comparisons of arms with others, as the arm minus the other one.

    Args:
        tests: rows of ``evaluation/tests.csv``.
        pairs: the other arm, by the arm.

    Returns:
        The rows with ``arm`` and ``against``, in the tests' order; signs are turned where the arm
        stands first in the tests.
    """
    as_it_is = tests.assign(arm=tests["arm_b"], against=tests["arm_a"])
    numbers = -tests[["effect", "ci_high", "ci_low", "effect_d"]]
    turned = tests.assign(
        arm=tests["arm_a"],
        against=tests["arm_b"],
        **dict(zip(("effect", "ci_low", "ci_high", "effect_d"), numbers.to_numpy().T, strict=True)),
    )
    both = pd.concat([as_it_is, turned])
    return both[both["against"] == both["arm"].map(pairs)].sort_index(kind="stable")

"""Arms against each other, on all subjects and on those of seen and of unseen domains."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cirl.evaluation.exposure import EVERYBODY, exposures, primary_partition
from cirl.evaluation.summary import metrics_of, scores_by_subject
from cirl.evaluation.verdicts import verdict
from cirl.metrics.correction import corrected
from cirl.metrics.statistics import Bootstrap, compare_arms
from cirl.study.tables.evaluation import TESTS

PRIMARY_METRIC = "dice"
"""Metric of the primary comparisons."""


def comparison_table(
    metrics: pd.DataFrame, arms: list[str], placebos: Mapping[str, str], bootstrap: Bootstrap
) -> pd.DataFrame:
    """Compare every pair of arms, paired by subject, on each partition (``TESTS``).

    Args:
        metrics: ``evaluation/scores.csv``.
        arms: order of the arms; of a pair, the first comes first, and the first of all is the
            reference.
        placebos: of those arms that have one, by their names.
        bootstrap: how the intervals are drawn.

    Returns:
        A row a protocol x partition x region x metric x pair. Holm's family of ``p_holm`` is all
        pairs and regions of one protocol, partition and metric; ``p_primary`` is that of
        ``primary_p_values``.
    """
    tables = []
    for partition, rows in {EVERYBODY: metrics, **exposures(metrics)}.items():
        scores = scores_by_subject(rows)
        found = compare_arms(scores, arms, metrics_of(scores), bootstrap)
        tables.append(found.assign(partition=partition))
    tests = pd.concat(tables, ignore_index=True)
    return tests.assign(p_primary=primary_p_values(tests, arms, placebos))[TESTS.names]


def primary_p_values(
    tests: pd.DataFrame, arms: list[str], placebos: Mapping[str, str]
) -> np.ndarray:
    """Return p of the primary comparisons of a study after Holm's correction over all of them.

    These are: Dice of each arm against the reference and against its placebo, in all regions, on
    the unseen subjects of each protocol that has some and on all of every other.

    Args:
        tests: rows of ``evaluation/tests.csv``, of which ``p_wilcoxon`` is corrected.
        arms: order of the arms; the first is the reference.
        placebos: of those arms that have one, by their names.

    Returns:
        One a row of the tests; undefined where it is no primary comparison.
    """
    pairs = {(arms[0], arm) for arm in arms[1:]}
    pairs |= {pair for arm, placebo in placebos.items() for pair in _orders(arm, placebo)}
    asked = pd.MultiIndex.from_frame(tests[["arm_a", "arm_b"]]).isin(pairs)
    primary = tests.groupby("protocol")["partition"].transform(primary_partition)
    asked &= (tests["metric"] == PRIMARY_METRIC) & (tests["partition"] == primary)
    return corrected(tests["p_wilcoxon"].where(asked).to_numpy(float), "holm")


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


def primary_sentences(
    tests: pd.DataFrame,
    arms: list[str],
    kinds: Mapping[str, str],
    placebos: Mapping[str, str],
    level: float,
) -> list[str]:
    """Say for each protocol what its primary comparisons show.

    Args:
        tests: ``evaluation/tests.csv``.
        arms: order of the arms; the first is the reference.
        kinds: of the arms, by their names.
        placebos: of those arms that have one, by their names.
        level: of significance.
    """
    asked = tests[tests["p_primary"].notna()]
    references = paired_effects(asked, dict.fromkeys(arms[1:], arms[0]))
    effects = pd.concat([references, paired_effects(asked, placebos)]).assign(
        p=lambda rows: rows["p_primary"]
    )
    sentences = []
    for (protocol, partition), rows in effects.groupby(["protocol", "partition"], sort=False):
        whom = "all" if partition == EVERYBODY else partition
        name = f"Primary comparison ({protocol}, {whom} subjects, n {rows['n'].max()})"
        said = verdict(rows, kinds, placebos, level)
        sentences.append(f"{name}, Dice, Holm over {len(asked)} tests: {said}")
    return sentences


def _orders(one: str, other: str) -> list[tuple[str, str]]:
    return [(one, other), (other, one)]

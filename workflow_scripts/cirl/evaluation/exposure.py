"""Was a subject's domain left out of the training that it is tested in?

A protocol that leaves domains out tests some subjects in both kinds of fold. Their scores are never
averaged: `seen` and `unseen` are partitions of their own, and elsewhere the unseen score counts.
"""

from collections.abc import Mapping

import pandas as pd

SEEN, UNSEEN = "seen", "unseen"
"""What a test is of in a protocol that says it; and the partitions of those tests alone."""

EVERYBODY = "all"
"""Partition of all tests, in which a subject that is tested as unseen counts as such alone."""

EXPOSURE, DOMAIN = "exposure", "domain"
"""Columns of a score: seen, unseen, or an empty text where the protocol leaves nothing out; and the
domain that is, or could be, left out with the subject."""


def with_exposure(metrics: pd.DataFrame, folds: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Say of each score whether the network had seen the subject's domain, and which that is.

    Args:
        metrics: rows of any number of ``metrics.csv``.
        folds: ``folds/{protocol}.csv`` by protocol.

    Returns:
        The scores in their order, with ``EXPOSURE`` and ``DOMAIN`` if any protocol says it.
    """
    tests = [
        table[table["role"] == "test"].assign(protocol=protocol)
        for protocol, table in folds.items()
        if "seen" in table
    ]
    if not tests:
        return metrics
    told = pd.concat(tests)
    told[EXPOSURE] = told["seen"].map({True: SEEN, False: UNSEEN})
    keys = ["protocol", "subject", "fold"]
    found = metrics.merge(told[[*keys, EXPOSURE, DOMAIN]], "left", keys, validate="many_to_one")
    return found.fillna({EXPOSURE: "", DOMAIN: ""})


def in_one_role(metrics: pd.DataFrame) -> pd.DataFrame:
    """Leave out the seen tests of those patients whom their protocol tests as unseen too.

    Whoever is unseen is so for all arms, so that a pair of arms is never compared across the two.
    """
    if EXPOSURE not in metrics:
        return metrics
    unseen = metrics[EXPOSURE] == UNSEEN
    whose = metrics["patient"] if "patient" in metrics else metrics["subject"]
    ever = unseen.groupby([metrics["protocol"], whose]).transform("any")
    return metrics[unseen | ~ever]


def exposures(metrics: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the scores of seen and of unseen tests, by partition; nothing where none are told."""
    if EXPOSURE not in metrics:
        return {}
    parts = {name: metrics[metrics[EXPOSURE] == name] for name in (SEEN, UNSEEN)}
    return {name: rows for name, rows in parts.items() if len(rows)}


def primary_partition(partitions: pd.Series) -> str:
    """Return the partition on which a protocol's question is asked: unseen where there is one."""
    return UNSEEN if (partitions == UNSEEN).any() else EVERYBODY

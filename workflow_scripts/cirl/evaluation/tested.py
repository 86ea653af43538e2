"""On whom a sentence rests: how many subjects, how many seeds, and which domains."""

from collections.abc import Mapping

import pandas as pd

from cirl.evaluation.exposure import EVERYBODY
from cirl.evaluation.summary import UNPLACED

NAMED = 4
"""So many domains are named; of more, their number is told."""

Tested = Mapping[tuple[str, str], str]
"""Words on who was tested, by protocol and partition."""


def tested_words(summary: pd.DataFrame, domains: pd.DataFrame) -> Tested:
    """Say for each protocol and partition who was tested.

    Args:
        summary: ``evaluation/summary.csv``.
        domains: ``evaluation/domains.csv``.
    """
    found = {}
    placed = domains[(domains["metric"] == "dice") & (domains["domain"] != UNPLACED)]
    dice = summary[summary["metric"] == "dice"]
    for (protocol, partition), rows in dice.groupby(["protocol", "partition"], sort=False):
        own = placed[(placed["protocol"] == protocol) & (placed["partition"] == partition)]
        names = [] if partition == EVERYBODY else list(dict.fromkeys(own["domain"]))
        words = [f"n {rows['n'].max()}", counted(int(rows["seeds"].max()), "seed")]
        found[(str(protocol), str(partition))] = ", ".join([*words, *domain_words(names)])
    return found


def domain_words(names: list[str]) -> list[str]:
    """Return words on domains: their names if they are few, else their number."""
    if not names:
        return []
    return [f"domains {' and '.join(names)}" if len(names) <= NAMED else f"{len(names)} domains"]


def counted(number: int, name: str) -> str:
    """Return a number with a name, in the plural where it is not one."""
    return f"{number} {name}{'' if number == 1 else 's'}"


def with_whom(name: str, tested: Tested, protocol: str, partition: str) -> str:
    """Return a name with the words in its brackets; the name alone where none are known."""
    words = tested.get((protocol, partition), "")
    if not words:
        return name
    return f"{name[:-1]}; {words})" if name.endswith(")") else f"{name} ({words})"

"""What a page says of its intervals: how they were made, and where they hold less than they say.

The figures stand in docs/evaluation.md and are printed by benchmarks/interval_coverage.py.
"""

from collections.abc import Iterable

import pandas as pd

FEW = 24
"""Subjects from which on the intervals of means hold the truth in 9 of 10 studies or more."""


def interval_notes(confidence: float, sizes: Iterable[float], distances: bool = False) -> list[str]:
    """Return sentences on the intervals of means and differences of means.

    Args:
        confidence: share inside them.
        sizes: numbers of subjects of which they are; of a difference of two groups the smaller.
        distances: whether some are of HD95.
    """
    counts = pd.Series(list(sizes), dtype=float).dropna()
    notes = [f"Brackets hold {confidence:.0%} bootstrap intervals."]
    if len(counts) and counts.min() < FEW:
        notes.append(
            f"Some are of {counts.min():.0f} subjects: with fewer than {FEW} an interval holds the "
            "truth less often than it says, the more so where scores are far from symmetric."
        )
    if distances:
        notes.append(
            "A few large values decide mean HD95 and its differences: of 100 such intervals about "
            "90 hold the truth with 24 subjects, and 92 with 64."
        )
    return notes


WORST_NOTE = (
    "\u201cIn truth\u201d: the worst of the domains' true means, as estimated from all domains "
    "together, since the worst of several noisy means is worse than any of the true ones; and the "
    "standard deviation of the domains' true means, without what the sampling of subjects adds. p: "
    "how often domains drawn at random would lie as far apart. An upper limit of the deviation is "
    "wide where domains are few. Where bad domains vary more than others, the interval of the "
    "worst holds it in about 88 of 100 studies with 24 subjects, and 92 with 64."
)
"""What the columns on domains mean."""

DIFFERENCE_NOTE = (
    "The brackets at differences of worst domains describe samples of the subjects: they hold the "
    "true difference less often than they say where an arm makes equal domains differ. p is that "
    "of the swap test."
)
"""What the limits of ``cirl.evaluation.worst_domain.worst_difference`` are not."""

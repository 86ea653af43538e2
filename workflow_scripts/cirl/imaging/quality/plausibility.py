"""What cannot be of one subject's brain, whatever others of its cohort are like."""

from collections.abc import Mapping, Sequence
from typing import Any

BRAIN_ML = (400.0, 2500.0)
"""Volume in ml that a brain has: from a small child's to more than the largest adults'."""

COVERAGE = 0.9
"""Share of the brain that a contrast covers: where it has more than one and the same value."""


def implausible(
    brain_ml: float,
    coverage: Mapping[str, float],
    bounds: Sequence[float] = BRAIN_ML,
    smallest: float = COVERAGE,
) -> list[str]:
    """Return a text for each number of a brain that cannot be, with the number.

    Args:
        brain_ml: its volume in ml.
        coverage: share of it that each contrast covers.
        bounds: of the volume.
        smallest: bound of the shares.
    """
    low, high = bounds
    found = []
    if not low <= brain_ml <= high:
        cause = "not skull-stripped, or another mask?" if brain_ml > high else "cut, or not in mm?"
        found.append(
            f"brain volume of {brain_ml:,.0f} ml, expected {low:,g} to {high:,g} ml ({cause})"
        )
    return found + [
        f"{name} covers {share:.0%} of the brain, one and the same value lies in the rest, "
        f"expected {smallest:.0%} or more"
        for name, share in coverage.items()
        if share < smallest
    ]


def warnings_of(metadata: Mapping[str, Any]) -> list[str]:
    """Return what is odd about a prepared subject: its notes, and what cannot be of a brain."""
    quality = metadata["quality"]
    coverage = {name: own["coverage"] for name, own in quality["contrasts"].items()}
    return [*metadata["notes"], *implausible(quality["brain_ml"], coverage)]

"""Subjects: their ids, and how they are divided among jobs."""

import zlib
from collections.abc import Sequence


def subject_id(cohort: str, name: str) -> str:
    """Return a subject's id, so that equal names in two cohorts are two subjects."""
    return f"{cohort}_{name}"


def cohort_of(subject: str) -> str:
    """Return the cohort of a subject, which its id begins with; cohorts have no underscore."""
    return subject.partition("_")[0]


def simulated_names(subjects: int, first: int = 1) -> list[str]:
    """Return the names of a simulated cohort's subjects: p0001, p0002, ..., from a first number."""
    return [f"p{number:04d}" for number in range(first, first + subjects)]


def into_batches(subjects: Sequence[str], size: int) -> dict[str, list[str]]:
    """Divide subjects into batches of about ``size``, by their names alone.

    A new subject changes its own batch and no other, as long as the number of batches (a power of
    two) stays. Sizes vary around their mean as those of random batches do.

    Returns:
        batches that have members, by name (``batch00``, ...), each in the order given.
    """
    count = 1
    while count * size < len(subjects):
        count *= 2
    digits = len(str(count - 1))
    batches: dict[str, list[str]] = {}
    for subject in subjects:
        number = zlib.crc32(subject.encode()) % count
        batches.setdefault(f"batch{number:0{max(2, digits)}d}", []).append(subject)
    return dict(sorted(batches.items()))

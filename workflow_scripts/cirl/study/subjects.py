"""Subjects: their ids, and how they are divided among jobs."""

import zlib
from collections.abc import Iterable, Sequence

from cirl.study.safe_names import LONGEST_ID, safe_name
from cirl.study.spelling import plain


def subject_id(cohort: str, name: str) -> str:
    """Return a subject's id, so that equal names in two cohorts are two subjects.

    The id of a name that is not safe for shells and file systems has a hash of it.
    """
    prefix = f"{cohort}_"
    return prefix + safe_name(name, LONGEST_ID - len(prefix))


def by_id(subjects: Iterable[tuple[str, str]], told_apart: bool = True) -> dict[str, str]:
    """Return the name of each subject by its id.

    Args:
        subjects: cohort and name of each.
        told_apart: whether files whose names differ in capitals alone are two.

    Raises:
        ValueError: naming two subjects whose files would be the same.
    """
    found: dict[str, str] = {}
    owners: dict[str, tuple[str, str]] = {}
    for cohort, name in subjects:
        subject = subject_id(cohort, name)
        first = owners.setdefault(subject if told_apart else subject.casefold(), (cohort, name))
        if first != (cohort, name):
            why = "" if subject == subject_id(*first) else ", and files here do not tell capitals"
            raise ValueError(
                f"cohorts.{cohort}: {first[1]!a} and {name!a} are two subjects with the id "
                f"{subject}{why}; rename one"
            )
        found[subject] = name
    return found


def full_name(cohort: str, name: str) -> str:
    """Return how a user's own table names a subject of one of several cohorts."""
    return f"{cohort}_{name}"


def by_full_name(subjects: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Return each subject's id by what a user's own table may call it: its full name, or its id.

    Args:
        subjects: id, cohort and name of each.
    """
    known = list(subjects)
    names = {plain(full_name(cohort, name)): subject for subject, cohort, name in known}
    return names | {subject: subject for subject, _, _ in known}


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

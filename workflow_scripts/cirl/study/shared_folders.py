"""Two cohorts that hold the same subjects: noticed by where their files lie, before any job."""

import os
from collections.abc import Mapping
from functools import cache
from itertools import combinations

from cirl.study.cohorts import Cohort


def shared_files(found: Mapping[str, tuple[Cohort, str]]) -> list[str]:
    """Return a line for each two cohorts of which subjects of one have files of the other's.

    Folders are compared with their links resolved; files are not opened, nor looked for.

    Args:
        found: cohort and name of every subject, by its id.
    """
    folder = cache(os.path.realpath)
    owners: dict[str, dict[str, str]] = {}
    for subject, (cohort, name) in found.items():
        if cohort.simulated:
            continue
        for path in cohort.paths(name):
            parent, file = os.path.split(path)
            owners.setdefault(os.path.join(folder(parent), file), {})[cohort.name] = subject
    shared: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
    for path, subjects in owners.items():
        for pair in combinations(sorted(subjects), 2):
            one, other = (subjects[cohort] for cohort in pair)
            shared.setdefault(pair, {}).setdefault((one, other), path)
    return [
        f"cohorts.{one} and cohorts.{other}: {len(pairs)} subjects of the two are the same, such "
        f"as {' and '.join(first)}, both with {path}; a subject is of one cohort"
        for (one, other), pairs in shared.items()
        for first, path in [next(iter(pairs.items()))]
    ]

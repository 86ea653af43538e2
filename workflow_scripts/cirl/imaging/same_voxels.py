"""One scan that is there twice: subjects with the same voxels are one patient."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Images = Mapping[str, list[tuple[str, str]]]
"""By the digest of an image's voxels, the subjects that have it, each with its contrast."""


def shared_images(metadata: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    """Return the images that more than one subject has.

    Args:
        metadata: what preprocessing noted of each subject; ``voxels`` are digests by contrast.
    """
    owners: dict[str, list[tuple[str, str]]] = {}
    for entry in metadata:
        for contrast, digest in entry.get("voxels", {}).items():
            owners.setdefault(digest, []).append((entry["subject"], contrast))
    return {
        digest: sorted(found)
        for digest, found in owners.items()
        if len({subject for subject, _ in found}) > 1
    }


def one_patient_each(patients: Mapping[str, str], same: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return the patient of each subject, where subjects that are the same are of one.

    If a is the same scan as b, and b is of the patient of c, then all three are of one patient,
    whose name is the first of theirs.

    Args:
        patients: by subject, as cohorts say it.
        same: groups of subjects that are the same.
    """
    subjects = list(patients)
    place = {subject: number for number, subject in enumerate(subjects)}
    first: dict[str, int] = {}
    pairs = [(number, first.setdefault(patients[s], number)) for s, number in place.items()]
    for group in same:
        pairs += [(place[group[0]], place[subject]) for subject in group]
    rows, columns = np.array(pairs, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(subjects),) * 2)
    _, groups = connected_components(graph, directed=False)
    names: dict[int, str] = {}
    for subject, group in zip(subjects, groups, strict=True):
        names[group] = min(names.get(group, patients[subject]), patients[subject])
    return {subject: names[group] for subject, group in zip(subjects, groups, strict=True)}


def notes_on_shared(shared: Images) -> dict[str, list[str]]:
    """Return for each subject that shares images a note an image, which names the others."""
    notes: dict[str, list[str]] = {}
    for owners in shared.values():
        for subject, contrast in owners:
            others = [f"{other} ({its})" for other, its in owners if other != subject]
            said = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if others[5:] else "")
            notes.setdefault(subject, []).append(
                f"{contrast}: has the same voxels as {said}, taken for one patient"
            )
    return {subject: sorted(own) for subject, own in notes.items()}

"""Splits that a study brings: who trains, is watched and is tested in each fold.

A table has the columns ``subject, fold, role``; nnU-Net's ``splits_final.json`` lists for each fold
those who train and those in ``val``, on whom a fold's network is judged: here they are its test.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cirl.study.spelling import listed, nearest_spellings, plain
from cirl.study.user_table import TableError, read_user_table

FOLD_ROLES = ("train", "validation", "test")
"""What a subject may be in a fold."""

NNUNET = {"train": "train", "val": "test", "test": "test"}
"""Roles by their names in nnU-Net's file."""

Roles = list[dict[str, str]]
"""Of each fold the role of each subject that has one."""


def read_own_splits(path: str) -> Roles:
    """Read the splits of a study, with the names that the file has.

    Folds of a table that are whole numbers come in their order, others as they first appear.

    Raises:
        TableError: naming the file, and the line or the fold that cannot be meant.
    """
    rows = _rows_of_json(path) if Path(path).suffix == ".json" else _rows_of_table(path)
    folds: dict[str, dict[str, str]] = {}
    for where, name, fold, role in rows:
        if not name or not fold or role not in FOLD_ROLES:
            raise TableError(
                f"{where}: subject {name!r}, fold {fold!r}, role {role!r}; expected a name, a fold "
                f"and one of {', '.join(FOLD_ROLES)}"
            )
        if name in folds.setdefault(fold, {}):
            raise TableError(f"{where}: {name!r} has a role in fold {fold!r} already")
        folds[fold][name] = role
    if not folds:
        raise TableError(f"{path}: has no fold")
    names = list(folds)
    names = sorted(names, key=int) if all(name.isdecimal() for name in names) else names
    return [folds[name] for name in names]


def _rows_of_table(path: str) -> Iterable[tuple[str, str, str, str]]:
    table = read_user_table(path)
    columns = [table.column(name, "folds.given.path") for name in ("subject", "fold", "role")]
    for line, name, fold, role in zip(table.lines, *columns, strict=True):
        yield f"{path}, line {line}", name, fold, role.casefold()


def _rows_of_json(path: str) -> Iterable[tuple[str, str, str, str]]:
    try:
        folds: Any = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"{path}: cannot be read as JSON ({error})") from None
    if not isinstance(folds, list) or not all(isinstance(fold, dict) for fold in folds):
        raise TableError(f"{path}: expected a list of folds, each with train and val, as nnU-Net's")
    for number, fold in enumerate(folds):
        where = f"{path}, fold {number}"
        if not set(fold) <= set(NNUNET) or not all(isinstance(own, list) for own in fold.values()):
            raise TableError(
                f"{where}: has {listed(list(map(str, fold)), 5)}, expected the lists train and val"
            )
        for key, names in fold.items():
            for name in names:
                yield where, plain(str(name)), str(number), NNUNET[key]


def of_subjects(roles: Roles, found: Mapping[str, str], path: str) -> Roles:
    """Return the same splits with the subjects' ids.

    Args:
        roles: from ``read_own_splits``; a name is a subject's id or, where one cohort alone has it,
            the subject's name in its cohort.
        found: by the id of each subject found, its name in its cohort.
        path: of the file.

    Raises:
        TableError: naming those who are no subject, each with the nearest one, or are several; the
            folds in which nobody trains or is tested; and who is tested in more than one.
    """
    ids: dict[str, set[str]] = {}
    for subject, name in found.items():
        for spelling in (subject, name):
            ids.setdefault(plain(spelling), set()).add(subject)
    names = list(dict.fromkeys(name for fold in roles for name in fold))
    unknown = [name for name in names if name not in ids]
    if unknown:
        near = nearest_spellings(unknown[:200], list(ids))
        said = [
            f"{name!r} (nearest: {near[name]!r})" if near[name] else repr(name) for name in near
        ]
        more = f" and {len(unknown) - 200} more" if unknown[200:] else ""
        raise TableError(
            f"{path}: {len(unknown)} of {len(names)} names are no subject of the cohorts: "
            f"{', '.join(said)}{more}"
        )
    several = [name for name in names if len(ids[name]) > 1]
    if several:
        both = ", ".join(sorted(ids[several[0]]))
        raise TableError(
            f"{path}: {len(several)} names are of more than one cohort, such as {several[0]!r}: "
            f"{both}; write the subject's id"
        )
    translated = [{next(iter(ids[name])): role for name, role in fold.items()} for fold in roles]
    for number, (fold, own) in enumerate(zip(roles, translated, strict=True)):
        if len(own) < len(fold):
            raise TableError(f"{path}: fold {number} has a subject by its name and by its id")
        lacking = [role for role in ("train", "test") if role not in own.values()]
        if lacking:
            raise TableError(f"{path}: fold {number} has nobody with the role {lacking[0]}")
    tests = Counter(name for fold in translated for name, role in fold.items() if role == "test")
    again = sorted(name for name, count in tests.items() if count > 1)
    if again:
        raise TableError(
            f"{path}: tested in more than one fold, expected one at most: {listed(again, 20)}"
        )
    return translated


def on_both_sides(roles: Roles, patients: Mapping[str, str]) -> list[str]:
    """Return a text for each fold and patient who has more than one role in it.

    Args:
        roles: from ``of_subjects``.
        patients: the patient by subject.
    """
    found = []
    for number, fold in enumerate(roles):
        scans: dict[str, list[str]] = {}
        for subject in fold:
            scans.setdefault(patients[subject], []).append(subject)
        for patient, own in scans.items():
            if len({fold[one] for one in own}) > 1:
                said = ", ".join(f"{one}: {fold[one]}" for one in sorted(own))
                found.append(f"{patient} in fold {number} ({said})")
    return found


def check_sides(roles: Roles, patients: Mapping[str, str], path: str) -> None:
    """Refuse splits that put a patient on both sides.

    Raises:
        TableError: naming patients, folds and subjects.
    """
    if found := on_both_sides(roles, patients):
        more = f" and {len(found) - 20} more" if found[20:] else ""
        raise TableError(
            f"{path}: a patient has more than one role in a fold: {'; '.join(found[:20])}{more} "
            "(folds.given.patients: allow takes it as it is)"
        )


def without_role(roles: Roles, subjects: Sequence[str]) -> list[str]:
    """Return the subjects that have no role in any fold."""
    named = {subject for fold in roles for subject in fold}
    return [subject for subject in subjects if subject not in named]

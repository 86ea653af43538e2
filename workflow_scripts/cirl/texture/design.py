"""What a signature is asked for: who is tested by whom, and what is to be predicted."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

NEVER = -1
"""The fold of a subject that only trains."""


@dataclass(frozen=True)
class Target:
    """A number a subject, that is predicted.

    Attributes:
        name: the clinical column, followed by ``_high`` where its values are told apart in two.
        values: of the subjects of the design.
        binary: whether they are 0 and 1; grades, whose order counts, otherwise.
    """

    name: str
    values: np.ndarray
    binary: bool

    @property
    def classes(self) -> np.ndarray:
        """The different values, ascending."""
        return np.unique(self.values)


@dataclass(frozen=True)
class Design:
    """The folds of a signature, over the subjects whose target is known.

    Attributes:
        subjects: ids, sorted.
        patients: of the subjects.
        fold_numbers: of the folds.
        tested: the place in ``fold_numbers`` of the fold that tests each subject, or ``NEVER``.
        trains: folds x subjects, whether a subject trains in a fold.
        blocked: whether the folds were made with the labels in view, or by what may go with them.
    """

    subjects: np.ndarray
    patients: np.ndarray
    fold_numbers: np.ndarray
    tested: np.ndarray
    trains: np.ndarray
    blocked: bool

    @property
    def blocks(self) -> np.ndarray:
        """Inside which labels can be exchanged without becoming another design.

        Those of a fold, whose labels are balanced by its making. Leaving one patient out looks at
        no label: there all can be exchanged.
        """
        return self.tested if self.blocked else np.zeros_like(self.tested)

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each subject."""
        return {name: place for place, name in enumerate(self.subjects)}


def read_design(folds: pd.DataFrame, protocol: str) -> Design:
    """Read a signature's folds (``TEXTURE_FOLDS``).

    Raises:
        ValueError: if a subject is tested in several folds, or none is in any.
    """
    tests = folds[folds["role"] == "test"]
    if tests.empty:
        raise ValueError("no subject with a known target is tested in any fold")
    if twice := sorted(tests.loc[tests["subject"].duplicated(), "subject"]):
        raise ValueError(f"{twice[0]} is tested in several folds; expected in one")
    known = folds.drop_duplicates("subject").set_index("subject").sort_index()
    numbers = np.unique(tests["fold"])
    tested = pd.Series(NEVER, index=known.index)
    tested[tests["subject"]] = np.searchsorted(numbers, tests["fold"])
    training = folds[folds["role"] == "train"]
    trains = np.zeros((len(numbers), len(known)), dtype=bool)
    for place, number in enumerate(numbers):
        names = training.loc[training["fold"] == number, "subject"]
        trains[place, known.index.get_indexer(names)] = True
    return Design(
        subjects=known.index.to_numpy(str),
        patients=known["patient"].to_numpy(str),
        fold_numbers=numbers,
        tested=tested.to_numpy(),
        trains=trains,
        blocked=protocol != "subject",
    )


def read_targets(folds: pd.DataFrame, column: str) -> list[Target]:
    """Return what is predicted: high against low, and the grade itself where it is a number.

    Args:
        folds: ``TEXTURE_FOLDS``.
        column: the clinical column.

    Raises:
        ValueError: where all subjects have the same value.
    """
    known = folds.drop_duplicates("subject").sort_values("subject")
    high = known["positive"].to_numpy(float)
    grades = pd.to_numeric(known["target"], errors="coerce").to_numpy(float)
    found = []
    if 0 < high.mean() < 1:
        found.append(Target(f"{column}_high", high, binary=True))
    if np.isfinite(grades).all() and len(np.unique(grades)) > 2:
        found.append(Target(column, grades, binary=False))
    if not found:
        raise ValueError(f"{column}: all subjects are the same; nothing can be predicted")
    return found


def small_classes(target: Target, design: Design) -> dict[float, int]:
    """Return the classes with fewer subjects than there are folds, and how many they have.

    Not every fold can test one; a class of a single subject is never learnt where it is tested.
    """
    values, counts = np.unique(target.values, return_counts=True)
    few = counts < len(design.fold_numbers)
    if not design.blocked:
        few = counts < 2
    return dict(zip(values[few].tolist(), counts[few].tolist(), strict=True))

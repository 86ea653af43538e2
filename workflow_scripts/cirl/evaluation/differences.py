"""Paired differences of two arms, test by test: the same subject, fold and seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

OF_A_TEST = ["subject", "fold", "seed"]
"""What names a test of an arm in one region of one protocol."""


@dataclass(frozen=True)
class Paired:
    """Differences of an arm minus its reference, one a test that both have.

    Attributes:
        values: the differences.
        subjects: of each test, as its place in ``names``.
        trainings: of each test, as a number: that of a fold and a seed.
        folds: of each test.
        seeds: of each test.
        names: of the subjects.
    """

    values: np.ndarray
    subjects: np.ndarray
    trainings: np.ndarray
    folds: np.ndarray
    seeds: np.ndarray
    names: np.ndarray

    def shares(self, names: pd.Index) -> np.ndarray:
        """Return how much of each subject's mean is of each training (subjects x trainings)."""
        _, trainings = np.unique(self.trainings, return_inverse=True)
        counts = np.zeros((len(self.names), trainings.max(initial=-1) + 1))
        np.add.at(counts, (self.subjects, trainings), 1.0)
        chosen = counts[pd.Index(self.names).get_indexer(names)]
        return np.asarray(chosen / np.maximum(chosen.sum(axis=1, keepdims=True), 1))

    def of_patients(self, patients: Mapping[str, str]) -> Paired:
        """Average the scans of each patient in each training.

        A patient who is tested in several folds, as one with scans in several domains may be,
        counts in each of them.

        Args:
            patients: whose scans the subjects are.
        """
        owners = pd.Series(self.names).map(patients)
        table = pd.DataFrame({"patient": owners.to_numpy()[self.subjects], "value": self.values})
        table = table.assign(training=self.trainings, fold=self.folds, seed=self.seeds)
        means = table.groupby(["patient", "training", "fold", "seed"])["value"].mean().reset_index()
        codes, names = pd.factorize(means["patient"] + "\n" + means["fold"].astype(str), sort=True)
        value, training, fold, seed = means[["value", "training", "fold", "seed"]].to_numpy().T
        return Paired(value, codes, training, fold, seed, np.asarray(names))


@dataclass(frozen=True)
class ArmTests:
    """One metric of every test of one protocol and region, a column an arm.

    Attributes:
        scores: tests x arms, undefined where an arm lacks a test.
        arms: their names.
        tests: ``Paired`` of no values, which names the tests.
    """

    scores: np.ndarray
    arms: list[str]
    tests: Paired

    @classmethod
    def of(cls, table: pd.DataFrame, metric: str) -> ArmTests:
        """Arrange the scores.

        Args:
            table: rows of ``evaluation/scores.csv`` with one protocol and region.
            metric: column of the scores.
        """
        wide = table.set_index([*OF_A_TEST, "arm"])[metric].unstack("arm").sort_index()
        subjects, folds, seeds = (wide.index.get_level_values(key).to_numpy() for key in OF_A_TEST)
        codes, names = pd.factorize(subjects, sort=True)
        pairs = pd.MultiIndex.from_arrays([folds, seeds])
        trainings = pd.factorize(pairs, sort=True)[0]
        tests = Paired(np.empty(0), codes, trainings, folds, seeds, np.asarray(names))
        return cls(wide.to_numpy(float), list(wide), tests)

    def difference(self, arm: str, reference: str) -> Paired:
        """Return an arm's scores minus those of a reference that was trained with the same seed."""
        if not {arm, reference} <= set(self.arms):
            found = np.full(len(self.scores), np.nan)
        else:
            one, other = (self.scores[:, self.arms.index(name)] for name in (arm, reference))
            found = one - other
        both, tests = np.isfinite(found), self.tests
        return Paired(
            found[both],
            tests.subjects[both],
            tests.trainings[both],
            tests.folds[both],
            tests.seeds[both],
            tests.names,
        )

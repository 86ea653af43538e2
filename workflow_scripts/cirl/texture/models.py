"""The measures of all models of a target, on all patients and on samples of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cirl.metrics.statistics import Bootstrap
from cirl.running.seeding import generator
from cirl.texture.design import NEVER, Design, Target
from cirl.texture.measures import Measures, measures, weighted_measures

MODEL = ["encoder", "k", "classifier", "fit", "standardise"]
"""What tells models of a target apart, seeds and folds aside."""

Key = tuple[str, int, str, str, str]
"""Values of these columns."""


@dataclass(frozen=True)
class Models:
    """Predictions of all models of one target.

    Attributes:
        target: what is predicted.
        design: the folds.
        predictions: of ``PREDICTIONS``, of this target.
        bootstrap: how samples of patients are drawn.
    """

    target: Target
    design: Design
    predictions: pd.DataFrame
    bootstrap: Bootstrap

    @cached_property
    def groups(self) -> dict[Key, pd.DataFrame]:
        """The predictions of each model."""
        return dict(iter(self.predictions.groupby(MODEL, sort=False)))

    @cached_property
    def real(self) -> dict[Key, dict[str, float]]:
        """Each measure of each model, the mean over seeds."""
        everybody = np.ones((int((self.design.tested != NEVER).sum()), 1))
        return {
            key: {name: float(value[0]) for name, value in self._mean(rows, everybody).items()}
            for key, rows in self.groups.items()
        }

    @cached_property
    def sampled(self) -> dict[Key, Measures]:
        """The same on samples of patients, which all models share."""
        return {key: self._mean(rows, self._weights) for key, rows in self.groups.items()}

    def interval(self, key: Key, metric: str) -> tuple[float, float]:
        """Return the bootstrap interval of a model's measure, its training left as it is."""
        return self.bootstrap.limits(self.sampled[key][metric])

    def difference(self, first: Key, second: Key, metric: str) -> tuple[float, float, float]:
        """Return how much better the first model is on the same patients, with its interval."""
        samples = self.sampled[first][metric] - self.sampled[second][metric]
        difference = self.real[first][metric] - self.real[second][metric]
        return (difference, *self.bootstrap.limits(samples))

    @cached_property
    def majority(self) -> dict[str, float]:
        """The measures of who always answers the class that is most frequent in training."""
        values = self.target.values
        means, frequent = np.full(len(values), np.nan), np.full(len(values), np.nan)
        for fold, trains in enumerate(self.design.trains):
            classes, counts = np.unique(values[trains], return_counts=True)
            test = self.design.tested == fold
            means[test], frequent[test] = values[trains].mean(), classes[counts.argmax()]
        tested = self.design.tested != NEVER
        # The means tell folds apart, not subjects: they are the error's, and nobody's rank.
        parts = [part[tested, None] for part in (values, np.zeros(len(values)), frequent)]
        found = {name: float(part[0]) for name, part in self._measures(*parts).items()}
        if "mean_error" in found:
            found["mean_error"] = float(np.abs(values - means)[tested].mean())
        return found

    def _measures(self, *parts: np.ndarray) -> Measures:
        return measures(parts[0], parts[1], parts[2], self.target.binary)

    @cached_property
    def _weights(self) -> np.ndarray:
        """How often each tested subject is in a sample of patients: subjects x samples."""
        patients, own = np.unique(
            self.design.patients[self.design.tested != NEVER], return_inverse=True
        )
        count = len(patients)
        random = generator(self.bootstrap.seed, "texture", "bootstrap")
        drawn = random.multinomial(count, np.full(count, 1 / count), size=self.bootstrap.draws)
        return np.asarray(drawn[:, own].T, dtype=float)

    def _mean(self, rows: pd.DataFrame, weights: np.ndarray) -> Measures:
        parts = []
        for _, own in rows.sort_values("subject").groupby("seed"):
            truth, scores, predicted = (
                own[name].to_numpy(float) for name in ("truth", "score", "predicted")
            )
            parts.append(weighted_measures(truth, scores, predicted, weights, self.target.binary))
        return {name: np.mean([part[name] for part in parts], axis=0) for name in parts[0]}

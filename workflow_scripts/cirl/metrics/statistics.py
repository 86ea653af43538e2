"""Paired comparisons of arms, and the intervals that stand beside every mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import special, stats

from cirl.metrics.correction import corrected
from cirl.metrics.patients import patient_means, repeated_patients
from cirl.running.seeding import generator

SWAPS = 20_000
"""Random exchanges of a swap test: a p value of 1e-4 outlives a correction for some hundred."""


@dataclass(frozen=True)
class Bootstrap:
    """How confidence intervals are drawn.

    Attributes:
        draws: resamples of the subjects.
        confidence: how often an interval is to hold what it is for.
        seed: the study's seed.
    """

    draws: int = 2000
    confidence: float = 0.95
    seed: int = 0

    def interval(self, values: np.ndarray, *names: str) -> tuple[float, float]:
        """Return the bootstrap interval of the mean; NaN for fewer than two values.

        Args:
            values: one a subject, in the order of the subjects' names, which the draws follow.
            names: what the interval is for; each has random draws of its own.

        Source: the expanded percentile interval of Hesterberg 2015, "What teachers should know
        about the bootstrap": percentiles farther out, by as much as Student's t for this number of
        subjects is wider than what a bootstrap spans.
        """
        values = np.asarray(values, dtype=float)
        if len(values) < 2:
            return float("nan"), float("nan")
        random = generator(self.seed, "bootstrap", *names)
        return self.limits(self._means(values, random), self.tail([values]))

    def interval_of_difference(
        self, one: np.ndarray, other: np.ndarray, *names: str
    ) -> tuple[float, float]:
        """Return the interval of one group's mean minus another's; NaN for a group of one subject.

        The percentiles are expanded as in ``interval``, with Welch's degrees of freedom.
        """
        groups = [np.asarray(values, dtype=float) for values in (one, other)]
        if min(map(len, groups)) < 2:
            return float("nan"), float("nan")
        random = generator(self.seed, "bootstrap", *names)
        of_one, of_other = (self._means(values, random) for values in groups)
        return self.limits(of_one - of_other, self.tail(groups))

    def _means(self, values: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return the means of draws of subjects, a few draws at a time."""
        count = len(values)
        batches = [min(200, self.draws - done) for done in range(0, self.draws, 200)]
        return np.concatenate(
            [values[random.integers(count, size=(size, count))].mean(axis=1) for size in batches]
        )

    def paired_means(self, values: np.ndarray, *names: str) -> np.ndarray:
        """Return the means of columns (subjects x columns) on the same draws: draws x columns."""
        random = generator(self.seed, "bootstrap", *names)
        count = len(values)
        shares = random.multinomial(count, np.full(count, 1 / count), size=self.draws) / count
        return np.asarray(shares @ values)

    def limits(self, draws: np.ndarray, tail: float | None = None) -> tuple[float, float]:
        """Return percentiles of what was computed on each draw.

        Args:
            draws: of any statistic.
            tail: share beyond either limit; half of what the confidence leaves by default.
        """
        tail = (1 - self.confidence) / 2 if tail is None else tail
        finite = draws[np.isfinite(draws)]
        if not len(finite):
            return float("nan"), float("nan")
        low, high = np.quantile(finite, (tail, 1 - tail))
        return float(low), float(high)

    def tail(self, groups: Sequence[np.ndarray]) -> float:
        """Return the level of the percentiles between which draws of means hold the true one.

        Draws of a mean vary by the variance that divides by n, and are as good as normal: they
        miss that the variance is estimated. Welch's formula gives the degrees of freedom of a sum
        of several groups' means, which are n - 1 for a single group.

        Args:
            groups: values of the subjects; groups of one subject are left out.
        """
        tail = (1 - self.confidence) / 2
        groups = [values for values in groups if len(values) > 1]
        sizes = np.array([len(values) for values in groups])
        squared = np.array([values.var(ddof=1) for values in groups]) / sizes
        if not squared.any():
            return tail
        freedom = squared.sum() ** 2 / (squared**2 / (sizes - 1)).sum()
        wider = np.sqrt(squared.sum() / (squared * (sizes - 1) / sizes).sum())
        return float(special.ndtr(wider * special.stdtrit(freedom, tail)))


def t_interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Return Student's interval of the mean of a few values; NaN for fewer than two.

    A bootstrap has too few different samples of three values to draw.
    """
    if len(values) < 2:
        return float("nan"), float("nan")
    error = values.std(ddof=1) / np.sqrt(len(values))
    half = special.stdtrit(len(values) - 1, (1 + confidence) / 2) * error
    return float(values.mean() - half), float(values.mean() + half)


def paired_p_values(differences: np.ndarray) -> tuple[float, float]:
    """Return two-sided p values of the paired t-test and of the Wilcoxon signed-rank test.

    Without any difference both are 1; with fewer than two pairs they are not defined (NaN).
    """
    if len(differences) < 2:
        return float("nan"), float("nan")
    if not np.any(differences):
        return 1.0, 1.0
    ttest = stats.ttest_1samp(differences, 0.0).pvalue
    return float(ttest), float(stats.wilcoxon(differences).pvalue)


def swap_test(
    pairs: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    random: np.random.Generator,
    swaps: int = SWAPS,
) -> float:
    """Return the two-sided p value of a difference if the two arms of each subject are exchanged.

    Args:
        pairs: subjects x 2, the scores of two arms.
        statistic: what is computed of scores (any number of samples x subjects) of one arm; its
            difference between the arms is tested.
        random: draws who is exchanged.
        swaps: random exchanges.
    """
    if not np.any(pairs[:, 1] - pairs[:, 0]):
        return 1.0
    found = stats.permutation_test(
        (pairs[:, 0], pairs[:, 1]),
        lambda one, other, axis: statistic(other) - statistic(one),
        permutation_type="samples",
        n_resamples=swaps,
        batch=1000,
        vectorized=True,
        rng=random,
    )
    return float(found.pvalue)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return p values after Holm's step-down correction; undefined ones (NaN) are not counted."""
    return corrected(p_values, "holm")


def compare_arms(
    scores: pd.DataFrame, arms: list[str], metrics: list[str], bootstrap: Bootstrap
) -> pd.DataFrame:
    """Compare every pair of arms on the subjects that both have scored, patient by patient.

    Args:
        scores: a row a protocol x arm x region x subject, with a column a metric; and ``patient``
            where subjects may be scans of one, whose differences are averaged then.
        arms: order of the arms; of a pair, the first comes first.
        metrics: columns to compare.
        bootstrap: how the intervals are drawn.

    Returns:
        A row a protocol x region x metric x pair. ``effect`` is the mean over patients of arm_b
        minus arm_a in the metric's unit, ``effect_d`` the same over its standard deviation
        (Cohen's d of the paired differences). ``p_holm`` corrects ``p_wilcoxon`` over the family
        of all pairs and regions of one protocol and metric; ``family`` is the family's size.
    """
    rows = []
    patients = repeated_patients(scores)
    for (protocol, region), group in scores.groupby(["protocol", "region"], sort=False):
        for metric in metrics:
            table = group.pivot(index="subject", columns="arm", values=metric).sort_index()
            present = [arm for arm in arms if arm in table]
            for pair in combinations(present, 2):
                paired = (table[pair[1]] - table[pair[0]]).dropna()
                differences = patient_means(paired, patients).to_numpy()
                names = (str(protocol), *pair, str(region), metric)
                named: dict[str, str | float] = dict(zip(_NAMES, names, strict=True))
                rows.append(named | _effect(differences, names, bootstrap))
    tests = pd.DataFrame(rows, columns=[*_NAMES, *_NUMBERS, "effect_d"])
    families = tests.groupby(["protocol", "metric"])["p_wilcoxon"]
    tests["p_holm"] = families.transform(lambda values: holm(values.to_numpy()))
    tests["family"] = families.transform("count").astype(int)
    return tests[[*_NAMES, *_NUMBERS, "p_holm", "effect_d", "family"]]


_NAMES = ["protocol", "arm_a", "arm_b", "region", "metric"]
_NUMBERS = ["n", "effect", "ci_low", "ci_high", "p_ttest", "p_wilcoxon"]


def _effect(
    differences: np.ndarray, names: tuple[str, ...], bootstrap: Bootstrap
) -> dict[str, str | float]:
    low, high = bootstrap.interval(differences, *names)
    p_ttest, p_wilcoxon = paired_p_values(differences)
    mean = float(differences.mean()) if len(differences) else float("nan")
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else float("nan")
    return {
        "n": len(differences),
        "effect": mean,
        "ci_low": low,
        "ci_high": high,
        "p_ttest": p_ttest,
        "p_wilcoxon": p_wilcoxon,
        "effect_d": mean / spread if spread > 0 else float("nan"),
    }

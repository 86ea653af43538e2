"""How often do the report's intervals hold what they are for?

    python benchmarks/interval_coverage.py

Studies whose truth is known are simulated 2,000 times for each line of the table that is printed,
with 8, 24 and 64 subjects in all; an interval of 95 % should hold the truth in 95 of 100. Ranks and
Kendall's tau are intervals of what samples of subjects show and of no parameter, so they have no
coverage.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from cirl.evaluation.spread import worst_in_truth
from cirl.evaluation.worst_domain import worst_difference
from cirl.metrics.groups import permutation_p, random_orders, spread_between
from cirl.metrics.statistics import Bootstrap, t_interval

BOOTSTRAP = Bootstrap(draws=500)
SIZES = (8, 24, 64)

Found = tuple[float, float, float]
"""The truth, and the ends of the interval."""


@dataclass(frozen=True)
class Case:
    """An interval in a setting: a function makes one study with so many subjects."""

    interval: str
    setting: str
    study: Callable[[np.random.Generator, int], Found]
    smallest: int = 8

    def coverage(self, subjects: int, simulations: int, seed: int = 0) -> np.ndarray:
        """Return the shares of studies in which the truth lies inside, below and above."""
        random = np.random.default_rng([seed, subjects])
        found = np.array([self.study(random, subjects) for _ in range(simulations)])
        below, above = found[:, 0] < found[:, 1] - 1e-12, found[:, 0] > found[:, 2] + 1e-12
        return np.array([1 - below.mean() - above.mean(), below.mean(), above.mean()])


def dice(
    random: np.random.Generator, count: int, mean: float = 0.85, sd: float = 0.1
) -> np.ndarray:
    """Return values of a beta distribution."""
    precision = mean * (1 - mean) / sd**2 - 1
    return random.beta(mean * precision, (1 - mean) * precision, count)


def with_misses(random: np.random.Generator, count: int) -> np.ndarray:
    """Return Dice of which every tenth is 0: a mean of 0.72."""
    return np.where(random.random(count) < 0.1, 0.0, dice(random, count, 0.8, 0.12))


MEANS: dict[str, tuple[float, Callable[[np.random.Generator, int], np.ndarray]]] = {
    "mean Dice (beta, 0.85 ± 0.10)": (0.85, dice),
    "mean Dice (beta, 0.60 ± 0.22)": (0.6, lambda random, count: dice(random, count, 0.6, 0.22)),
    "mean Dice, one in ten at 0": (0.72, with_misses),
    "mean HD95 (log-normal, mean 1.5 times the median)": (
        np.exp(0.405),
        lambda random, count: np.exp(0.9 * random.standard_normal(count)),
    ),
    "paired effect, normal": (0.0, lambda random, count: random.standard_normal(count)),
    "paired effect, heavy tails (t, 3 degrees)": (
        0.0,
        lambda random, count: random.standard_t(3, count),
    ),
    "paired effect, one in ten 8 times as far": (
        0.0,
        lambda random, count: (
            np.where(random.random(count) < 0.1, 8, 1) * random.standard_normal(count)
        ),
    ),
}


def of_mean(truth: float, values: Callable[[np.random.Generator, int], np.ndarray]) -> Callable:
    """Return a study of one sample."""

    def study(random: np.random.Generator, count: int) -> Found:
        return truth, *_bootstrap(random).interval(values(random, count))

    return study


def gap(random: np.random.Generator, count: int) -> Found:
    """Return a study of three seen subjects to an unseen one."""
    unseen = count // 4
    one, other = dice(random, count - unseen), dice(random, unseen, 0.7, 0.18)
    return 0.15, *_bootstrap(random).interval_of_difference(one, other)


@dataclass(frozen=True)
class Domains:
    """Domains whose means vary; deviations are in those within a domain.

    Attributes:
        count: of domains.
        unequal: whether some have several times the subjects of others.
        between: deviation between the domains' true means.
        varying: whether the deviation within a domain is the larger the worse its mean is, by
            two fifths for each deviation.
    """

    count: int
    unequal: bool
    between: float
    varying: bool = False

    def sizes(self, subjects: int) -> np.ndarray:
        """Return the domains' sizes, which sum to the subjects; all are at least 1."""
        shares = {2: [3, 1], 4: [5, 3, 2, 2], 8: [6, 5, 4, 3, 2, 2, 1, 1]}[self.count]
        weights = np.array(shares if self.unequal else [1] * self.count) / 1.0
        sizes = np.maximum(1, np.floor(weights / weights.sum() * subjects)).astype(int)
        sizes[0] += subjects - sizes.sum()
        return sizes

    def draw(self, random: np.random.Generator, subjects: int) -> tuple[np.ndarray, list]:
        """Return true means and the domains' values, as skewed as Dice is."""
        means = self.between * random.standard_normal(self.count)
        noise = [(dice(random, size, 0.77, 0.17) - 0.77) / 0.17 for size in self.sizes(subjects)]
        within = np.exp(-0.35 * means * self.varying)
        return means, [m + s * own for m, s, own in zip(means, within, noise, strict=True)]

    def spread(self, random: np.random.Generator, subjects: int) -> Found:
        """Return a study of the deviation between domains."""
        _, groups = self.draw(random, subjects)
        return self.between, *spread_between(groups, BOOTSTRAP.confidence)[1:]

    def worst(self, random: np.random.Generator, subjects: int) -> Found:
        """Return a study of the worst domain."""
        means, groups = self.draw(random, subjects)
        return means.min(), *worst_in_truth(groups, "dice", _bootstrap(random))[1:]

    def permuted(self, random: np.random.Generator, subjects: int) -> Found:
        """Return a study whose p, below 0.05 or not, is its interval."""
        _, groups = self.draw(random, subjects)
        p_value = permutation_p(groups, random_orders(subjects, random)[:199])
        return 0.0, 0.0 if p_value > 0.05 else 1.0, 1.0

    def difference(self, effects: float) -> Callable[[np.random.Generator, int], Found]:
        """Return studies of the worst domains of two arms.

        Args:
            effects: deviation of the effect of the second arm over domains.
        """

        def study(random: np.random.Generator, subjects: int) -> Found:
            means, groups = self.draw(random, subjects)
            others = means + effects * random.standard_normal(self.count)
            pairs = [
                np.stack([own, own - mean + other], axis=1)
                + 0.3 * random.standard_normal((len(own), 2))
                for own, mean, other in zip(groups, means, others, strict=True)
            ]
            limits = worst_difference(pairs, "dice", _bootstrap(random))
            return others.min() - means.min(), *limits

        return study


def probes(folds: int, seeds: int) -> Callable[[np.random.Generator, int], Found]:
    """Return studies of a probe's accuracy minus half of the reference's.

    Trainings of one fold are tested on the same subjects, of which some are hard to tell.
    """

    def study(random: np.random.Generator, subjects: int) -> Found:
        hard = 0.3 * random.standard_normal((folds, 1, subjects // folds))
        right = random.random((2, folds, seeds, 1)) * 0.1 + np.array([0.85, 0.5]).reshape(
            2, 1, 1, 1
        )
        told = random.random((2, folds, seeds, hard.shape[-1])) < np.clip(right + hard, 0, 1)
        accuracy = told.mean(axis=-1)
        units = (accuracy[1] - accuracy[0] / 2).mean(axis=1)
        return TRUTH_OF_PROBES, *t_interval(units, BOOTSTRAP.confidence)

    return study


def _truth_of_probes() -> float:
    random = np.random.default_rng(0)
    hard = 0.3 * random.standard_normal(400_000)
    levels = [random.random(400_000) * 0.1 + base for base in (0.85, 0.5)]
    one, other = (np.clip(level + hard, 0, 1).mean() for level in levels)
    return float(other - one / 2)


TRUTH_OF_PROBES = _truth_of_probes()


def _bootstrap(random: np.random.Generator) -> Bootstrap:
    return Bootstrap(BOOTSTRAP.draws, BOOTSTRAP.confidence, int(random.integers(2**31)))


def cases() -> Iterator[Case]:
    """Return every interval in its settings."""
    for name, (truth, values) in MEANS.items():
        yield Case("mean", name, of_mean(truth, values))
    yield Case("gap", "seen minus unseen Dice, three to one", gap)
    kinds = [(2, False), (4, False), (4, True), (8, False), (8, True)]
    for (count, unequal), between in product(kinds, (0.0, 0.25, 0.5, 1.0)):
        domains = Domains(count, unequal, between)
        setting = f"{count} {'unequal' if unequal else 'equal'} domains, deviation {between:g}"
        smallest = 24 if count == 8 else 8
        yield Case("between_sd", setting, domains.spread, smallest)
        yield Case("worst domain", setting, domains.worst, smallest)
        if between == 0:
            yield Case("between_p above 0.05", setting, domains.permuted, smallest)
        if between in (0, 1) and not unequal:
            for effects in (0.0, 0.5):
                told = f"{setting}, effects' {effects:g}"
                yield Case("worst difference", told, domains.difference(effects), 24)
    for count in (4, 8):
        domains = Domains(count, False, 1.0, varying=True)
        setting = f"{count} equal domains, deviation 1, worse ones vary more"
        yield Case("between_sd", setting, domains.spread, 24)
        yield Case("worst domain", setting, domains.worst, 24)
    for folds, seeds in ((3, 1), (5, 1), (5, 3)):
        yield Case("probe", f"{folds} folds, {seeds} seeds", probes(folds, seeds))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--only", default="", help="intervals whose name begins so")
    options = parser.parse_args()
    print("| interval | setting |", " | ".join(f"n = {size}" for size in SIZES), "|")
    print("|---|---|" + "---|" * len(SIZES))
    for case in cases():
        if not case.interval.startswith(options.only):
            continue
        cells = []
        for size in SIZES:
            if size < case.smallest:
                cells.append("")
                continue
            held, below, above = 100 * case.coverage(size, options.simulations)
            cells.append(f"{held:.1f} ({below:.1f} below, {above:.1f} above)")
        print(f"| {case.interval} | {case.setting} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()

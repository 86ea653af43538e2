"""How often does a study say of its arms what is not so, and how often does it find what is?

    python benchmarks/false_sentences.py [--studies 400] [--worst 400]

Studies of a baseline, three arms and a placebo of each, three regions, cross-validation in 5 folds
and 4 domains left out one after the other. The paired deviation of two arms' Dice in a subject is
0.10, of which a third is that of trainings, all subjects of one alike. False is: that something
helped, and that something is better or worse in its worst domain, where no arm differs; that
clusters helped more than shuffled ones, where arms and placebos gain 0.05 alike; that an arm is
equivalent, where it differs by the margin. Found is a gain of 0.05 of every arm on 64 unseen
subjects; more than shuffled ones, where placebos gain nothing.

--guards tries instead, on differences alone, how often p is too small by other degrees of freedom.
"""

import argparse
import gc
from collections.abc import Iterator

import numpy as np
from resumable import share
from simulated_studies import ENDPOINT, Design, studies, with_gain

from cirl.metrics import mixed_effects
from cirl.metrics.mixed_effects import mean_of

GAIN = 0.05


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=400, help="of each kind")
    parser.add_argument("--worst", type=int, default=400, help="studies with worst domains")
    parser.add_argument("--subjects", nargs="+", type=int, default=[24, 64])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 3])
    parser.add_argument("--guards", action="store_true")
    return parser.parse_args()


def false_ones(options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Yield how often each kind of sentence is said and false."""
    for subjects in options.subjects:
        for seeds in options.seeds:
            design = Design(subjects=subjects, seeds=seeds)
            named = {"subjects": subjects, "seeds": seeds}
            null = studies(design, options.studies, seed=1)
            yield named | {"helped": share(null["helped"]), "worse": share(null["worse"])}
            alike = studies(with_gain(design, GAIN, True), options.studies, seed=2)
            yield named | {"more than shuffled": share(alike["more than shuffled"])}
            at_margin = with_gain(design, ENDPOINT.margin, True)
            equivalent = studies(at_margin, options.studies, seed=3)["equivalent"]
            yield named | {"equivalent": share(equivalent)}
            worst = studies(design, options.worst, seed=4, worst=True)
            names = ("worst domain better", "worst domain worse")
            yield named | {name: share(worst[name]) for name in names if name in worst}


def found_ones(options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Yield how often a gain is found on 64 unseen subjects."""
    for trainings in (0.0, 1 / 3):
        for seeds in options.seeds:
            design = Design(64, seeds, protocols=("lodo",), trainings=trainings)
            found = studies(with_gain(design, GAIN), options.studies, seed=5)
            shares = {name: share(found[name]) for name in found.columns[:3]}
            yield {"deviation of trainings": round(0.1 * trainings, 3), "seeds": seeds} | shares


def guarded(draws: int) -> Iterator[dict[str, object]]:
    """Yield how often a mean of 0 is called another, by how its degrees of freedom are found.

    Each at 5 % and at 0.14 %, which is 5 % over 36 tests.
    """
    levels = (0.05, 0.05 / 36)
    designs = [(24, 5, 3), (64, 5, 3), (64, 1, 3), (64, 5, 1), (64, 3, 1), (24, 1, 1), (64, 1, 1)]
    for subjects, folds, seeds in designs:
        random = np.random.default_rng([6, subjects, folds, seeds])
        fold = np.arange(subjects) % folds
        found: dict[str, list[float]] = {"subjects alone": [], "Satterthwaite": [], "limited": []}
        for _ in range(draws):
            of_training = random.normal(0, 1 / 3, (folds, seeds))[fold]
            own = random.normal(0, (4 / 9) ** 0.5, (subjects, 1))
            table = of_training + own + random.normal(0, (4 / 9) ** 0.5, (subjects, seeds))
            codes = np.indices(table.shape)
            tests = (table.ravel(), codes[0].ravel(), (fold[:, None] * seeds + codes[1]).ravel())
            folds_of = np.repeat(fold, seeds)
            found["subjects alone"].append(mean_of(table.mean(axis=1)).p())
            for name, chance in (("Satterthwaite", 1.0), ("limited", mixed_effects.ASSUMED_LIMIT)):
                estimate = mixed_effects.mean_over_subjects(*tests, folds_of, chance)
                found[name].append(estimate.p())
        shares = {
            name: " ".join(f"{np.mean(np.array(p) < level):.4f}" for level in levels)
            for name, p in found.items()
        }
        yield {"subjects": subjects, "folds": folds, "seeds": seeds} | shares


def main() -> None:
    """Print the tables."""
    options = arguments()
    # Which statsmodels does at every correction, and is most of a simulation's time.
    gc.collect = lambda generation=2: 0
    parts = [guarded(5000)] if options.guards else [false_ones(options), found_ones(options)]
    for part in parts:
        for row in part:
            print(", ".join(f"{name}: {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()

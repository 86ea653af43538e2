"""Does an arm help the domain that fares worst, and what about the arm is it that helps?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cirl.evaluation.differences import ArmTests
from cirl.evaluation.exposure import exposures, in_one_role
from cirl.evaluation.summary import UNPLACED, badness, domains_left_out, scores_by_subject
from cirl.evaluation.tested import Tested, with_whom
from cirl.evaluation.verdicts import verdict
from cirl.metrics.correction import corrected
from cirl.metrics.mixed_effects import TrainingSpread, training_spread
from cirl.metrics.patients import patient_means, repeated_patients
from cirl.metrics.statistics import SWAPS, Bootstrap, swap_test
from cirl.running.seeding import generator
from cirl.study.tables.evaluation import WORST

COMPARED_METRICS = ("dice", "hd95")
"""Metrics of which the worst domains are compared."""

AT_ONCE = 1000
"""Exchanges that are drawn at once."""

ENOUGH = 100
"""Exchanges as extreme as what was found, after which no more are drawn: p is known to a tenth of
itself then (Besag and Clifford 1991)."""


@dataclass(frozen=True)
class Trainings:
    """What two arms may differ by because each was trained as it was.

    Attributes:
        spread: of the differences between trainings.
        shares: of each training in each score, in the order of the pairs (scores x trainings).
    """

    spread: TrainingSpread
    shares: np.ndarray


def study_worst(
    metrics: pd.DataFrame,
    partitions: Mapping[str, pd.Series],
    arms: list[str],
    placebos: Mapping[str, str],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Compare worst domains on all subjects, and on those of seen and of unseen domains.

    Args:
        metrics: ``evaluation/scores.csv``.
        partitions: from ``cirl.evaluation.summary.partitions_of``.
        arms: order of the arms; the first is the reference.
        placebos: of those arms that have one, by their names.
        bootstrap: how the intervals are drawn.

    Returns:
        ``WORST``: the rows of ``worst_table``. The domains of the partitions seen and unseen are
        those by which the protocol leaves out. ``p_holm`` corrects ``p`` over all rows of one
        metric: protocols, arms, what they are compared with, regions and partitions.
    """
    tables = [worst_table(metrics, partitions, arms, placebos, bootstrap)]
    for name, rows in exposures(metrics).items():
        left_out = {name: domains_left_out(rows)}
        tables.append(worst_table(rows, left_out, arms, placebos, bootstrap))
    found = pd.concat([table for table in tables if len(table)] or tables, ignore_index=True)
    families = found.groupby("metric")["p"]
    found["p_holm"] = families.transform(lambda values: corrected(values.to_numpy(float), "holm"))
    return found[WORST.names]


def worst_table(
    metrics: pd.DataFrame,
    partitions: Mapping[str, pd.Series],
    arms: list[str],
    placebos: Mapping[str, str],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Compare the worst domain of each arm with that of the first one, and of its placebo.

    Args:
        metrics: rows of ``evaluation/scores.csv``.
        partitions: from ``cirl.evaluation.summary.partitions_of``; those of one domain are left
            out.
        arms: order of the arms; the first is the reference.
        placebos: of those arms that have one, by their names.
        bootstrap: how the intervals are drawn.

    Returns:
        ``WORST`` without ``p_holm``, a row a protocol x arm x reference x region x metric x
        partition. Each arm has its own worst domain; the limits are from ``worst_difference``.
        ``p`` is that of the swap test: if nothing tells the arms apart, which of a subject's two
        scores is whose is chance, and so is how each training went.
    """
    rows = []
    pairs = [*((arm, arms[0]) for arm in arms[1:]), *placebos.items()]
    tests = dict(list(in_one_role(metrics).groupby(["protocol", "region"], sort=False)))
    scores = scores_by_subject(metrics)
    patients = repeated_patients(scores)
    for (protocol, region), group in scores.groupby(["protocol", "region"], sort=False):
        for metric in [name for name in COMPARED_METRICS if name in scores]:
            table = group.pivot(index="subject", columns="arm", values=metric).sort_index()
            arm_tests = ArmTests.of(tests[(protocol, region)], metric)
            for arm, reference in pairs:
                if not {arm, reference} <= set(table):
                    continue
                pair = table[[reference, arm]].dropna()
                paired = arm_tests.difference(arm, reference)
                shares = pd.DataFrame(paired.shares(pair.index), pair.index)
                if patients is not None:
                    paired = paired.of_patients(patients.to_dict())
                spread = training_spread(paired.values, paired.subjects, paired.trainings)
                for partition, domain_of in partitions.items():
                    names = {"protocol": protocol, "arm": arm, "reference": reference}
                    names |= {"region": region, "metric": metric, "partition": partition}
                    own = patient_means(pair, patients, domain_of)
                    domains = own.index.map(domain_of)
                    of_own = patient_means(shares, patients, domain_of).to_numpy()
                    trainings = Trainings(spread, of_own)
                    found = _compare(own, domains, names, bootstrap, trainings)
                    rows += [names | found] if found else []
    return pd.DataFrame(rows, columns=WORST.names[:-1])


def worst_sentences(
    table: pd.DataFrame,
    kinds: Mapping[str, str],
    placebos: Mapping[str, str],
    level: float,
    tested: Tested,
) -> list[str]:
    """Say for each protocol and partition what helped the worst domain's Dice, if anything did.

    Args:
        table: from ``study_worst``.
        kinds: of the arms, by their names.
        placebos: of those arms that have one, by their names.
        level: of significance, for p after Holm's correction.
        tested: who was tested.
    """
    sentences = []
    dice = table[table["metric"] == "dice"].assign(
        against=lambda rows: rows["reference"], p=lambda rows: rows["p_holm"]
    )
    for (protocol, partition), rows in dice.groupby(["protocol", "partition"], sort=False):
        name = partition if protocol == "cv" else f"{partition} ({protocol})"
        said = verdict(rows, kinds, placebos, level)
        name = with_whom(name, tested, str(protocol), str(partition))
        parts = [f"Worst domain of {name}, Dice: {said}"]
        certain = rows[rows["p_holm"] < level]
        better, worse = certain[certain["effect"] > 0], certain[certain["effect"] < 0]
        parts += [f"Better: {_listed(better)}."] if len(better) else []
        parts += [f"Worse: {_listed(worse)}."] if len(worse) else []
        sentences.append(" ".join(parts))
    return sentences


def _listed(rows: pd.DataFrame) -> str:
    return ", ".join(
        f"{row.arm} than {row.reference} in {row.region} {row.effect:+.3f} "
        f"[{row.ci_low:+.3f}, {row.ci_high:+.3f}]"
        for row in rows.itertuples()
    )


def _compare(
    pair: pd.DataFrame,
    domains: pd.Index,
    names: dict[str, Any],
    bootstrap: Bootstrap,
    trainings: Trainings,
) -> dict[str, float]:
    placed = np.asarray(domains != UNPLACED)
    trainings = Trainings(trainings.spread, trainings.shares[placed])
    pair, domains = pair[placed], domains[placed]
    groups = [values.to_numpy() for _, values in pair.groupby(np.asarray(domains))]
    if len(groups) < 2:
        return {}
    draw = [f"{name}" for key, name in names.items() if key != "arm"]
    low, high = worst_difference(groups, names["metric"], bootstrap, *draw)
    whole = _worst_of(np.stack([values.mean(axis=0)[None] for values in groups]), names["metric"])
    random = generator(bootstrap.seed, "swaps", *map(str, names.values()))
    p = worst_p(pair.to_numpy(), domains, names["metric"], random, trainings)
    numbers = {"n": len(pair), "p": p}
    numbers |= {"worst_reference": whole[0, 0], "worst": whole[0, 1]}
    return numbers | {"effect": whole[0, 1] - whole[0, 0], "ci_low": low, "ci_high": high}


def worst_difference(
    groups: Sequence[np.ndarray], metric: str, bootstrap: Bootstrap, *names: str
) -> tuple[float, float]:
    """Return between which percentiles of draws the difference of two arms' worst domains lies.

    Subjects are drawn again within each domain, the same for both arms, and each arm's worst domain
    is sought in every draw; the percentiles are expanded as those of means. It describes the
    differences of such samples. As an interval of the true difference it fails where an arm makes
    equal domains differ, since the worst of noisy means is worse than the worst of the true ones.

    Args:
        groups: of each domain subjects x 2.
        metric: what the scores are.
        bootstrap: how subjects are drawn.
        names: what it is for.
    """
    means = [
        bootstrap.paired_means(values, "worst", *names, str(number))
        for number, values in enumerate(groups)
    ]
    drawn = _worst_of(np.stack(means), metric)
    tail = bootstrap.tail([values[:, 1] - values[:, 0] for values in groups])
    return bootstrap.limits(drawn[:, 1] - drawn[:, 0], tail)


def worst_p(
    pairs: np.ndarray,
    domains: pd.Index,
    metric: str,
    random: np.random.Generator,
    trainings: Trainings | None = None,
    swaps: int = SWAPS,
) -> float:
    """Return p of the swap test of the difference between two arms' worst domains.

    Args:
        pairs: subjects x 2.
        domains: of the subjects.
        metric: what the scores are.
        random: draws who is exchanged, and what trainings differ by.
        trainings: what they may differ by; where that is None, or cannot be known, p is of these
            trainings alone.
        swaps: random exchanges, at most.
    """
    members = [np.flatnonzero(domains == domain) for domain in domains.unique()]

    def worst(scores: np.ndarray) -> np.ndarray:
        return _worst_of(np.stack([scores[..., own].mean(axis=-1) for own in members]), metric)

    if trainings is None or not trainings.spread.known:
        return swap_test(pairs, worst, random, swaps)
    middle, differences = pairs.mean(axis=1), pairs[:, 1] - pairs[:, 0]
    if not np.any(differences):
        return 1.0

    def between(of_subjects: np.ndarray) -> np.ndarray:
        return worst(middle + of_subjects / 2) - worst(middle - of_subjects / 2)

    found = abs(between(differences[None])[0]) * (1 - 1e-12)
    as_far = tried = 0
    while tried < swaps and as_far < ENOUGH:
        count = min(AT_ONCE, swaps - tried)
        signs = 2 * random.integers(2, size=(count, len(pairs))) - 1
        deviations = np.sqrt(trainings.spread.draw(count, random))[:, None]
        effects = deviations * random.standard_normal((count, trainings.shares.shape[1]))
        drawn = between(signs * differences + effects @ trainings.shares.T)
        as_far += int((abs(drawn) >= found).sum())
        tried += count
    return (1 + as_far) / (1 + tried)


def _worst_of(means: np.ndarray, metric: str) -> np.ndarray:
    """Return the worst over domains (the first axis) of means, each column by itself."""
    places = badness(means, metric).argmax(axis=0)
    return np.asarray(np.take_along_axis(means, places[None], axis=0)[0])

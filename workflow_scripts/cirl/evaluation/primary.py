"""The primary endpoint: the effect of each arm on Dice, where the study's question is asked.

The effect is paired: the arm minus the baseline, minus its placebo, and minus the control of how
its batches are drawn, trained with the same seed on the same fold, on the unseen subjects of a
protocol that has some and on all of every other. Subjects and trainings are a sample of others
(``cirl.metrics.mixed_effects``); so are unseen domains where there are at least
``RANDOM_DOMAINS``. With fewer the effect is that on these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cirl.configuration.arm_kinds import PLACEBO
from cirl.evaluation.differences import ArmTests, Paired
from cirl.evaluation.exposure import (
    DOMAIN,
    EVERYBODY,
    UNSEEN,
    exposures,
    in_one_role,
    primary_partition,
)
from cirl.metrics.correction import corrected
from cirl.metrics.mixed_effects import Estimate, mean_of, mean_over_subjects
from cirl.study.tables.evaluation import PRIMARY

METRIC = "dice"
"""Metric of the endpoint."""

RANDOM_DOMAINS = 5
"""So many unseen domains count as a sample of domains."""

OF_SUBJECTS, OF_TRAININGS, OF_DOMAINS = "subjects", "subjects and trainings", "domains"
"""What an interval counts as chance: which subjects were tested; which trainings did it as well;
or, beside both, which domains were left out."""


@dataclass(frozen=True)
class Endpoint:
    """What the configuration fixes of the endpoint.

    Attributes:
        regions: in which effects are asked for.
        margin: Dice below which a difference is none that matters.
        confidence: share of the intervals.
    """

    regions: Sequence[str]
    margin: float
    confidence: float = 0.95


def primary_table(
    metrics: pd.DataFrame,
    kinds: Mapping[str, str],
    placebos: Mapping[str, str],
    controls: Mapping[str, str],
    endpoint: Endpoint,
    patients: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the primary comparisons of a study (``PRIMARY``).

    Args:
        metrics: ``evaluation/scores.csv``.
        kinds: of the arms, by their names in order; the first is the reference.
        placebos: of those arms that have one, by their names.
        controls: of how batches are drawn, of those arms that have one, by their names.
        endpoint: what is asked.
        patients: whose scans the subjects are; a patient's scans are averaged and count once. None
            where every subject is a patient. Folds keep a patient together.

    Returns:
        A row a protocol x arm x reference x region. Placebos are references only. Holm's family,
        of ``p`` and of ``p_equivalence``, is all rows.
    """
    first, *others = kinds
    effect_arms = [arm for arm in others if kinds[arm] != PLACEBO]
    pairs = [(arm, first) for arm in effect_arms]
    pairs += [(arm, placebos[arm]) for arm in effect_arms if arm in placebos]
    pairs += [(arm, controls[arm]) for arm in effect_arms if controls.get(arm, first) != first]
    rows = []
    for protocol, scores in metrics.groupby("protocol", sort=False):
        parts = {EVERYBODY: in_one_role(scores), **exposures(scores)}
        partition = primary_partition(pd.Series(list(parts)))
        tests = parts[partition]
        domain_of = _left_out(tests) if partition == UNSEEN else None
        by_region = {
            region: ArmTests.of(tests[tests["region"] == region], METRIC)
            for region in endpoint.regions
        }
        for arm, reference in pairs:
            names = {"protocol": protocol, "partition": partition}
            names |= {"arm": arm, "reference": reference}
            for region, arm_tests in by_region.items():
                paired = arm_tests.difference(arm, reference)
                if len(paired.values):
                    found = _effect(paired, domain_of, endpoint, patients)
                    rows.append({**names, "region": region, **found})
    table = pd.DataFrame(rows, columns=PRIMARY.names)
    for name in ("p", "p_equivalence"):
        table[f"{name}_holm"] = corrected(table[name].to_numpy(float), "holm")
    return table


def _left_out(tests: pd.DataFrame) -> pd.Series:
    return tests.drop_duplicates("subject").set_index("subject")[DOMAIN]


def _effect(
    paired: Paired,
    domain_of: pd.Series | None,
    endpoint: Endpoint,
    patients: Mapping[str, str] | None,
) -> dict[str, object]:
    domains = [] if domain_of is None else _domains_of(paired, domain_of)
    independent = paired.of_patients(patients) if patients else paired
    if domain_of is not None and len(domains) >= RANDOM_DOMAINS:
        estimate, inference = _over_domains(paired, domain_of, patients), OF_DOMAINS
    else:
        estimate = mean_over_subjects(
            independent.values, independent.subjects, independent.trainings, independent.folds
        )
        inference = OF_TRAININGS if estimate.trainings else OF_SUBJECTS
    low, high = estimate.interval(endpoint.confidence)
    return {
        "n": len(np.unique(independent.subjects)),
        "seeds": len(np.unique(paired.seeds)),
        "trainings": len(np.unique(paired.trainings)),
        "domains": ", ".join(domains),
        "inference": inference,
        "effect": estimate.mean,
        "se": estimate.se,
        "df": estimate.df,
        "ci_low": low,
        "ci_high": high,
        "p": estimate.p(),
        "p_equivalence": estimate.p_equivalence(endpoint.margin),
        "margin": endpoint.margin,
    }


def _domains_of(paired: Paired, domain_of: pd.Series) -> list[str]:
    return sorted(domain_of[paired.names[np.unique(paired.subjects)]].unique())


def _over_domains(
    paired: Paired, domain_of: pd.Series, patients: Mapping[str, str] | None
) -> Estimate:
    """Estimate the mean over domains' means, each of which is over its patients."""
    subjects = pd.Series(paired.names[paired.subjects])
    owner = subjects.map(patients) if patients else subjects
    table = pd.DataFrame(
        {"domain": subjects.map(domain_of), "patient": owner, "value": paired.values}
    )
    means = table.groupby(["domain", "patient"])["value"].mean()
    return mean_of(means.groupby("domain").mean().to_numpy(float))

"""Which domain an arm's method sees for each subject."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cirl.configuration.registries.arm_methods import Domains

NO_DOMAIN = -1
"""Domain of a subject that has none: it gives no domain loss."""


def subject_domains(
    domains: Domains, subjects: pd.DataFrame, clustering: pd.DataFrame | None
) -> dict[str, int]:
    """Return the domain (from 0) of every subject that has one.

    Args:
        domains: what they are.
        subjects: the columns ``subject, cohort``.
        clustering: the columns ``subject, cluster``, where the domains are clusters. A subject
            without a cluster has no domain.

    Raises:
        ValueError: if the domains are clusters, and no clustering is given.
    """
    if domains == "cohort":
        table = subjects[["subject", "cohort"]].set_index("subject")["cohort"]
    elif clustering is None:
        raise ValueError(f"no clustering is given for the domains {domains}")
    else:
        table = clustering.set_index("subject")["cluster"]
    known = table.dropna()
    codes = {value: code for code, value in enumerate(sorted(known.unique()))}
    return {str(subject): codes[value] for subject, value in known.items()}


def shuffle_domains(
    domains: Mapping[str, int], patients: Mapping[str, str], random: np.random.Generator
) -> dict[str, int]:
    """Deal the domains out anew among the same patients, so that their sizes stay.

    A patient gets the domains of all scans of another who has as many of them, for what is dealt
    out scan by scan is unlike clusters, which hold a patient together. Who has a number of scans
    that nobody else has keeps the domains.

    Args:
        domains: of each subject.
        patients: of subjects who share one with another; of any other the subject is the patient.
        random: what deals.
    """
    scans: dict[str, list[str]] = {}
    for subject in sorted(domains):
        scans.setdefault(patients.get(subject, subject), []).append(subject)
    dealt: dict[str, int] = {}
    for number in sorted({len(subjects) for subjects in scans.values()}):
        equal = [subjects for subjects in scans.values() if len(subjects) == number]
        for receiver, giver in zip(equal, random.permutation(len(equal)), strict=True):
            given = (domains[subject] for subject in equal[giver])
            dealt.update(zip(receiver, given, strict=True))
    return dealt

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


def shuffle_domains(domains: Mapping[str, int], random: np.random.Generator) -> dict[str, int]:
    """Deal the domains out anew among the same subjects, so that their sizes stay."""
    subjects = sorted(domains)
    dealt = random.permutation([domains[subject] for subject in subjects])
    return {subject: int(domain) for subject, domain in zip(subjects, dealt, strict=True)}

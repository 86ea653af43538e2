"""Which domain the adversary sees for each subject."""

import pandas as pd

from cirl.segmentation.settings import AdversarySettings

NO_DOMAIN = -1
"""Domain of a subject that has none: it gives no domain loss."""


def subject_domains(
    adversary: AdversarySettings, subjects: pd.DataFrame, clustering: pd.DataFrame | None
) -> dict[str, int]:
    """Return the domain (from 0) of every subject that has one.

    Args:
        adversary: names the domains.
        subjects: the columns ``subject, cohort``.
        clustering: the columns ``subject, cluster``, where the domains are clusters. A subject
            without a cluster has no domain.

    Raises:
        ValueError: if the domains are clusters, and no clustering is given.
    """
    if adversary.domains == "cohort":
        table = subjects[["subject", "cohort"]].set_index("subject")["cohort"]
    elif clustering is None:
        raise ValueError(f"no clustering is given for the domains {adversary.domains}")
    else:
        table = clustering.set_index("subject")["cluster"]
    known = table.dropna()
    codes = {value: code for code, value in enumerate(sorted(known.unique()))}
    return {str(subject): codes[value] for subject, value in known.items()}

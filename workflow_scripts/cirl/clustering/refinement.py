"""Which clusterings divide the clusters of another one further.

Where there are five groups, a division into four that joins two of them has a valley between its
clusters, comes back, and is no chance. What tells it from the right one is that another clustering,
which can be believed as well, divides it further.
"""

from collections.abc import Sequence

import pandas as pd
from sklearn.metrics import homogeneity_score

from cirl.study.clusterings import Clustering

KNOWN = 0.7
"""Share of what the clusters of one clustering tell that a finer one has to tell as well."""


def finer_clusterings(
    clusterings: Sequence[Clustering], clusters: Sequence[pd.Series]
) -> list[str]:
    """Return for each clustering the names of those that divide its clusters, with spaces between.

    One divides another if it has more clusters and nearly each lies in one of the other's: the
    homogeneity (Rosenberg and Hirschberg 2007), the share of the entropy of a subject's cluster
    that its finer cluster takes away, is at least ``KNOWN``.

    Args:
        clusterings: their names, with the number of clusters.
        clusters: of each the clusters of its subjects, indexed by subject.
    """
    return [
        " ".join(
            str(finer)
            for finer, parts in zip(clusterings, clusters, strict=True)
            if int(finer.k) > int(own.k) and _divides(whole, parts)
        )
        for own, whole in zip(clusterings, clusters, strict=True)
    ]


def _divides(whole: pd.Series, parts: pd.Series) -> bool:
    shared = whole.index.intersection(parts.index)
    return bool(homogeneity_score(whole[shared], parts[shared]) >= KNOWN)

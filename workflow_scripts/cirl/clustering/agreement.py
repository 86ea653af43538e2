"""How far clusters agree with what is known of the subjects, and how sure that is.

Both questions of chance are answered on contingency tables (clusters x domains): those with the
same margins are what a random assignment would give, and multinomial ones with the observed
shares are what other subjects of the same population would give. Both are of independent subjects,
so that of a patient's scans the first one counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import random_table
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score

from cirl.clustering.sweep import Labeling
from cirl.metrics.correction import corrected
from cirl.metrics.patients import first_scans, patient_numbers
from cirl.running.seeding import generator
from cirl.study.tables.clustering import AGREEMENT


@dataclass(frozen=True)
class AgreementSettings:
    """How chance is drawn.

    Attributes:
        draws: random tables, of each kind.
        confidence: share inside the bootstrap interval.
        seed: the study's.
    """

    draws: int = 999
    confidence: float = 0.95
    seed: int = 0


def agreement_table(
    labelings: Sequence[Labeling],
    domains: pd.DataFrame,
    settings: AgreementSettings,
    patients: pd.Series | None = None,
) -> pd.DataFrame:
    """Compare clusterings with known domains, a row a clustering x domain.

    Args:
        labelings: the clusterings.
        domains: known domains, a column each, indexed by subject; an empty cell is left out.
        settings: draws and confidence.
        patients: the patient by subject; None where each subject is one.

    Returns:
        ``n`` patients with a known domain of ``values`` kinds; the adjusted Rand index with its
        percentile bootstrap interval, normalised and adjusted mutual information; ``p``, the
        probability of an index as high if the clusters had nothing to do with the domain (exact
        margins, 1 + exceedances over 1 + draws), and ``p_holm``, corrected over the table. A
        domain with one value compares with nothing (NaN).
    """
    rows = [
        {"algorithm": labeling.algorithm, "k": labeling.k, "domain": name}
        | _agree(labeling, domains[name], settings, patients)
        for labeling in labelings
        for name in domains
    ]
    table = pd.DataFrame(rows, columns=AGREEMENT.names)
    table["p_holm"] = corrected(table["p"].to_numpy(dtype=float))
    return table


def rand_indices(tables: np.ndarray) -> np.ndarray:
    """Return the adjusted Rand index of each contingency table (n x clusters x domains).

    Source: Hubert and Arabie 1985. Where both sides are one group it is 1.
    """
    tables = np.asarray(tables, dtype=float)
    together = _pairs(tables).sum(axis=(1, 2))
    rows, columns = _pairs(tables.sum(axis=2)).sum(axis=1), _pairs(tables.sum(axis=1)).sum(axis=1)
    expected = rows * columns / np.maximum(_pairs(tables.sum(axis=(1, 2))), 1)
    largest = (rows + columns) / 2
    spread = largest - expected
    return np.divide(together - expected, spread, out=np.ones_like(spread), where=spread != 0)


def _agree(
    labeling: Labeling,
    domain: pd.Series,
    settings: AgreementSettings,
    patients: pd.Series | None,
) -> dict[str, float | int]:
    known = domain.reindex(labeling.clusters.index).dropna().astype(str)
    if patients is not None:
        known = known.iloc[first_scans(patient_numbers(known.index, patients))]
    clusters = labeling.clusters[known.index]
    counts = pd.crosstab(clusters, known).to_numpy()
    found: dict[str, float | int] = {"n": len(known), "values": known.nunique()}
    if counts.shape[1] < 2:
        return found
    ari = float(rand_indices(counts[None])[0])
    names = (labeling.algorithm, labeling.k, str(domain.name))
    chance = generator(settings.seed, "agreement", "chance", *names)
    random = random_table(counts.sum(axis=1), counts.sum(axis=0), seed=chance)
    exceed = np.sum(rand_indices(random.rvs(settings.draws)) >= ari - 1e-12)
    others = generator(settings.seed, "agreement", "bootstrap", *names)
    resampled = others.multinomial(len(known), counts.ravel() / len(known), settings.draws)
    tail = (1 - settings.confidence) / 2
    low, high = np.quantile(rand_indices(resampled.reshape(-1, *counts.shape)), [tail, 1 - tail])
    return found | {
        "ari": ari,
        "ari_low": float(low),
        "ari_high": float(high),
        "nmi": float(normalized_mutual_info_score(known, clusters)),
        "ami": float(adjusted_mutual_info_score(known, clusters)),
        "p": float((1 + exceed) / (1 + settings.draws)),
    }


def _pairs(counts: np.ndarray) -> np.ndarray:
    return counts * (counts - 1) / 2

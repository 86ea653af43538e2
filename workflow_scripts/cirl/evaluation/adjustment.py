"""Do domains still differ where their tumours have the same volume?

Small tumours have a lower Dice whatever their domain, and domains differ in volume.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import statsmodels.api as sm

from cirl.evaluation.summary import KEYS, LESION_SIZE, UNPLACED, in_rows, once_a_patient
from cirl.metrics.correction import corrected
from cirl.metrics.patients import repeated_patients
from cirl.study.tables.evaluation import DOMAIN_EFFECTS


def domain_effects(
    scores: pd.DataFrame, partitions: Mapping[str, pd.Series], volumes: pd.Series
) -> pd.DataFrame:
    """Regress scores on the domain, with and without the logarithm of the tumour's volume.

    Args:
        scores: from ``cirl.evaluation.summary.scores_by_subject``.
        partitions: from ``cirl.evaluation.summary.partitions_of``; those of one domain, and that
            by lesion size, are left out.
        volumes: whole-tumour volume in ml by subject.

    Returns:
        ``DOMAIN_EFFECTS``, a row a protocol x arm x region x metric x partition. ``eta2`` is the
        share of the scores' variance that the domains explain, ``p_domain`` its F test; the
        adjusted ones are the share of what the volume leaves (partial eta squared) and the test of
        the domains beside the volume. ``slope`` is the change of the score a tenfold volume brings
        within a domain. ``p_holm`` corrects ``p_domain_adjusted`` over all rows of a protocol and
        metric.
    """
    logs = np.log10(volumes.clip(lower=1e-3).fillna(1e-3))
    rows = []
    patients = repeated_patients(scores)
    for names, scans in in_rows(scores).groupby(KEYS, sort=False):
        scans = scans[["subject", "value", "empty"]].assign(volume=scans["subject"].map(logs))
        for partition, domain_of in partitions.items():
            placed_scans = scans.assign(domain=scans["subject"].map(domain_of))
            part = once_a_patient(placed_scans, patients, ["domain"])
            domain = part["domain"]
            placed = (domain != UNPLACED).to_numpy()
            volume = part["volume"][placed]
            if partition == LESION_SIZE or domain[placed].nunique() < 2:
                continue
            found = regress(part["value"][placed].to_numpy(float), domain[placed], volume)
            rows.append((*names, partition, *found))
    effects = pd.DataFrame(rows, columns=DOMAIN_EFFECTS.names[:-1])
    families = effects.groupby(["protocol", "metric"])["p_domain_adjusted"]
    effects["p_holm"] = families.transform(lambda values: corrected(values.to_numpy(), "holm"))
    return effects


def regress(
    values: np.ndarray, domain: pd.Series, volume: pd.Series
) -> tuple[int, int, float, float, float, float, float, float]:
    """Fit one score's four nested models (constant, domain, volume, both) by least squares.

    Args:
        values: one a subject.
        domain: the subjects' domains.
        volume: log10 of their volumes in ml.

    Returns:
        n, domains, eta2, p_domain, eta2_adjusted, p_domain_adjusted, slope, p_slope; undefined
        where there are too few subjects or the scores are all the same.
    """
    dummies = pd.get_dummies(domain, drop_first=True, dtype=float).to_numpy()
    constant = np.ones((len(values), 1))
    logs = volume.to_numpy(float)[:, None]
    n, domains = len(values), dummies.shape[1] + 1
    parts = [[constant], [constant, dummies], [constant, logs], [constant, logs, dummies]]
    designs = [np.hstack(part) for part in parts]
    columns = designs[-1].shape[1]
    if np.ptp(values) == 0 or n <= columns or np.linalg.matrix_rank(designs[-1]) < columns:
        return (n, domains, *[float("nan")] * 6)
    by_constant, by_domain, by_volume, by_both = (sm.OLS(values, x).fit() for x in designs)
    return (
        n,
        domains,
        1 - by_domain.ssr / by_constant.ssr,
        float(by_domain.compare_f_test(by_constant)[1]),
        1 - by_both.ssr / by_volume.ssr,
        float(by_both.compare_f_test(by_volume)[1]),
        float(by_both.params[1]),
        float(by_both.pvalues[1]),
    )

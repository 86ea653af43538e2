"""Would another sample of subjects rank the arms alike?

Source: Wiesenfarth et al. 2021, "Methods and open-source toolkit for analyzing and visualizing
challenge results": aggregate, then rank, on bootstrap samples of the subjects.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cirl.evaluation.exposure import EVERYBODY, exposures
from cirl.evaluation.summary import badness, metrics_of, scores_by_subject
from cirl.metrics.patients import patient_means, repeated_patients
from cirl.metrics.statistics import Bootstrap
from cirl.study.tables.evaluation import RANKING


def study_ranking(metrics: pd.DataFrame, arms: list[str], bootstrap: Bootstrap) -> pd.DataFrame:
    """Rank the arms on all subjects, and on those of seen and of unseen domains.

    Args:
        metrics: ``evaluation/scores.csv``.
        arms: order of the arms.
        bootstrap: how subjects are drawn.

    Returns:
        As ``ranking_table``, for each partition.
    """
    parts = {EVERYBODY: metrics, **exposures(metrics)}
    tables = [
        ranking_table(scores_by_subject(rows), arms, bootstrap, name)
        for name, rows in parts.items()
    ]
    return pd.concat(tables, ignore_index=True)


def ranking_table(
    scores: pd.DataFrame, arms: list[str], bootstrap: Bootstrap, partition: str = EVERYBODY
) -> pd.DataFrame:
    """Rank the arms by their mean over subjects, on all subjects and on samples of them.

    Args:
        scores: from ``cirl.evaluation.summary.scores_by_subject``.
        arms: order of the arms.
        bootstrap: how subjects are drawn.
        partition: of which the scores are.

    Returns:
        ``RANKING`` and the shares of the ranks, a row a protocol x region x metric x arm, over the
        patients whom all arms have scored. Equal means share the better rank. ``tau`` is Kendall's
        rank correlation of the samples' rankings with the ranking of all subjects, its mean over
        the samples; undefined where all arms are equal.
    """
    rows: list[dict[str, Any]] = []
    patients = repeated_patients(scores)
    for (protocol, region), group in scores.groupby(["protocol", "region"], sort=False):
        for metric in metrics_of(scores):
            table = group.pivot(index="subject", columns="arm", values=metric).sort_index()
            table = table[[arm for arm in arms if arm in table]].dropna()
            table = patient_means(table, patients)
            if table.shape[1] < 2 or table.empty:
                continue
            names = {"protocol": protocol, "region": region, "metric": metric}
            ranks = rank_arms(table, metric, bootstrap, *names.values())
            rows += [names | {"partition": partition} | row for row in ranks]
    shares = [f"rank_{number}" for number in range(1, len(arms) + 1)]
    return pd.DataFrame(rows, columns=[*RANKING.names, *shares])


def rank_arms(
    table: pd.DataFrame, metric: str, bootstrap: Bootstrap, *names: object
) -> list[dict[str, Any]]:
    """Rank the columns of a table (subjects x arms) by their means, and on samples of its rows.

    Returns:
        A dictionary an arm, with the columns of ``ranking_table`` from ``arm`` on.
    """
    values = table.to_numpy(float)
    means = bootstrap.paired_means(values, "ranking", *map(str, names))
    ranks = _ranks(badness(means, metric))
    whole = badness(values.mean(axis=0), metric)
    taus = kendall_tau(whole, badness(means, metric))
    agreement = dict(zip(("tau_low", "tau_high"), bootstrap.limits(taus), strict=True))
    agreement["tau"] = float(np.nanmean(taus)) if np.isfinite(taus).any() else float("nan")
    rows = []
    for place, arm in enumerate(table.columns):
        low, high = bootstrap.limits(ranks[:, place])
        found = {"arm": arm, "n": len(table), "mean": values[:, place].mean()}
        found |= {"rank": _ranks(whole[None])[0, place], "rank_low": low, "rank_high": high}
        shares = np.bincount(ranks[:, place], minlength=values.shape[1] + 1)[1:] / len(ranks)
        found |= {f"rank_{number}": share for number, share in enumerate(shares, start=1)}
        rows.append(found | agreement)
    return rows


def kendall_tau(reference: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Return Kendall's tau-b of each sample's order with a reference's.

    Args:
        reference: one number an arm.
        samples: samples x arms.
    """
    first, second = np.triu_indices(len(reference), k=1)
    expected = np.sign(reference[first] - reference[second])
    found = np.sign(samples[:, first] - samples[:, second])
    norm = np.sqrt((expected**2).sum() * (found**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((found @ expected) / norm)


def _ranks(bad: np.ndarray) -> np.ndarray:
    return np.asarray(stats.rankdata(bad, method="min", axis=1)).astype(int)

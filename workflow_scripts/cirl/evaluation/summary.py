"""Means, intervals, worst domains and spreads of the scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.evaluation.exposure import DOMAIN, in_one_role
from cirl.evaluation.scoring import BETTER
from cirl.metrics.patients import repeated_patients
from cirl.metrics.statistics import Bootstrap
from cirl.study.clusterings import cluster_name
from cirl.study.tables.clustering import ASSIGNMENT
from cirl.study.tables.evaluation import DOMAINS, PARTITIONS, SCORE_SUMMARY

UNPLACED = "none"
"""Domain of a subject that a partition does not place: no cluster, or no entry in its column."""

LESION_SIZE = "lesion_size"
"""Partition of the subjects by the true volume of their whole tumour."""

GROUP = ["protocol", "arm", "region"]

KEYS = [*GROUP, "metric"]

COLUMNS_OF_MEANS = SCORE_SUMMARY.names[: SCORE_SUMMARY.names.index("worst_domain_n") + 1]
"""Columns of the summary of means; those on spreads and seeds follow."""


def scores_by_subject(metrics: pd.DataFrame) -> pd.DataFrame:
    """Average each subject's scores over seeds (and folds), so that every subject counts once.

    Args:
        metrics: rows of any number of ``metrics.csv``, or of ``evaluation/scores.csv``: whoever is
            tested as unseen counts as such alone.

    Returns:
        A row a protocol x arm x region x subject, sorted by subject: the metrics, ``patient``, and
        ``empty``, which is true where the truth or a prediction had no voxel of the region, so that
        a convention and not a measurement gave the score.
    """
    metrics = in_one_role(metrics)
    empty = (metrics["voxels_true"] == 0) | (metrics["voxels_predicted"] == 0)
    groups = metrics.assign(empty=empty).groupby([*GROUP, "subject"], sort=False)
    means = dict.fromkeys(metrics_of(metrics), "mean")
    whose = {"patient": "first"} if "patient" in metrics else {}
    scores = groups.agg({**means, **whose, "empty": "any"}).reset_index()
    return scores.sort_values("subject", kind="stable", ignore_index=True)


def metrics_of(table: pd.DataFrame) -> list[str]:
    """Return the columns of a table that are metrics, in their usual order."""
    return [metric for metric in BETTER if metric in table]


def in_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Return a row a score, named by ``KEYS`` and the subject, with its value and ``empty``.

    What was not measured, such as the calibration of masks without probabilities, has no row.
    """
    names = [*GROUP, "subject", "empty", *(["patient"] if "patient" in scores else [])]
    rows = scores.melt(id_vars=names, value_vars=metrics_of(scores), var_name="metric")
    return rows.dropna(subset=["value"], ignore_index=True)


def once_a_patient(
    rows: pd.DataFrame, patients: pd.Series | None, keys: Sequence[str]
) -> pd.DataFrame:
    """Average the rows of ``in_rows`` that are scans of one patient and have the same keys.

    The first scan stands for the patient; ``empty`` is true where it is of any scan.

    Args:
        rows: of ``in_rows``, with any further numbers.
        patients: the patient by subject; None where each subject is one.
        keys: columns in which rows that are averaged agree.
    """
    if patients is None:
        return rows
    rows = rows.assign(patient=rows["subject"].map(patients))
    how = dict.fromkeys(rows.select_dtypes("number"), "mean") | {"empty": "any"}
    groups = rows.groupby([*keys, "patient"], sort=False, dropna=False)
    return groups.agg({"subject": "first", **how}).reset_index()


def partitions_of(
    subjects: pd.DataFrame,
    domains: list[str],
    clusterings: Mapping[str, str | Path],
    sizes: Sequence[float] = (),
) -> dict[str, pd.Series]:
    """Return the ways of dividing the subjects into domains, as domain names by subject.

    Args:
        subjects: ``cohort/subjects.csv``.
        domains: its columns with known domains.
        clusterings: by name, files with subject and cluster.
        sizes: volumes in ml between which lesions count as of one size; none for no such partition.
    """
    by_subject = subjects.set_index("subject")
    everyone = pd.Series("all", index=by_subject.index)
    partitions = {"all": everyone, "cohort": by_subject["cohort"]}
    partitions |= {column: by_subject[column] for column in domains}
    for name, path in clusterings.items():
        clusters = (
            ASSIGNMENT.read(path, {"subject", "cluster"})
            .dropna(subset=["cluster"])
            .set_index("subject")["cluster"]
        )
        partitions[name] = clusters.map(cluster_name)
    if sizes:
        partitions[LESION_SIZE] = lesion_sizes(by_subject["wt_volume_ml"], sizes)
    return {
        name: domain.reindex(by_subject.index).fillna(UNPLACED).astype(str)
        for name, domain in partitions.items()
    }


def domains_left_out(metrics: pd.DataFrame) -> pd.Series:
    """Return the domain of each subject by which its protocol leaves domains out.

    Args:
        metrics: rows of ``evaluation/scores.csv`` of such protocols.
    """
    domains = metrics.drop_duplicates("subject").set_index("subject")[DOMAIN]
    return domains.where(domains != "", UNPLACED)


def lesion_sizes(volumes: pd.Series, edges: Sequence[float]) -> pd.Series:
    """Return the names of the bins of whole-tumour volumes (ml) between ascending edges."""
    bounds = [0.0, *edges]
    names = [f"{low:g}-{high:g} ml" for low, high in zip(bounds, bounds[1:], strict=False)]
    names.append(f"{edges[-1]:g} ml and more")
    places = np.searchsorted(edges, volumes.to_numpy(float), side="right")
    return pd.Series([names[place] for place in places], index=volumes.index)


def partition_table(partitions: Mapping[str, pd.Series], volumes: pd.Series) -> pd.DataFrame:
    """Return partitions as one table (``PARTITIONS``), a column each.

    Args:
        partitions: from ``partitions_of``.
        volumes: whole-tumour volume in ml by subject.
    """
    named = {PARTITIONS.names[1]: volumes, **partitions}
    return pd.DataFrame(named).rename_axis("subject").reset_index()


def read_partitions(path: str | Path) -> tuple[dict[str, pd.Series], pd.Series]:
    """Read what ``partition_table`` returned: the partitions, and the volumes by subject."""
    table = PARTITIONS.read(path).set_index("subject")
    volumes = table.pop(PARTITIONS.names[1])
    return {str(name): table[name] for name in table}, volumes


def domain_table(
    scores: pd.DataFrame, partitions: Mapping[str, pd.Series], volumes: pd.Series
) -> pd.DataFrame:
    """Return the scores a domain: a row a protocol x arm x region x metric x partition x domain.

    Args:
        scores: from ``scores_by_subject``.
        partitions: from ``partitions_of``.
        volumes: whole-tumour volume in ml by subject.

    Returns:
        Number, mean and standard deviation over the domain's patients; empty cases and the mean
        without them; and the mean as it would be if all domains had the same mean log volume
        (analysis of covariance with one slope within the domains).
    """
    long = in_rows(scores)
    long["log_volume"] = np.log10(long["subject"].map(volumes).clip(lower=1e-3))
    patients = repeated_patients(long)
    tables = []
    for partition, domain_of in partitions.items():
        placed = long.assign(partition=partition, domain=long["subject"].map(domain_of))
        placed = once_a_patient(placed, patients, [*KEYS, "partition", "domain"])
        placed = placed.sort_values("domain", kind="stable")
        placed["at_equal_volume"] = _at_equal_covariate(placed, "log_volume")
        groups = [*KEYS, "partition", "domain"]
        equal = placed.groupby(groups, sort=False)["at_equal_volume"].mean()
        tables.append(_describe(placed, groups).assign(mean_at_equal_volume=equal).reset_index())
    return pd.concat(tables, ignore_index=True)[DOMAINS.names]


def summarise_scores(
    scores: pd.DataFrame, domains: pd.DataFrame, bootstrap: Bootstrap
) -> pd.DataFrame:
    """Return a row a protocol x arm x region x metric x partition.

    Args:
        scores: from ``scores_by_subject``.
        domains: from ``domain_table``.
        bootstrap: how the intervals of the means are drawn.

    Returns:
        The mean over patients, its standard deviation and interval; the domain with the worst mean
        (lowest for an overlap, highest for a distance, farthest from 0 for an error that has a
        sign), that mean and the domain's size; the variance of the domains' means (over all
        domains there are, so divided by their number);
        ``empty_cases``, the patients without a voxel of the region in the truth or the prediction;
        and the number and mean of the others.
    """
    if scores.empty:  # no arm was run
        return pd.DataFrame(columns=COLUMNS_OF_MEANS)
    long = in_rows(scores)
    long = once_a_patient(long, repeated_patients(long), KEYS)
    overall = _describe(long, KEYS)
    intervals = [
        bootstrap.interval(values.to_numpy(), *map(str, names))
        for names, values in long.groupby(KEYS, sort=False)["value"]
    ]
    overall[["ci_low", "ci_high"]] = intervals
    spreads = [
        dict(zip([*KEYS, "partition"], names, strict=True)) | _spread(part)
        for names, part in domains.groupby([*KEYS, "partition"], sort=False)
    ]
    return pd.DataFrame(spreads).merge(overall.reset_index(), on=KEYS)[COLUMNS_OF_MEANS]


def badness(values: np.ndarray, metric: str) -> np.ndarray:
    """Return numbers that are larger the worse a metric's values are."""
    best = BETTER[metric]
    return -values if best == "high" else np.abs(values) if best == "zero" else values


def _describe(long: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    detected = long["value"].where(~long["empty"].astype(bool))
    return (
        long.assign(detected=detected)
        .groupby(groups, sort=False)
        .agg(
            n=("value", "size"),
            mean=("value", "mean"),
            sd=("value", "std"),
            empty_cases=("empty", "sum"),
            n_detected=("detected", "count"),
            mean_detected=("detected", "mean"),
        )
    )


def _spread(part: pd.DataFrame) -> dict[str, str | float]:
    # Subjects that a partition does not place are no domain of it.
    placed = part[part["domain"] != UNPLACED]
    part = part if placed.empty else placed
    means = part["mean"].to_numpy()
    worst = int(badness(means, str(part["metric"].iloc[0])).argmax())
    return {
        "worst_domain": str(part["domain"].iloc[worst]),
        "worst_domain_mean": float(means[worst]),
        "worst_domain_n": int(part["n"].iloc[worst]),
        "variance_over_domains": float(means.var()),
    }


def _at_equal_covariate(placed: pd.DataFrame, covariate: str) -> pd.Series:
    """Return the values, each domain's moved along one slope to the same mean of the covariate."""
    keys = [placed[key] for key in KEYS]
    x = placed[covariate]
    domain_mean = x.groupby([*keys, placed["domain"]]).transform("mean")
    within = x - domain_mean
    covariation = (within * placed["value"]).groupby(keys).transform("sum")
    variation = (within**2).groupby(keys).transform("sum")
    slope = (covariation / variation.where(variation > 0)).fillna(0)
    return placed["value"] - slope * (domain_mean - x.groupby(keys).transform("mean"))

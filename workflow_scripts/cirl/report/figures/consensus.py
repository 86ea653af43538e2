"""Figure of how often two subjects fall together on subsamples."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cirl.clustering.assignments import read_assignment
from cirl.clustering.consensus import SampledLabels, co_clustering, load_labels
from cirl.configuration.registries.algorithms import TITLES
from cirl.report.figures.evidence import panels
from cirl.report.figures.style import or_sentence
from cirl.study.tables.clustering import SWEEP


def draw(sweep: str, labels: list[str], assignments: list[str]) -> Figure:
    """Draw the selected clustering of each algorithm on features, or else its best one.

    Args:
        sweep: path of ``clustering/sweep.csv``.
        labels: paths of the labels on subsamples.
        assignments: paths ``.../{algorithm}/k{k}.csv`` of all clusterings.
    """
    sampled = load_labels(labels)
    table = SWEEP.read(sweep)
    table = table[table["algorithm"].isin(sampled.algorithms)]
    files = {(Path(path).parent.name, Path(path).stem): path for path in assignments}
    clusters = [
        read_assignment(files[algorithm, f"k{k}"]).rename((algorithm, k))
        for algorithm, k in worth_drawing(table)
    ]
    return consensus_matrices(table, sampled, clusters)


@or_sentence
def consensus_matrices(
    sweep: pd.DataFrame, sampled: SampledLabels, clusters: Sequence[pd.Series]
) -> Figure:
    """Draw how often two subjects fall together on subsamples, a panel a clustering.

    Args:
        sweep: rows ``algorithm, k, stability, selected``.
        sampled: labels of the subsamples.
        clusters: of each clustering that is drawn, the clusters of all subjects in the order of
            ``sampled``, named ``(algorithm, k)``.
    """
    figure, axes = panels(len(clusters), sharey=False, height=3.1)
    by_key = sweep.set_index(["algorithm", "k"])
    for axis, labels in zip(axes, clusters, strict=True):
        algorithm, k = labels.name
        matrix = co_clustering(sampled.of(algorithm, k))
        order = consensus_order(matrix, labels.to_numpy())
        image = axis.imshow(matrix[np.ix_(order, order)], cmap="Blues", vmin=0, vmax=1)
        for border in np.cumsum(np.bincount(labels))[:-1] - 0.5:
            axis.axhline(border, color="C3", linewidth=0.6)
            axis.axvline(border, color="C3", linewidth=0.6)
        row = by_key.loc[(algorithm, k)]
        note = "selected" if row["selected"] else "not selected"
        axis.set(xticks=[], yticks=[])
        axis.set_title(f"{TITLES[algorithm]}, k = {k}\n{note}, stability {row['stability']:.2f}")
    figure.colorbar(image, ax=axes, label="share of the subsamples", shrink=0.8)
    return figure


def consensus_order(matrix: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the subjects cluster by cluster, those that stay with theirs most often first.

    Args:
        matrix: subjects x subjects, how often two fall together.
        labels: the cluster of each.
    """
    own = labels[:, None] == labels
    loyalty = np.nanmean(np.where(own, matrix, np.nan), axis=1)
    return np.lexsort((-loyalty, labels))


def worth_drawing(sweep: pd.DataFrame) -> list[tuple[str, int]]:
    """Return of each algorithm the selected clustering, or else the best silhouette.

    Of those that are not degenerate, unless all are.
    """
    chosen = []
    for algorithm, rows in sweep.dropna(subset="silhouette").groupby("algorithm", sort=False):
        for candidates in (rows[rows["selected"]], rows[~rows["degenerate"]], rows):
            if len(candidates):
                best = candidates.loc[candidates["silhouette"].idxmax()]
                chosen.append((str(algorithm), int(best["k"])))
                break
    return chosen

"""Figures of the evidence: silhouettes beside the null's, stability, and consensus."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from cirl.clustering.consensus import SampledLabels, co_clustering
from cirl.clustering.selection import SelectionRule
from cirl.configuration.registries.algorithms import TITLES

BAND = (0.05, 0.95)
"""Quantiles of the null that bound its band."""


def silhouettes_and_null(sweep: pd.DataFrame, nulls: pd.DataFrame) -> Figure:
    """Draw silhouettes over k beside what data without clusters reach, a panel an algorithm.

    Args:
        sweep: rows ``algorithm, k, silhouette, degenerate, selected``.
        nulls: rows ``algorithm, k, silhouette`` of the draws.
    """
    algorithms = list(dict.fromkeys(sweep["algorithm"]))
    figure, axes = _panels(len(algorithms), sharey=True)
    draws = nulls.groupby(["algorithm", "k"])["silhouette"]
    bands = pd.DataFrame(
        {
            "mean": draws.mean(),
            "low": draws.quantile(BAND[0]),
            "high": draws.quantile(BAND[1]),
        }
    )
    for axis, algorithm in zip(axes, algorithms, strict=True):
        if algorithm in bands.index:
            band = bands.loc[algorithm].sort_index()
            ks = band.index.to_numpy()
            low, high = band["low"].to_numpy(), band["high"].to_numpy()
            axis.fill_between(ks, low, high, color="0.85", linewidth=0)
            axis.plot(ks, band["mean"], color="0.5", linewidth=1, linestyle="--")
        rows = sweep[sweep["algorithm"] == algorithm].sort_values("k")
        _curve(axis, rows, "silhouette", f"C{algorithms.index(algorithm)}")
        axis.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        axis.set(title=TITLES[algorithm], xlabel="number of clusters k")
    axes[0].set_ylabel("mean silhouette")
    axes[0].fill_between([], [], [], color="0.85", label="without clusters, 5 to 95 %")
    axes[0].plot([], [], color="0.5", linestyle="--", label="without clusters, mean")
    _legend(figure, axes[0])
    return figure


def stability_curves(sweep: pd.DataFrame, rule: SelectionRule) -> Figure:
    """Draw the stability over k, a panel an algorithm, with the rule's threshold.

    Args:
        sweep: rows ``algorithm, k, stability, stability_seeds, degenerate, selected``.
        rule: whose smallest stability is drawn.
    """
    algorithms = list(dict.fromkeys(sweep["algorithm"]))
    figure, axes = _panels(len(algorithms), sharey=True)
    for axis, algorithm in zip(axes, algorithms, strict=True):
        rows = sweep[sweep["algorithm"] == algorithm].sort_values("k")
        _curve(axis, rows, "stability", f"C{algorithms.index(algorithm)}")
        if rows["stability_seeds"].notna().any():
            axis.plot(rows["k"], rows["stability_seeds"], ":", color="0.3", label="over seeds")
            axis.legend(fontsize=7)
        axis.axhline(rule.minimum_stability, color="0.5", linewidth=1, linestyle="--")
        axis.set(title=TITLES[algorithm], xlabel="number of clusters k", ylim=(-0.05, 1.05))
    axes[0].set_ylabel("mean adjusted Rand index")
    axes[0].plot([], [], color="0.5", linestyle="--", label="smallest that is accepted")
    _legend(figure, axes[0])
    return figure


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
    figure, axes = _panels(len(clusters), sharey=False, height=3.1)
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


def _panels(count: int, sharey: bool, height: float = 2.8) -> tuple[Figure, list[Axes]]:
    figure, axes = plt.subplots(
        1,
        count,
        figsize=(2.4 * count + 0.8, height),
        sharey=sharey,
        squeeze=False,
        layout="constrained",
    )
    return figure, list(axes[0])


def _curve(axis: Axes, rows: pd.DataFrame, column: str, colour: str) -> None:
    """A line over k: crosses where degenerate, a ring where selected."""
    axis.plot(rows["k"], rows[column], color=colour, linewidth=1.2)
    degenerate, selected = (rows[name].astype(bool) for name in ("degenerate", "selected"))
    for chosen, marker in ((~degenerate, "o"), (degenerate, "x")):
        axis.plot(rows["k"][chosen], rows[column][chosen], marker, color=colour, markersize=4)
    _ring(axis, rows["k"][selected], rows[column][selected])
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def _ring(axis: Axes, x: ArrayLike, y: ArrayLike, label: str | None = None) -> None:
    axis.plot(x, y, "o", markerfacecolor="none", color="black", markersize=10, label=label)


def _legend(figure: Figure, axis: Axes) -> None:
    """What lines and markers mean, once for all panels."""
    axis.plot([], [], "o", color="0.3", markersize=4, label="clustering")
    axis.plot([], [], "x", color="0.3", markersize=4, label="degenerate")
    _ring(axis, [], [], "selected")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=5)

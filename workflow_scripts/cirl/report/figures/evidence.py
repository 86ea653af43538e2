"""Figures of the evidence: silhouettes beside the null's, stability, and consensus."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from cirl.clustering.selection import SelectionRule
from cirl.configuration.registries.algorithms import TITLES
from cirl.report.figures.style import grid, or_sentence

BAND = (0.05, 0.95)
"""Quantiles of the null that bound its band."""


@or_sentence
def silhouettes_and_null(sweep: pd.DataFrame, nulls: pd.DataFrame) -> Figure:
    """Draw silhouettes over k beside what data without clusters reach, a panel an algorithm.

    Args:
        sweep: rows ``algorithm, k, silhouette, degenerate, selected``.
        nulls: rows ``algorithm, k, silhouette`` of the draws.
    """
    algorithms = list(dict.fromkeys(sweep["algorithm"]))
    figure, axes = panels(len(algorithms), sharey=True)
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


@or_sentence
def stability_curves(sweep: pd.DataFrame, rule: SelectionRule) -> Figure:
    """Draw the stability over k, a panel an algorithm, with the rule's threshold.

    Args:
        sweep: rows ``algorithm, k, stability, stability_seeds, degenerate, selected``.
        rule: whose smallest stability is drawn.
    """
    algorithms = list(dict.fromkeys(sweep["algorithm"]))
    figure, axes = panels(len(algorithms), sharey=True)
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


def panels(count: int, sharey: bool, height: float = 2.8) -> tuple[Figure, list[Axes]]:
    """Return a figure of a row of panels, one an algorithm.

    Raises:
        NothingToShow: if there is none.
    """
    size = (2.4 * count + 0.8, height)
    figure, axes = grid(1, count, "There is no clustering.", figsize=size, sharey=sharey)
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

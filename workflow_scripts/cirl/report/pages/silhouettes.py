"""The silhouettes that the cluster-invariance paper prints, and the study's own beside them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cirl.configuration.registries.algorithms import TITLES
from cirl.report.rendering import render

TABLE_2: dict[str, tuple[float, ...]] = {
    "ward": (0.88, 0.26, 0.24, 0.23, 0.23, 0.24, 0.22, 0.22, 0.14),
    "gmm": (0.82, 0.17, 0.25, 0.23, 0.23, 0.18, 0.17, 0.17, 0.17),
    "kmeans": (0.2846, 0.3675, 0.2542, 0.2606, 0.2879, 0.3211, 0.3051, 0.2987, 0.3586),
    "vdec": (0.7494, 0.8497, 0.8495, 0.7984, 0.8574, 0.8477, 0.8642, 0.6811, 0.8900),
}
"""Silhouettes of the paper's Table 2 for k = 2 to 10 (its "hierarchical" is Ward's method)."""


@dataclass(frozen=True)
class Cell:
    """A silhouette as it is written, and what is to be seen of it."""

    text: str
    degenerate: bool = False
    best: bool = False
    selected: bool = False


def silhouette_table(sweep: pd.DataFrame, published: bool) -> str:
    """Return the study's Table 2 as HTML: algorithms x k, in the own and in the common space.

    Args:
        sweep: rows ``algorithm, k, silhouette, silhouette_common, degenerate, selected``.
        published: whether the paper's values stand beside, for a study of the paper's own table.
    """
    ks = sorted(sweep["k"].unique())
    rows = []
    for algorithm, found in sweep.groupby("algorithm", sort=False):
        by_k = found.set_index("k").reindex(ks)
        name = TITLES[str(algorithm)]
        # Features that are z-scores, and not reduced, are the common space.
        if not np.allclose(by_k["silhouette"], by_k["silhouette_common"], equal_nan=True):
            rows.append(_row(name, "its own space", _cells(by_k, "silhouette")))
            name = ""
        rows.append(_row(name, "the common space", _cells(by_k, "silhouette_common")))
        if published and algorithm in TABLE_2:
            rows.append(_row("", "the paper", [_printed(str(algorithm), k) for k in ks]))
    return render("silhouettes.html.j2", ks=ks, rows=rows)


def _row(name: str, space: str, cells: list[Cell]) -> dict[str, Any]:
    return {"name": name, "space": space, "cells": cells}


def _cells(by_k: pd.DataFrame, column: str) -> list[Cell]:
    best = by_k.loc[~by_k["degenerate"].astype(bool), column].max()
    return [
        Cell("-", selected=selected)
        if np.isnan(value)
        else Cell(f"{value:.3f}", bool(degenerate), value == best, selected)
        for value, degenerate, selected in zip(
            by_k[column], by_k["degenerate"], by_k["selected"].eq(True), strict=True
        )
    ]


def _printed(algorithm: str, k: int) -> Cell:
    values = dict(zip(range(2, 11), TABLE_2[algorithm], strict=True))
    return Cell(f"{values[k]:.3f}" if k in values else "-")

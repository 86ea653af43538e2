"""The silhouettes that the cluster-invariance paper prints, and the study's own beside them."""

from html import escape

import numpy as np
import pandas as pd

from cirl.configuration.registries.algorithms import TITLES

TABLE_2: dict[str, tuple[float, ...]] = {
    "ward": (0.88, 0.26, 0.24, 0.23, 0.23, 0.24, 0.22, 0.22, 0.14),
    "gmm": (0.82, 0.17, 0.25, 0.23, 0.23, 0.18, 0.17, 0.17, 0.17),
    "kmeans": (0.2846, 0.3675, 0.2542, 0.2606, 0.2879, 0.3211, 0.3051, 0.2987, 0.3586),
    "vdec": (0.7494, 0.8497, 0.8495, 0.7984, 0.8574, 0.8477, 0.8642, 0.6811, 0.8900),
}
"""Silhouettes of the paper's Table 2 for k = 2 to 10 (its "hierarchical" is Ward's method)."""

STYLE = """<style>
body { font: 14px sans-serif; margin: 1em; }
table { border-collapse: collapse; }
th, td { padding: 0.3em 0.8em; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child, td:nth-child(2) { text-align: left; }
.degenerate { color: #999; }
.selected { font-weight: bold; background: #e8f4e8; }
</style>"""


def silhouette_table(sweep: pd.DataFrame, published: bool) -> str:
    """Return the study's Table 2 as HTML: algorithms x k, in the own and in the common space.

    Args:
        sweep: rows ``algorithm, k, silhouette, silhouette_common, degenerate, selected``.
        published: whether the paper's values stand beside, for a study of the paper's own table.
    """
    ks = sorted(sweep["k"].unique())
    lines = [_row("th", ["Algorithm", "silhouette in", *(f"k = {k}" for k in ks)])]
    for algorithm, rows in sweep.groupby("algorithm", sort=False):
        by_k = rows.set_index("k").reindex(ks)
        name = TITLES[str(algorithm)]
        # Features that are z-scores, and not reduced, are the common space.
        if not np.allclose(by_k["silhouette"], by_k["silhouette_common"], equal_nan=True):
            lines.append(_row("td", [name, "its own space", *_cells(by_k, "silhouette")]))
            name = ""
        lines.append(_row("td", [name, "the common space", *_cells(by_k, "silhouette_common")]))
        if published and algorithm in TABLE_2:
            lines.append(_row("td", ["", "the paper", *(_printed(str(algorithm), k) for k in ks)]))
    body = "\n".join(lines)
    return f"<!DOCTYPE html>\n<meta charset='utf-8'>\n{STYLE}\n<table>\n{body}\n</table>\n"


def _cells(by_k: pd.DataFrame, column: str) -> list[str]:
    best = by_k.loc[~by_k["degenerate"].astype(bool), column].max()
    return [
        _cell(value, bool(degenerate), value == best) + ("\u2605" if selected else "")
        for value, degenerate, selected in zip(
            by_k[column], by_k["degenerate"], by_k["selected"].eq(True), strict=True
        )
    ]


def _cell(value: float, degenerate: bool, best: bool) -> str:
    if np.isnan(value):
        return "-"
    text = f"{value:.3f}"
    if degenerate:
        return f"<span class='degenerate'>{text}&dagger;</span>"
    return f"<b>{text}</b>" if best else text


def _printed(algorithm: str, k: int) -> str:
    values = dict(zip(range(2, 11), TABLE_2[algorithm], strict=True))
    return f"{values[k]:.3f}" if k in values else "-"


def _row(tag: str, cells: list[str]) -> str:
    content = [cell if cell.startswith("<") else escape(cell) for cell in cells]
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in content) + "</tr>"

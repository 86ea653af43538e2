"""The contact sheet: every subject as a thumbnail, outliers first, excluded subjects last."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cirl.report.figures.style import REGION_COLOURS, use_style
from cirl.report.figures.thumbnails import draw_thumbnail, read_thumbnail

OUTLINED = ("WT", "TC", "ET")
"""Regions whose outlines are drawn, the last one on top."""

MARK = "#e31a1c"
TILES_A_ROW = 10
"""Thumbnails in a row."""

FOLDERS = re.compile(r"(?<!\S)\S*/(?=[^\s/])")

NAME_LENGTH, LINE_LENGTH = 26, 30
"""Characters that fit below a thumbnail, and in a line of what is odd."""


def order_subjects(quality: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """Return the subjects in the order of the sheet.

    Args:
        quality: ``cohort/quality.csv``.
        subjects: ``cohort/subjects.csv``.

    Returns:
        subject, status, outlier and ``text`` (what is odd, or why it is excluded): outliers, the
        oddest first; then the others by subject; then the excluded ones by subject.
    """
    reasons = subjects.set_index("subject")["reason"].astype(str)
    sheet = quality[["subject", "status", "outlier", "score", "why"]].copy()
    used = sheet["status"] == "ok"
    sheet["text"] = sheet["why"].where(used, sheet["subject"].map(reasons))
    sheet["group"] = (~sheet["outlier"]).astype(int).where(used, 2)
    score = sheet["score"].where(sheet["outlier"], 0).fillna(0)
    sheet = sheet.assign(order=-score).sort_values(["group", "order", "subject"], kind="stable")
    return sheet[["subject", "status", "outlier", "text"]].reset_index(drop=True)


def draw_pages(
    sheet: pd.DataFrame, store: str | Path, contrast: str, tiles: int
) -> Iterator[Figure]:
    """Draw the pages one after the other; a page is to be closed before the next is asked for.

    Args:
        sheet: from ``order_subjects``.
        store: folder of the preprocessed subjects.
        contrast: which contrast is shown.
        tiles: thumbnails a page.
    """
    use_style()
    pages = max(-(-len(sheet) // tiles), 1)
    for number in range(pages):
        part = sheet.iloc[number * tiles : (number + 1) * tiles]
        title = f"Page {number + 1} of {pages}: {contrast}, the slice with the largest tumour"
        yield _draw_page(part, store, contrast, title)


def _draw_page(sheet: pd.DataFrame, store: str | Path, contrast: str, title: str) -> Figure:
    columns = min(TILES_A_ROW, max(len(sheet), 4))
    rows = max(-(-len(sheet) // columns), 1)
    height = 1.62 * rows + 0.45
    figure = plt.figure(figsize=(1.25 * columns, height), facecolor="black")
    grid = figure.add_gridspec(
        rows,
        columns,
        left=0.005,
        right=0.995,
        bottom=0.26 / height,
        top=1 - 0.42 / height,
        wspace=0.04,
        hspace=0.32,
    )
    for place, row in enumerate(sheet.itertuples()):
        axis = figure.add_subplot(grid[place // columns, place % columns])
        if row.status == "ok":
            _draw_subject(axis, store, contrast, row.subject, row.text)
        else:
            _draw_excluded(axis, row.subject, row.text)
    figure.text(0.01, 1 - 0.05 / height, title, color="white", size=9, va="top")
    handles = [Line2D([], [], color=REGION_COLOURS[name], label=name) for name in OUTLINED]
    handles += [Line2D([], [], color=MARK, marker="s", fillstyle="none", ls="", label="outlier")]
    figure.legend(
        handles=handles, loc="upper right", ncols=len(handles), labelcolor="white", fontsize=7
    )
    return figure


def _draw_subject(axis: Axes, store: str | Path, contrast: str, subject: str, odd: str) -> None:
    thumbnail = read_thumbnail(store, subject, contrast)
    draw_thumbnail(axis, thumbnail, regions=OUTLINED)
    # All frames are equally large, whatever the image's shape.
    axis.set(facecolor="black", box_aspect=1, adjustable="datalim")
    _write_below(axis, subject, odd)
    if odd:
        axis.spines[:].set(visible=True, color=MARK, linewidth=1.5)


def _draw_excluded(axis: Axes, subject: str, reason: str) -> None:
    axis.set(xticks=[], yticks=[], facecolor="0.15", box_aspect=1)
    axis.spines[:].set(visible=True, color="0.4")
    # Of a path the folders say least, and would fill the tile.
    lines = textwrap.wrap(
        FOLDERS.sub("", reason), 24, max_lines=9, placeholder=" ...", break_long_words=True
    )
    text = "\n".join(["excluded", "", *lines])
    axis.text(0.04, 0.96, text, color="0.75", size=5, va="top", transform=axis.transAxes)
    _write_below(axis, subject, "")


def _write_below(axis: Axes, subject: str, odd: str) -> None:
    """Write a subject's name below its thumbnail, and the first two lines of what is odd."""
    name = subject if len(subject) <= NAME_LENGTH else f"{subject[:12]}...{subject[-11:]}"
    axis.text(0.5, -0.02, name, color="white", size=5.5, va="top", ha="center",
              transform=axis.transAxes)  # fmt: skip
    lines = textwrap.wrap(odd, LINE_LENGTH, max_lines=2, placeholder=" ...")
    axis.text(0.5, -0.11, "\n".join(lines), color="#ff8080", size=4.5, va="top", ha="center",
              transform=axis.transAxes)  # fmt: skip

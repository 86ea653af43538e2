"""The look that all figures share."""

import textwrap
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402 - the backend is chosen first
import numpy as np  # noqa: E402
from matplotlib.axis import Axis  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.ticker import NullFormatter  # noqa: E402

LABEL_COLOURS: dict[str, str] = {"NCR": "#d95f02", "ED": "#1b9e77", "ET": "#ffd92f"}
"""Colours of the tumour's parts, distinguishable with colour-vision deficiency."""

MISSING_COLOUR = "#bdbdbd"
"""Colour of what a grouping does not place."""

REGION_COLOURS: dict[str, str] = {"WT": "#4dd2ff", "TC": "#ff9f40", "ET": "#ffe14d"}
"""Colours of the regions' outlines on grey images."""


def use_style() -> None:
    """Set fonts, sizes and lines for every figure that follows in this process."""
    plt.rcParams.update(
        {
            "figure.dpi": 120,
            "savefig.dpi": 120,
            "savefig.bbox": "tight",
            "font.size": 9,
            "axes.titlesize": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": plt.cycler(color=matplotlib.color_sequences["tab10"]),
            "legend.frameon": False,
            # Names are the user's: between two dollar signs stands no formula.
            "text.parse_math": False,
        }
    )


def message(text: str) -> Figure:
    """Return a figure that holds only a sentence, where there is nothing to draw."""
    lines = textwrap.wrap(text, 110)
    size = (7, 0.4 + 0.2 * len(lines))
    figure, axis = plt.subplots(figsize=size, layout="constrained")
    axis.axis("off")
    axis.text(0, 0.5, "\n".join(lines), va="center")
    return figure


class NothingToShow(Exception):
    """A figure would be empty. The message is the sentence that stands in its place."""


def grid(rows: int, columns: int, lacking: str, **options: Any) -> tuple[Figure, np.ndarray]:
    """Return a figure of rows x columns panels, and these.

    Args:
        rows: of panels.
        columns: of panels.
        lacking: sentence that says what there is none of, where there are no panels.
        options: of ``matplotlib.pyplot.subplots``.

    Raises:
        NothingToShow: if there are no panels; see ``or_sentence``.
    """
    if not rows or not columns:
        raise NothingToShow(lacking)
    figure, axes = plt.subplots(rows, columns, squeeze=False, layout="constrained", **options)
    return figure, axes


def or_sentence(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Let a function that draws a figure draw a sentence where there is nothing to show."""

    @wraps(draw)
    def drawn(*arguments: Any, **named: Any) -> Figure:
        try:
            return draw(*arguments, **named)
        except NothingToShow as nothing:
            return message(str(nothing))

    return drawn


def plain_powers(axis: Axis) -> None:
    """Label the ticks of a logarithmic axis with plain numbers, and those between not at all."""
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure and close it: as JPEG, for many small images, where the name ends so; or PNG.

    No time stamp is written, so that equal figures are equal files.
    """
    if str(path).endswith(".jpg"):
        figure.savefig(path, pil_kwargs={"quality": 80, "subsampling": 0})
    else:
        figure.savefig(path, metadata={"Software": None})
    plt.close(figure)

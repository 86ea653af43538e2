"""The look that all figures share."""

import textwrap
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402 - the backend is chosen first
from matplotlib.figure import Figure  # noqa: E402

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


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure and close it: as JPEG, for many small images, where the name ends so; or PNG.

    No time stamp is written, so that equal figures are equal files.
    """
    if str(path).endswith(".jpg"):
        figure.savefig(path, pil_kwargs={"quality": 80, "subsampling": 0})
    else:
        figure.savefig(path, metadata={"Software": None})
    plt.close(figure)

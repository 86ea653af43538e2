"""A grid of panels, as many as there are things to show."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PANEL_COLUMNS = 3


def panel_grid(
    count: int, width: float, height: float, sharex: bool = False, sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """Return a figure of so many panels in rows of three, and the panels.

    Args:
        count: at least one.
        width: of a panel in inches.
        height: of a panel in inches.
        sharex: whether all have the same horizontal axis.
        sharey: whether all have the same vertical axis.
    """
    columns = min(PANEL_COLUMNS, count)
    rows = -(-count // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(width * columns, height * rows + 0.3),
        sharex=sharex,
        sharey=sharey,
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat[count:]:
        axis.set_visible(False)
    return figure, list(axes.flat[:count])

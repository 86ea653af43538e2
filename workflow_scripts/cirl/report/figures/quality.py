"""Figures of quality control: who is excluded, what became of the regions, who is far off."""

from collections.abc import Sequence

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from cirl.imaging.quality.exclusion_counts import count_cohorts, count_problems, count_statuses

STATUS_COLOURS: dict[str, str] = {
    "ok": "#9ecae1",
    "absent": "#d9d9d9",
    "too_small": "#fdd0a2",
    "bins_capped": "#fdae6b",
    "nonfinite": "#e6550d",
    "failed": "#a50f15",
}
"""Colours of what became of a region; red is what should not happen."""

USED, EXCLUDED = "#9ecae1", "#a50f15"


def plot_exclusions(subjects: pd.DataFrame) -> Figure:
    """Draw how many subjects each cohort lost, and by which problem.

    Args:
        subjects: ``cohort/subjects.csv``.
    """
    cohorts, problems = count_cohorts(subjects), count_problems(subjects)
    rows = max(len(cohorts), len(problems), 2)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, 0.34 * rows + 1.3), layout="constrained", width_ratios=(1, 1.3)
    )
    ends = _stacked(left, cohorts, {"used": USED, "excluded": EXCLUDED})
    for place, (end, row) in enumerate(zip(ends, cohorts.itertuples(), strict=True)):
        share = row.excluded / (row.used + row.excluded)
        lost = f"{row.excluded} excluded ({share:.1%})" if row.excluded else "none excluded"
        _beside(left, end, place, f"{row.used} used, {lost}")
    left.set_title(f"{len(subjects)} subjects found, by cohort")
    _frame(left, ends.max(), room=1.9)
    if problems.empty:
        right.axis("off")
        text = f"No subject was excluded:\nall {len(subjects)} are used."
        right.text(0.5, 0.5, text, ha="center", va="center", fontsize=12)
        return figure
    colours = _cohort_colours(list(problems.columns))
    concerned = problems.loc[:, (problems > 0).any()]
    ends = _stacked(right, concerned, colours, numbered=concerned.shape[1] > 1)
    for place, end in enumerate(ends):
        _beside(right, end, place, f"{end:.0f}")
    right.set_title(f"{int(ends.sum())} subjects excluded, by problem")
    _frame(right, ends.max(), room=1.15)
    right.legend(
        title="cohort", fontsize=7, title_fontsize=8, loc="upper left", bbox_to_anchor=(1, 1)
    )
    return figure


def plot_statuses(statuses: pd.DataFrame) -> Figure:
    """Draw what became of each region in each contrast, over the used subjects.

    Args:
        statuses: ``radiomics/statuses.csv``.
    """
    counts = count_statuses(statuses)
    shown = counts.loc[:, (counts > 0).any()]
    labelled = shown.set_axis([f"{region}  {contrast}" for region, contrast in shown.index])
    figure, axis = plt.subplots(figsize=(8, 0.24 * len(counts) + 1.2), layout="constrained")
    colours = {name: STATUS_COLOURS.get(name, "black") for name in shown.columns}
    ends = _stacked(axis, labelled, colours)
    for place, (end, (_, row)) in enumerate(zip(ends, shown.iterrows(), strict=True)):
        others = [f"{n} {name.replace('_', ' ')}" for name, n in row.items() if n and name != "ok"]
        _beside(axis, end, place, ", ".join(others) or "all ok")
    _frame(axis, ends.max(initial=1), room=1.5)
    axis.set_title("What became of each region, by contrast")
    handles = [
        Patch(color=colour, label=name.replace("_", " ")) for name, colour in colours.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _stacked(
    axis: Axes, counts: pd.DataFrame, colours: dict[str, str], numbered: bool = False
) -> np.ndarray:
    """Draw a horizontal bar a row, stacked by column, the first row on top; return their ends.

    ``numbered`` writes its count into each part that is wide enough for it.
    """
    start = np.zeros(len(counts))
    longest = counts.sum(axis=1).max()
    for name in counts.columns:
        width = counts[name].to_numpy(float)
        bars = axis.barh(
            np.arange(len(counts)), width, left=start, height=0.7, color=colours[name], label=name
        )
        if numbered:
            texts = [f"{n:.0f}" if n > 0.03 * longest else "" for n in width]
            axis.bar_label(bars, texts, label_type="center", fontsize=6)
        start += width
    axis.set_yticks(np.arange(len(counts)), [str(name) for name in counts.index], fontsize=8)
    axis.invert_yaxis()
    return start


def _frame(axis: Axes, longest: float, room: float) -> None:
    """Give an axis of subjects ticks as far as the longest bar, and room for the text beside."""
    ticks = matplotlib.ticker.MaxNLocator(5, integer=True).tick_values(0, longest)
    axis.set_xticks([tick for tick in ticks if tick <= longest])
    axis.set_xlim(0, room * longest)
    axis.set_xlabel("subjects")


def _beside(axis: Axes, end: float, place: int, text: str) -> None:
    axis.annotate(text, (end, place), (4, 0), textcoords="offset points", va="center", fontsize=7)


def _cohort_colours(cohorts: Sequence[str]) -> dict[str, str]:
    """Return a colour a cohort, the same in every figure of one study."""
    palette = matplotlib.color_sequences["tab10" if len(cohorts) <= 10 else "tab20"]
    return {
        name: matplotlib.colors.to_hex(palette[place % len(palette)])
        for place, name in enumerate(cohorts)
    }

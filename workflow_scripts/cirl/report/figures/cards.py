"""A card a cluster: its size and volumes, whom it holds, how they look and what sets them apart."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.clustering.assignments import UNKNOWN
from cirl.clustering.profiles import TYPICAL, Profile
from cirl.report.figures.style import MISSING_COLOUR, message
from cirl.report.figures.thumbnails import Thumbnail, draw_thumbnail

UNSUPPORTED = "not supported by evidence"
"""What a card says of a clustering that was not selected."""

NO_CLUSTERING = (
    "No clustering of this algorithm is supported by evidence, and the configuration "
    "(evaluation: clusterings) names none to describe."
)
"""What stands where there is no card."""

SHOWN_FEATURES = 6
"""Features on a card."""

HEIGHT = 2.0
"""Of a card, in inches."""


def cards(
    profiles: Sequence[Profile],
    effects: Mapping[int, pd.DataFrame],
    thumbnails: Mapping[str, Thumbnail],
) -> Figure:
    """Draw the cards of one algorithm's clusters, one below the other.

    Args:
        profiles: the clusters, of one or several numbers of clusters.
        effects: from ``cirl.clustering.effects.effect_table``, by number of clusters.
        thumbnails: of the typical subjects, by subject; none for a study without images.
    """
    if not profiles:
        return message(NO_CLUSTERING)
    colours = _colours(profiles)
    figure = plt.figure(figsize=(13.5 if thumbnails else 9.5, HEIGHT * len(profiles) + 0.5))
    lines = figure.subfigures(len(profiles), 1, squeeze=False)[:, 0]
    for number, (line, profile) in enumerate(zip(lines, profiles, strict=True)):
        line.set_facecolor("#f6f6f6" if number % 2 else "white")
        shown = [thumbnails[name] for name in profile.typical[:TYPICAL] if name in thumbnails]
        widths = [1.7, 2.3] + [1.0] * (TYPICAL if thumbnails else 0) + [2.9, 2.0]
        axes = line.subplots(
            1,
            len(widths),
            width_ratios=widths,
            gridspec_kw={"wspace": 0.04, "left": 0.01, "right": 0.99, "bottom": 0.16, "top": 0.9},
        )
        _draw_text(axes[0], profile)
        _draw_mixes(axes[1], profile, colours)
        # The last but one is the room for the names of features.
        for axis in axes[2:-1]:
            axis.axis("off")
        for axis, thumbnail in zip(axes[2:-2], shown, strict=False):
            draw_thumbnail(axis, thumbnail, thumbnail.subject)
        _draw_effects(axes[-1], effects[profile.k], profile.cluster)
    return figure


def _draw_text(axis: Axes, profile: Profile) -> None:
    axis.axis("off")
    low, median, high = profile.volumes
    volume = f"{median:.1f} ml\n({low:.1f} to {high:.1f})" if np.isfinite(median) else "unknown"
    support = "selected" if profile.supported else UNSUPPORTED
    axis.text(0, 1, f"Cluster {profile.cluster}", weight="bold", size=13, va="top")
    axis.text(0, 0.78, f"k = {profile.k}, {support}", size=8, va="top", color="0.35")
    axis.text(0, 0.58, f"{len(profile.subjects)} subjects ({profile.share:.0%})", va="top")
    axis.text(0, 0.4, f"median tumour {volume}", va="top")


def _colours(profiles: Sequence[Profile]) -> dict[tuple[str, str], str]:
    """Give each kind of each known domain one colour on all cards."""
    kinds: dict[str, set[str]] = {}
    for profile in profiles:
        for domain, mix in profile.mixes.items():
            kinds.setdefault(domain, set()).update(mix)
    return {
        (domain, kind): MISSING_COLOUR if kind == UNKNOWN else f"C{number % 10}"
        for domain, names in kinds.items()
        for number, kind in enumerate(sorted(names))
    }


def _draw_mixes(axis: Axes, profile: Profile, colours: Mapping[tuple[str, str], str]) -> None:
    """Draw the shares of each kind of each known domain as stacked bars."""
    axis.set(xlim=(0, 1), ylim=(max(len(profile.mixes), 2) - 0.2, -0.8))
    axis.axis("off")
    for place, (domain, mix) in enumerate(profile.mixes.items()):
        total, left = sum(mix.values()), 0.0
        axis.text(0, place - 0.42, domain, size=8, color="0.35")
        for kind, count in mix.items():
            share = count / total
            axis.barh(place, share, 0.62, left=left, color=colours[domain, kind], alpha=0.45)
            if share > 0.15:
                text = f"{kind.replace('_', ' ')}\n{count}"
                axis.text(left + share / 2, place, text, size=5.5, ha="center", va="center")
            left += share


def _draw_effects(axis: Axes, effects: pd.DataFrame, cluster: int) -> None:
    """Draw Cliff's delta of the features that set the cluster apart most."""
    own = effects[effects["cluster"] == str(cluster)].head(SHOWN_FEATURES)
    places = np.arange(len(own))
    values = own["effect"].to_numpy(dtype=float)
    axis.barh(places, values, 0.7, color=["C3" if value > 0 else "C0" for value in values])
    axis.axvline(0, color="0.3", linewidth=0.7)
    axis.set_yticks(places, [short_name(str(name)) for name in own["feature"]])
    axis.set(xlim=(-1.05, 1.05), ylim=(SHOWN_FEATURES - 0.4, -0.6), xticks=[-1, -0.5, 0, 0.5, 1])
    axis.set_facecolor("none")
    axis.spines["left"].set_visible(False)
    axis.tick_params(labelsize=7, length=2)
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel("Cliff's delta against the other clusters", size=7, labelpad=1)


def short_name(feature: str) -> str:
    """Return a feature's name as it fits on a card: without ``original``, with spaces."""
    return feature.replace("_original_", " ").replace("original_", "").replace("_", " ")

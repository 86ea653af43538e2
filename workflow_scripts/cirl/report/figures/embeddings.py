"""Maps of subjects in two dimensions, coloured by cluster and by what is known of them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.manifold import TSNE

from cirl.clustering.assignments import UNKNOWN, read_assignment, read_latents
from cirl.clustering.profiles import shown_clusterings
from cirl.clustering.sweep import Labeling
from cirl.configuration.registries.algorithms import TITLES
from cirl.report.figures.style import MISSING_COLOUR
from cirl.running.seeding import derive_seed

# With a factor of 4 on the attraction t-SNE's maps are like UMAP's. scikit-learn exaggerates for
# the first 250 iterations; here these are all there are.
_EXAGGERATED = {"early_exaggeration": 4.0, "max_iter": 250}

EMBEDDINGS: dict[str, str] = {"tsne": "t-SNE", "exaggerated": "exaggerated t-SNE (like UMAP)"}
"""Kinds of maps, and what they are called."""


def embed(values: np.ndarray, method: str, seed: int) -> np.ndarray:
    """Lay subjects out in two dimensions so that neighbours stay neighbours.

    ``tsne`` is van der Maaten and Hinton 2008 with a perplexity of 30, started at the principal
    components. ``exaggerated`` is t-SNE with a perplexity of 15 whose attraction stays multiplied
    by 4, which is what UMAP amounts to (Boehm, Berens and Kobak 2022, section 3): groups are
    tighter and further apart.

    Args:
        values: subjects x dimensions. Of fewer than four subjects, or equal ones, none is
            a nearer neighbour than another: they lie by their first two dimensions.
        method: a key of ``EMBEDDINGS``.
        seed: the map's.

    Returns:
        subjects x 2.
    """
    values = np.pad(values, [(0, 0), (0, max(0, 2 - values.shape[1]))])
    if len(values) < 4 or (values == values[0]).all():
        return np.asarray(values[:, :2])
    perplexity, further = (30.0, {}) if method == "tsne" else (15.0, _EXAGGERATED)
    model = TSNE(
        perplexity=min(perplexity, max(1.0, (len(values) - 1) / 3)),
        init="pca",
        random_state=seed,
        **further,
    )
    return np.asarray(model.fit_transform(values))


def embedding_table(values: np.ndarray, subjects: Sequence[str], seed: int) -> pd.DataFrame:
    """Return the maps of the subjects as columns ``subject, {method}_x, {method}_y``."""
    table = pd.DataFrame({"subject": list(subjects)})
    for method in EMBEDDINGS:
        points = embed(values, method, derive_seed(seed, "embedding", method))
        table[[f"{method}_x", f"{method}_y"]] = points
    return table


def colourings(
    sweep: pd.DataFrame,
    labelings: Iterable[Labeling],
    configured: Sequence[str],
    domains: pd.DataFrame,
) -> dict[str, pd.Series]:
    """Return what the subjects are coloured by, by title: clusterings that are shown, and domains.

    Args:
        sweep: ``clustering/sweep.csv``.
        labelings: all clusterings.
        configured: see ``cirl.clustering.profiles.shown_clusterings``.
        domains: known ones, a column each, indexed by subject; where there is neither a clustering
            nor a domain, its subjects have no colour.
    """
    found = {}
    for labeling in labelings:
        shown = shown_clusterings(sweep, labeling.algorithm, configured)
        if labeling.k in shown:
            note = "selected" if shown[labeling.k] else "not supported"
            title = f"{TITLES[labeling.algorithm]}, k = {labeling.k}\n({note})"
            found[title] = labeling.clusters
    found |= {f"known: {name}": domains[name] for name in domains}
    return found or {"subjects": pd.Series(index=domains.index, dtype="string")}


def embedding_maps(table: pd.DataFrame, colourings: Mapping[str, pd.Series]) -> Figure:
    """Draw every kind of map in a row, once for each colouring.

    Args:
        table: from ``embedding_table``.
        colourings: by title, a value a subject, indexed by subject; none for those without.
    """
    figure, axes = plt.subplots(
        len(EMBEDDINGS),
        len(colourings),
        figsize=(2.7 * len(colourings) + 0.4, 2.9 * len(EMBEDDINGS)),
        squeeze=False,
        layout="constrained",
    )
    for number, (method, name) in enumerate(EMBEDDINGS.items()):
        row = axes[number]
        points = table[[f"{method}_x", f"{method}_y"]].to_numpy()
        row[0].set_ylabel(name)
        for axis, (title, groups) in zip(row, colourings.items(), strict=True):
            of_subjects = groups.reindex(table["subject"])
            scatter(axis, points, of_subjects, title, legend=number == 0, below=True)
    return figure


def latent_maps(
    latents: Sequence[str | Path],
    assignments: Sequence[str | Path],
    domains: pd.DataFrame,
    seed: int,
) -> Figure:
    """Draw the t-SNE of each k's latent, coloured by cluster and by each known domain."""
    columns = ["cluster", *domains.columns]
    figure, axes = plt.subplots(
        len(latents),
        len(columns),
        figsize=(2.9 * len(columns), 2.5 * len(latents)),
        squeeze=False,
        layout="constrained",
    )
    for number, (latent, assignment) in enumerate(zip(latents, assignments, strict=True)):
        row = axes[number]
        values, clusters = read_latents(latent), read_assignment(assignment)
        k = Path(assignment).stem.removeprefix("k")
        of_subjects = values.loc[clusters.index].to_numpy()
        points = embed(of_subjects, "tsne", derive_seed(seed, "tsne", k))
        row[0].set_ylabel(f"k = {k}")
        for axis, column in zip(row, columns, strict=True):
            of_cluster = column == "cluster"
            groups = clusters if of_cluster else domains[column].reindex(clusters.index)
            # Clusters are named anew at every k, known domains are not.
            scatter(axis, points, groups, column, legend=of_cluster or number == 0)
    return figure


def scatter(
    axis: Axes,
    points: np.ndarray,
    groups: pd.Series,
    title: str,
    legend: bool,
    below: bool = False,
) -> None:
    """Draw points (subjects x 2) coloured by group; those without one are grey and behind."""
    shown = groups.astype("string").fillna(UNKNOWN)
    names = sorted(set(shown) - {UNKNOWN})
    colours = {name: f"C{number % 10}" for number, name in enumerate(names)}
    for name in [UNKNOWN, *names] if (shown == UNKNOWN).any() else names:
        x, y = points[(shown == name).to_numpy()].T
        axis.scatter(x, y, s=14, color=colours.get(name, MISSING_COLOUR), label=name, linewidths=0)
    axis.set(xticks=[], yticks=[])
    if legend:
        axis.set_title(title)
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.01), "ncols": 2}
        beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5)}
        axis.legend(fontsize=7, handletextpad=0.1, **(place if below else beside))

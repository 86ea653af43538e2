"""Where the most important textures lie, in a low and a high subject."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from nibabel.affines import voxel_sizes

from cirl.imaging.geometry import to_ras
from cirl.imaging.images import read_image
from cirl.report.figures.style import message
from cirl.report.figures.texture_areas import model_label
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.texture_evidence import IMPORTANCES, PREDICTIONS

SHOWN_TEXTURES = 4
"""So many of the most important textures have a colour."""

TEXTURE_COLOURS = ("#d62728", "#1f77b4", "#2ca02c", "#ff9f40")


def draw(
    maps: Sequence[str],
    importances: str,
    predictions: str,
    subjects: str,
    contrast: str,
    mapped: Sequence[str],
) -> Figure:
    """Draw the subjects of lowest and highest score among those with a map, with and without it.

    Maps are those of the fold to whose textures all folds' are matched, so that numbers are the
    same as in the table of importances.

    Args:
        maps: folders of the folds, in order, of the first encoder with maps.
        importances: ``importances.csv`` of a signature.
        predictions: ``predictions.csv`` of a signature.
        subjects: ``cohort/subjects.csv``.
        contrast: that is shown.
        mapped: encoder, k and fit of the maps.
    """
    encoder, k, fit = mapped[0], int(mapped[1]), mapped[2]
    own = _of_model(IMPORTANCES.read(importances), encoder, k, fit)
    scores = _of_model(PREDICTIONS.read(predictions), encoder, k, fit)
    if own.empty or fit != "fold":
        return message("There is no map of a signature that is fitted in the folds.")
    fold = int(own["fold"].iloc[0])
    folder = Path(maps[fold])
    there = scores[[(folder / f"{name}.nii.gz").is_file() for name in scores["subject"]]]
    if there.empty:
        return message(f"No subject has a map in fold {fold}.")
    there = there.sort_values(["truth", "score"])
    chosen = list(dict.fromkeys(there["subject"].iloc[[0, -1]]))
    best = own.nlargest(SHOWN_TEXTURES, "importance")["cluster"].astype(int).tolist()
    paths = SUBJECTS.read(subjects, only=["subject", contrast]).set_index("subject")[contrast]
    figure, axes = plt.subplots(
        len(chosen), 2, figsize=(6.4, 3.3 * len(chosen)), squeeze=False, layout="constrained"
    )
    for row, name in zip(axes, chosen, strict=True):
        _show(row, paths[name], folder / f"{name}.nii.gz", best)
        truth = there.set_index("subject").loc[name, "truth"]
        row[0].set_ylabel(f"{own['target'].iloc[0]} {truth:g}\n{name}", fontsize=8)
    handles = [
        Patch(color=colour, label=_texture_name(own, number))
        for number, colour in zip(best, TEXTURE_COLOURS, strict=False)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    model = {"encoder": encoder, "k": k, "fit": fit, "standardise": ""}
    figure.suptitle(f"{model_label(model)}, fold {fold}", fontsize=10)
    return figure


def _of_model(table: pd.DataFrame, encoder: str, k: int, fit: str) -> pd.DataFrame:
    """Return a model's rows of the first target, classifier and seed."""
    own = table[(table["encoder"] == encoder) & (table["k"] == k) & (table["fit"] == fit)]
    own = own[own["standardise"] == ""]
    for name in ("target", "classifier", "seed"):
        own = own[own[name] == own[name].iloc[0]] if len(own) else own
    return own


def _texture_name(importances: pd.DataFrame, number: int) -> str:
    row = importances.set_index("cluster").loc[number]
    goes = "more" if row["sign"] > 0 else "less" if row["sign"] < 0 else ""
    told = f"p {row['p_family']:.3f}"
    return f"texture {number} ({f'{goes} in high ones, ' if goes else ''}{told})"


def _show(row: Sequence[Axes], image_path: str, map_path: Path, best: Sequence[int]) -> None:
    """Show the axial slice with most of a map: the image alone, and with the best textures."""
    image, affine = read_image(image_path)
    textures, _ = read_image(map_path)
    image, textures = to_ras(image, affine), np.rint(to_ras(textures, affine)).astype(int)
    level = int((textures > 0).sum(axis=(0, 1)).argmax())
    # Rows from front to back; columns from the patient's right to left, as radiologists look.
    shown, found = (part[::-1, ::-1, level].T for part in (image, textures))
    tissue = shown[shown != 0]
    low, high = np.percentile(tissue, [1, 99]) if tissue.size else (0, 1)
    sizes = voxel_sizes(affine)
    colours = np.full(found.shape, np.nan)
    for place, number in enumerate(best):
        colours[found == number] = place
    for axis in row:
        axis.imshow(shown, cmap="gray", vmin=low, vmax=high, aspect=float(sizes[1] / sizes[0]))
        axis.set_xticks([])
        axis.set_yticks([])
    row[1].imshow(
        colours, cmap=ListedColormap(TEXTURE_COLOURS), vmin=-0.5, vmax=len(TEXTURE_COLOURS) - 0.5,
        alpha=0.55, interpolation="nearest", aspect=float(sizes[1] / sizes[0]),
    )  # fmt: skip

"""Figure of a detector at work: inputs, reconstruction, score, truth and mask."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from cirl.report.figures.anomaly_cases import (
    DetectedSlice,
    read_case,
    show_grey,
    show_labels,
    show_score,
)
from cirl.report.figures.predictions import CONTRAST_NAMES, ranked_subjects, shown_contrasts
from cirl.report.figures.style import message
from cirl.report.figures.thumbnails import radiological
from cirl.running.archives import open_arrays
from cirl.study.tables.anomaly import DETECTOR_THRESHOLDS
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import METRICS

BRIGHTEST = 3.0
"""What stands white in a network's input and reconstruction: 1 is the mean of a brain."""


def draw(
    metrics: Sequence[str],
    scores: Sequence[str],
    masks: Sequence[str],
    thresholds: Sequence[str],
    examples: Sequence[str],
    subjects: str,
    kind: str,
    contrasts: list[str],
    label_maps: Mapping[str, Mapping[int, str]],
) -> Figure:
    """Draw the best, the median and the worst subject with tumour of a detector's first fold.

    Args:
        metrics: paths of the detector's ``metrics.csv``, a fold each; the first is shown.
        scores: folders of its maps.
        masks: folders of its masks.
        thresholds: paths of its ``thresholds.csv``.
        examples: paths of its ``examples.npz``.
        subjects: path of ``cohort/subjects.csv``.
        kind: of score that is shown.
        contrasts: of the study.
        label_maps: meaning of the label files' values, by cohort.
    """
    table = METRICS.read(metrics[0])
    table = table[table["voxels_true"] > 0]
    if not (table["region"] == "WT").any():
        return message("No test subject of the first fold has a tumour.")
    rows = SUBJECTS.read(subjects).set_index("subject")
    learnt = DETECTOR_THRESHOLDS.read(thresholds[0])
    limit = float(learnt.loc[learnt["score"] == kind, "value"].abs().max()) * 2
    seen = shown_contrasts(contrasts)
    cases = {}
    for rank, row in ranked_subjects(table).items():
        label_map = label_maps[rows.loc[row.subject, "cohort"]]
        folders = f"{scores[0]}/{kind}", masks[0]
        case = read_case(rows.loc[row.subject], *folders, seen, label_map)
        cases[f"{rank}: Dice {row.dice:.2f}\n{row.subject}"] = case
    return plot_cases(cases, kept_reconstructions(examples[0]), limit if limit > 0 else 1.0)


def kept_reconstructions(path: str) -> dict[str, tuple[str, np.ndarray, np.ndarray]]:
    """Return by subject a contrast's title, what a network saw of it and what it made of it."""
    with open_arrays(path) as file:
        contrasts = [str(name) for name in file["contrasts"]]
        place = contrasts.index("t2f") if "t2f" in contrasts else 0
        title = CONTRAST_NAMES.get(contrasts[place], contrasts[place])
        return {
            str(subject): (title, radiological(own[place]), radiological(made[place]))
            for subject, own, made in zip(
                file["subjects"], file["inputs"], file["outputs"], strict=True
            )
        }


def plot_cases(
    cases: Mapping[str, DetectedSlice],
    made: Mapping[str, tuple[str, np.ndarray, np.ndarray]],
    limit: float,
) -> Figure:
    """Draw a row a case.

    Args:
        cases: ``DetectedSlice`` by title.
        made: from ``kept_reconstructions``; networks alone have some.
        limit: score at which its colour is saturated.
    """
    first = next(iter(cases.values()))
    titles = [*first.images, *(["Seen", "Reconstruction"] if made else [])]
    titles += ["Score", "Truth", "Found"]
    size = (1.9 * len(titles) + 0.4, 2.2 * len(cases))
    figure, axes = plt.subplots(
        len(cases), len(titles), figsize=size, squeeze=False, layout="constrained"
    )
    for line, (title, case) in zip(axes, cases.items(), strict=True):
        panels = iter(line)
        for image in case.images.values():
            show_grey(next(panels), image, case.aspect)
        if made:
            for part in made.get(case.subject, ("", np.zeros((1, 1)), np.zeros((1, 1))))[1:]:
                show_grey(next(panels), part / BRIGHTEST, 1.0)
        show_score(next(panels), case.score, case.aspect, limit)
        base = next(iter(case.images.values()))
        show_labels(next(panels), base, case.truth, case.aspect)
        show_labels(next(panels), base, case.found, case.aspect)
        line[0].set_ylabel(title, fontsize=8)
    for axis, title in zip(axes[0], titles, strict=True):
        axis.set_title(title)
    return figure

"""A figure with nothing to show says so, and names of a user are never read as formulas."""

import re
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cirl.clustering.consensus import SampledLabels
from cirl.clustering.selection import SelectionRule
from cirl.imaging.quality.outliers import QualitySettings
from cirl.report.figures import style
from cirl.report.figures.consensus import consensus_matrices
from cirl.report.figures.distributions import main_features, plot_distributions
from cirl.report.figures.embeddings import EMBEDDINGS, embedding_maps, embedding_table
from cirl.report.figures.evaluation import plot_arms, plot_domains
from cirl.report.figures.evidence import silhouettes_and_null, stability_curves
from cirl.report.figures.radiomics import plot_features
from cirl.report.figures.ranking import plot_ranking
from cirl.report.figures.reliability import plot_reliability
from cirl.report.figures.style import message, save, use_style
from cirl.report.figures.training import plot_training
from cirl.study.tables.clustering import NULLS
from cirl.study.tables.segmentation import RELIABILITY

FIGURES = Path(style.__file__).parent
SWEEP = pd.DataFrame(
    {
        "algorithm": ["ward", "ward"],
        "k": [2, 3],
        "silhouette": [np.nan, 0.3],
        "stability": [np.nan, np.nan],
        "stability_seeds": [np.nan, np.nan],
        "degenerate": [True, False],
        "selected": [False, False],
    }
)
OWN = pd.DataFrame({"cost $ and $": [1.0, 2.0]}, index=["s1", "s2"])
SUBJECTS = pd.DataFrame({"cohort": ["a", "b"]}, index=OWN.index)
SCORES = pd.DataFrame({"subject": ["s1"], "arm": ["a"], "region": ["WT"], "dice": [0.5]})
PARTITIONS = {"all": pd.Series(["all"], index=["s1"])}
RANKS = pd.DataFrame({"region": ["WT"], "arm": ["a"], "rank": [1.0], "tau": [1.0]})
NONE_SAMPLED = SampledLabels(["ward"], [2, 3], np.zeros((0, 2, 2), np.int8))

EMPTY: dict[str, tuple[Callable[[], Figure], str]] = {
    "no clustering": (lambda: silhouettes_and_null(SWEEP[:0], NULLS.empty()), "no clustering"),
    "no stability": (lambda: stability_curves(SWEEP[:0], SelectionRule()), "no clustering"),
    "no consensus": (lambda: consensus_matrices(SWEEP, NONE_SAMPLED, []), "no clustering"),
    "own names": (lambda: plot_features(OWN, None, None, []), "None of the features"),
    "own names, cohorts": (lambda: plot_features(OWN, SUBJECTS, "WT", []), "None of the features"),
    "no main feature": (
        lambda: plot_distributions(
            OWN, SUBJECTS["cohort"], main_features(["WT"], ["t1c"]), QualitySettings()
        ),
        "None of the main features",
    ),
    "no region": (lambda: plot_arms(SCORES, ["a"], ["TC"]), "None of the regions"),
    "no region by domain": (
        lambda: plot_domains(SCORES, PARTITIONS, ["a"], ["TC"]),
        "None of the regions",
    ),
    "no rank": (lambda: plot_ranking(RANKS, ["TC"]), "None of the regions"),
    "no probability": (
        lambda: plot_reliability(RELIABILITY.empty().assign(arm=[]), ["a"], ["WT"]),
        "No probability",
    ),
}


@pytest.fixture(autouse=True)
def look():
    """The look of the reports' figures."""
    use_style()
    yield
    plt.close("all")


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axis in figure.axes for text in axis.texts]


@pytest.mark.parametrize("name", EMPTY)
def test_a_figure_without_panels_is_a_sentence(name: str, tmp_path) -> None:
    draw, said = EMPTY[name]
    figure = draw()
    assert said in " ".join(texts(figure)) and len(figure.axes) == 1
    save(figure, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_without_draws_silhouettes_stand_alone() -> None:
    figure = silhouettes_and_null(SWEEP, NULLS.read_all([]))
    lines = figure.axes[0].lines
    np.testing.assert_array_equal(lines[0].get_ydata(), [np.nan, 0.3])
    assert not any(len(line.get_ydata()) for line in lines if line.get_color() == "0.5")


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("dimensions", [1, 2, 6])
def test_few_subjects_and_features_have_a_map(count: int, dimensions: int) -> None:
    names = [f"s{number}" for number in range(count)]
    values = np.random.default_rng(count).standard_normal((count, dimensions))
    table = embedding_table(values, names, seed=0)
    points = table[[f"{method}_{axis}" for method in EMBEDDINGS for axis in "xy"]]
    assert np.isfinite(points.to_numpy()).all() and len(table) == count
    figure = embedding_maps(table, {"all": pd.Series("x", index=names)})
    assert len(figure.axes) == len(EMBEDDINGS)


def test_equal_subjects_have_a_map() -> None:
    table = embedding_table(np.ones((6, 3)), list("abcdef"), seed=0)
    assert np.isfinite(table.drop(columns="subject").to_numpy()).all()


def test_more_arms_than_colours_are_all_drawn() -> None:
    epochs = {"seed": 0, "fold": 0, "epoch": [0, 1], "train_segmentation_loss": [1.0, 0.5]}
    history = pd.concat([pd.DataFrame({"arm": f"a{number}", **epochs}) for number in range(12)])
    labels = plot_training(history).axes[0].get_legend_handles_labels()[1]
    assert labels == [f"a{number}" for number in range(12)]


FORMULAS = ["$\\frac{$", "a$_$b", "cost $5 to $9", "\\alpha", "$$", "x_{1}^2"]


@pytest.mark.parametrize("name", FORMULAS)
def test_dollar_signs_in_names_are_drawn_as_they_are(name: str, tmp_path) -> None:
    measured = pd.DataFrame({"original_shape_Flatness": [1.0, 2.0]}, index=["s1", "s2"])
    cohorts = pd.DataFrame({"cohort": [name, "b"]}, index=measured.index)
    figure = plot_features(measured, cohorts, None, [])
    save(figure, tmp_path / "a.png")
    labels = figure.axes[0].get_xticklabels()
    assert name.replace("_", " ") in [label.get_text() for label in labels]
    assert not any(label.get_parse_math() for label in labels)
    save(message(name), tmp_path / "b.png")


@pytest.mark.parametrize("path", sorted(FIGURES.glob("*.py")), ids=lambda path: path.stem)
def test_each_logarithmic_axis_is_labelled_without_formulas(path: Path) -> None:
    """Its own labels are formulas, which would stand there as they are written."""
    text = path.read_text()
    if re.search(r"""scale(=|\()"(sym)?log\"""", text):
        assert "plain_powers(" in text or "minorticks_off()" in text


def test_a_logarithmic_axis_has_plain_numbers() -> None:
    measured = pd.DataFrame(
        {"WT_original_shape_VoxelVolume": [1e3, 1e4, 1e5]}, index=["s1", "s2", "s3"]
    )
    cohorts = pd.Series("a", index=measured.index)
    figure = plot_distributions(measured, cohorts, main_features(["WT"], []), QualitySettings())
    figure.canvas.draw()
    shown = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert "10" in shown and not any("$" in label for label in shown)

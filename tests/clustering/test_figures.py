"""The figures draw what the tables say."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.slices import Examples
from cirl.clustering.tables import assignment_table, latent_table
from cirl.figures.clustering import (
    cluster_sizes,
    reconstructions,
    silhouette_curves,
    training_curves,
)
from cirl.figures.embeddings import latent_maps
from cirl.figures.style import save

SUBJECTS = [f"c_p{number}" for number in range(10)]


@pytest.fixture
def assignment(tmp_path):
    """Seven subjects in the first cluster, two in the second, one without features."""
    folder = tmp_path / "vdec"
    folder.mkdir()
    table = assignment_table(SUBJECTS, np.array([0] * 7 + [1] * 2 + [2]), np.full(10, 0.9))
    table.loc[9, ["confidence", "status"]] = [np.nan, "missing"]
    table.to_csv(folder / "k2.csv", index=False)
    return folder / "k2.csv"


def test_degenerate_clusterings_are_crosses():
    sweep = pd.DataFrame(
        {
            "algorithm": ["ward"] * 3,
            "k": [2, 3, 4],
            "silhouette": [0.8, 0.3, 0.2],
            "silhouette_common": [0.7, 0.2, 0.1],
            "degenerate": [True, False, False],
        }
    )
    axis = silhouette_curves(sweep).axes[0]
    drawn = {line.get_marker(): list(line.get_ydata()) for line in axis.lines[:3]}
    assert drawn["x"] == [0.8] and drawn["o"] == [0.3, 0.2]


def test_bars_are_shares_of_all_subjects(assignment):
    bars = cluster_sizes([assignment]).axes[0].patches
    np.testing.assert_allclose([bar.get_height() for bar in bars], [0.7, 0.2, 0.1])
    assert bars[2].get_hatch() == "//"


def test_latent_maps_colour_the_same_points_by_each_domain(assignment, tmp_path):
    latents = np.random.default_rng(0).normal(size=(10, 5))
    latent_table(SUBJECTS, latents).to_csv(tmp_path / "k2_latents.csv", index=False)
    domains = pd.DataFrame({"scanner": ["a"] * 6 + ["b"] * 3 + [None]}, index=SUBJECTS)
    figure = latent_maps([tmp_path / "k2_latents.csv"], [assignment], domains, seed=1)
    by_cluster, by_scanner = figure.axes
    assert [len(points.get_offsets()) for points in by_cluster.collections] == [7, 2]
    assert [len(points.get_offsets()) for points in by_scanner.collections] == [6, 3]
    save(figure, tmp_path / "latent.png")
    assert (tmp_path / "latent.png").stat().st_size > 5000


def test_reconstructions_stand_below_their_inputs():
    inputs = np.zeros((2, 3, 16, 16))
    examples = Examples(SUBJECTS[:2], ["t1n", "t1c", "t2f"], [True, False], inputs, inputs + 0.5)
    axes = np.array(reconstructions(examples).axes).reshape(6, 2)
    shown = [[axis.images[0].get_array().mean() for axis in row] for row in axes]
    np.testing.assert_array_equal(shown, [[0, 0], [0.5, 0.5]] * 3)
    assert axes[0, 0].get_title() == "c_p0\nnot trained on"


def test_training_curves_have_a_line_a_k(tmp_path):
    pretraining = pd.DataFrame({"epoch": [0, 1], "loss": [3, 2], "validation_loss": [4, 3]})
    pretraining.to_csv(tmp_path / "pretrained_history.csv", index=False)
    for k in (2, 3):
        columns = {"epoch": [0], "reconstruction": [0.1], "divergence": [0.2], "changed": [0]}
        pd.DataFrame(columns).to_csv(tmp_path / f"k{k}_history.csv", index=False)
    histories = [tmp_path / "k2_history.csv", tmp_path / "k3_history.csv"]
    figure = training_curves(tmp_path / "pretrained_history.csv", histories)
    assert [line.get_label() for line in figure.axes[1].lines] == ["k = 2", "k = 3"]

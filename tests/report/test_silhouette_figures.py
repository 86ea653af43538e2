"""The figures draw what the tables say."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.assignments import assignment_table, latent_table
from cirl.report.figures.clustering import cluster_sizes, silhouette_curves
from cirl.report.figures.embeddings import latent_maps
from cirl.report.figures.style import save

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

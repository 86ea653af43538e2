"""Cards, silhouettes and maps draw what the tables say."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_samples

from cirl.clustering.effects import effect_table
from cirl.clustering.profiles import Profile
from cirl.clustering.sweep import Labeling
from cirl.report.figures.cards import UNSUPPORTED, cards, short_name
from cirl.report.figures.embeddings import EMBEDDINGS, embedding_maps, embedding_table
from cirl.report.figures.silhouettes import silhouette_plots
from cirl.report.figures.style import save
from cirl.report.figures.thumbnails import Thumbnail

INDEX = pd.Index([f"c_p{number:02d}" for number in range(30)], name="subject")
LABELS = np.repeat([0, 1, 2], [15, 10, 5])


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """Three tight groups, far apart."""
    random = np.random.default_rng(0)
    return 20 * random.normal(size=(3, 5))[LABELS] + random.normal(size=(30, 5))


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def labeling(k: int, latents: np.ndarray | None = None) -> Labeling:
    return Labeling("kmeans", k, pd.Series(np.minimum(LABELS, k - 1), index=INDEX), latents)


def test_silhouettes_are_scikit_learns_by_falling_value_in_each_cluster(values) -> None:
    figure = silhouette_plots([labeling(2), labeling(3, values[:, :2])], values, {3: "selected"})
    first, second = figure.axes[:2]
    assert (first.get_title(), second.get_title()) == ("k = 2", "k = 3, selected")
    for axis, labels, space in (
        (first, np.minimum(LABELS, 1), values),
        (second, LABELS, values[:, :2]),
    ):
        samples = silhouette_samples(space, labels)
        expected = [np.sort(samples[labels == number])[::-1] for number in np.unique(labels)]
        drawn = [bar.get_width() for bar in axis.patches]
        np.testing.assert_allclose(drawn, np.concatenate(expected))
        assert axis.texts[-1].get_text() == f"mean {samples.mean():.2f}"


def test_maps_keep_groups_together_and_are_made_again_equal(values) -> None:
    # The smallest group has fewer members than a subject has neighbours in these maps.
    large, names, groups = values[:25], list(INDEX[:25]), LABELS[:25]
    table = embedding_table(large, names, seed=4)
    for method in EMBEDDINGS:
        points = table[[f"{method}_x", f"{method}_y"]].to_numpy()
        distances = np.linalg.norm(points[:, None] - points[None], axis=2)
        np.fill_diagonal(distances, np.inf)
        assert (groups[distances.argmin(axis=1)] == groups).all()
    pd.testing.assert_frame_equal(table, embedding_table(large, names, seed=4))


def test_maps_colour_every_subject_and_grey_those_without(values, tmp_path) -> None:
    table = embedding_table(values, list(INDEX), seed=4)
    site = pd.Series(["x"] * 10 + ["y"] * 15, index=INDEX[:25])
    clusters = pd.Series(LABELS, index=INDEX)
    figure = embedding_maps(table, {"k-means, k = 3": clusters, "site": site})
    sizes = [[len(points.get_offsets()) for points in axis.collections] for axis in figure.axes]
    assert sizes == [[15, 10, 5], [5, 10, 15]] * 2
    assert [axis.get_title() for axis in figure.axes[:2]] == ["k-means, k = 3", "site"]
    save(figure, tmp_path / "maps.png")
    assert (tmp_path / "maps.png").stat().st_size > 5000


def profile(cluster: int, supported: bool) -> Profile:
    members = tuple(INDEX[cluster == LABELS])
    mixes = {"site": {"x": 1, "y": len(members) - 1}}
    share = len(members) / 30
    volumes = (1.0, 2.0 + cluster, 9.0)
    return Profile("kmeans", 3, cluster, supported, members, share, members, volumes, mixes)


def test_a_card_says_size_volume_mix_and_the_largest_effects(values, tmp_path) -> None:
    names = [f"t1c_WT_original_glcm_F{number}" for number in range(5)]
    features = pd.DataFrame(values, index=INDEX, columns=names)
    effects = {3: effect_table(features, pd.Series(LABELS, index=INDEX))}
    image = np.zeros((8, 8))
    pictures = {name: Thumbnail(name, image, image, 1.0) for name in INDEX[::2]}
    figure = cards([profile(0, True), profile(2, False)], effects, pictures)
    selected, other = figure.subfigs
    texts = [text.get_text() for text in selected.axes[0].texts]
    assert texts[0] == "Cluster 0" and texts[1] == "k = 3, selected"
    assert texts[2] == "15 subjects (50%)" and "2.0 ml" in texts[3]
    assert UNSUPPORTED in other.axes[0].texts[1].get_text()
    bars = [bar.get_width() for bar in selected.axes[1].patches]
    np.testing.assert_allclose(bars, [1 / 15, 14 / 15])
    shown = [axis.get_title() for axis in selected.axes[2:5] if axis.images]
    assert shown == ["c_p00", "c_p02"]
    own = effects[3].query("cluster == '0'")
    drawn = [bar.get_width() for bar in selected.axes[-1].patches]
    np.testing.assert_allclose(drawn, own["effect"])
    names = [label.get_text() for label in selected.axes[-1].get_yticklabels()]
    assert names == [short_name(name) for name in own["feature"]]
    save(figure, tmp_path / "cards.png")


def test_without_a_clustering_the_card_says_so() -> None:
    (axis,) = cards([], {}, {}).axes
    assert "names none to describe" in axis.texts[0].get_text()


def test_features_are_named_without_what_is_the_same_for_all() -> None:
    assert short_name("t1c_WT_original_glcm_Contrast") == "t1c WT glcm Contrast"
    assert short_name("original_shape_Flatness") == "shape Flatness"

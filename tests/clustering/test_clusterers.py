"""Every clusterer finds planted clusters, under one contract."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering, SpectralClustering
from sklearn.metrics import adjusted_rand_score

from cirl.clustering.clusterers import build_clusterer, cluster_path
from cirl.clustering.linkage import cut, read_linkage, save_linkage, ward_linkage
from cirl.clustering.numbering import by_size, margin, size_order
from cirl.configuration.registries.clusterers import CLUSTERERS

VARIANTS = {name: (name, {}) for name in CLUSTERERS} | {
    "gmm, diagonal": ("gmm", {"covariance": "diag"}),
    "spectral": ("spectral", {"neighbours": 8}),
    "spectral, kernel": ("spectral", {"affinity": "rbf"}),
}


@pytest.fixture(params=VARIANTS)
def clusterer(request):
    algorithm, settings = VARIANTS[request.param]
    return build_clusterer(algorithm, 3, seed=5, settings=settings)


def test_finds_planted_clusters(clusterer, planted_features, planted_labels):
    clusterer.fit(planted_features)
    assert adjusted_rand_score(planted_labels, clusterer.labels_) > 0.95
    assert np.bincount(clusterer.labels_).tolist() == [24, 14, 10]
    assert clusterer.confidences_.shape == (48,)
    assert (clusterer.confidences_ > 1 / 3).all() and (clusterer.confidences_ <= 1).all()


def test_fits_the_same_again_from_its_parameters(clusterer, planted_features):
    noise = np.random.default_rng(0).normal(size=planted_features.shape)
    first = clusterer.fit(noise)
    second = clone(clusterer).fit(noise)
    np.testing.assert_array_equal(first.labels_, second.labels_)
    np.testing.assert_array_equal(first.confidences_, second.confidences_)


def test_predicts_the_fitted_subjects_as_fitted(clusterer, planted_features):
    clusterer.fit(planted_features)
    labels, confidences = clusterer.predict(planted_features)
    np.testing.assert_array_equal(labels, clusterer.labels_)
    if type(clusterer).__name__ != "Spectral":  # its confidence is that of its graph
        np.testing.assert_allclose(confidences, clusterer.confidences_, atol=1e-12)


def test_predicts_new_subjects_with_the_numbers_of_the_fit(clusterer, planted_labels):
    random = np.random.default_rng(2)
    centres = random.normal(size=(3, 6)) * 6
    clusterer.fit(centres[planted_labels] + random.normal(size=(48, 6)))
    labels, confidences = clusterer.predict(centres)
    assert labels.tolist() == [0, 1, 2]
    assert (confidences > 0.5).all() and (confidences <= 1).all()
    between = clusterer.predict((centres[:1] + centres[1:2]) / 2)[1]
    assert between[0] < confidences.min()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("subjects", [12, 60])
def test_path_has_the_labels_of_each_fit(variant, subjects):
    algorithm, settings = VARIANTS[variant]
    values = np.random.default_rng(4).normal(size=(subjects, 4))
    ks = (2, 3, 7, 11)  # the last needs more eigenvectors than the others share
    path = cluster_path(algorithm, values, ks, 9, settings)
    for k in ks:
        alone = build_clusterer(algorithm, k, 9, settings).fit(values).labels_
        np.testing.assert_array_equal(path[k], alone)


@pytest.mark.filterwarnings("ignore:Graph is not fully connected")
@pytest.mark.parametrize("affinity", ["nearest_neighbors", "rbf"])
def test_spectral_clusters_are_scikit_learns(affinity, planted_features):
    values = planted_features + np.random.default_rng(8).normal(size=planted_features.shape)
    gamma = 0.02
    expected = SpectralClustering(3, affinity=affinity, n_neighbors=10, gamma=gamma, random_state=1)
    settings = {"affinity": affinity, "gamma": gamma}
    found = build_clusterer("spectral", 3, 1, settings).fit(values)
    assert adjusted_rand_score(expected.fit_predict(values), found.labels_) == 1


def test_mixture_component_without_a_subject_leaves_the_others_numbered():
    order = size_order(np.array([2, 2, 0, 2]), 4)
    assert order.tolist() == [2, 0, 1, 3]


def test_seed_of_an_algorithm_and_k_does_not_depend_on_others():
    seeds = {build_clusterer(name, k, 7, {}).seed for name in CLUSTERERS for k in (2, 3)}
    assert len(seeds) == 2 * len(CLUSTERERS)
    assert build_clusterer("kmeans", 2, 7, {}).seed == build_clusterer("kmeans", 2, 7, {}).seed


@pytest.mark.parametrize("k", range(2, 11))
def test_every_cut_of_one_linkage_equals_scikit_learns_ward(k):
    values = np.random.default_rng(k).normal(size=(120, 5))
    expected = AgglomerativeClustering(k, linkage="ward").fit_predict(values)
    assert adjusted_rand_score(expected, cut(ward_linkage(values), k)) == 1


def test_cut_gives_k_clusters_where_merges_are_equally_high():
    corners = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    assert [np.unique(cut(ward_linkage(corners), k)).size for k in (1, 2, 3, 4)] == [1, 2, 3, 4]


def test_linkage_survives_its_file(tmp_path):
    merges = ward_linkage(np.random.default_rng(0).normal(size=(30, 4)))
    save_linkage(merges, tmp_path / "linkage.csv")
    np.testing.assert_array_equal(read_linkage(tmp_path / "linkage.csv"), merges)


def test_given_linkage_is_used_instead_of_the_values():
    values = np.array([[0.0], [0.1], [5.0], [5.1]])
    other = ward_linkage(np.array([[0.0], [5.0], [0.1], [5.1]]))
    labels = build_clusterer("ward", 2, 0, {"linkage": other}).fit(values).labels_
    assert labels.tolist() == [0, 1, 0, 1]


def test_clusters_are_numbered_by_size_then_first_member():
    assert by_size(np.array([7, 3, 3, 5, 5, 1])).tolist() == [2, 0, 0, 1, 1, 3]


def test_margin_is_one_at_the_mean_and_zero_on_the_border():
    values = np.array([[-1.0], [1.0], [0.0], [9.0], [11.0], [5.0], [15.0]])
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    found = margin(values, labels)
    np.testing.assert_allclose(found, [1 - 1 / 11, 1 - 1 / 9, 1, 0.8889, 0.9091, 0, 2 / 3], 1e-4)


def test_gmm_has_scikit_learns_bic(planted_features):
    right = build_clusterer("gmm", 3, 0, {"covariance": "diag"}).fit(planted_features).bic_
    wrong = build_clusterer("gmm", 2, 0, {"covariance": "diag"}).fit(planted_features).bic_
    assert right < wrong - 10

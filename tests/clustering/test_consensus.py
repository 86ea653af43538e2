"""How often two subjects fall together, over the subsamples that have both."""

import numpy as np

from cirl.clustering.consensus import SampledLabels, co_clustering, load_labels, save_labels

LABELS = np.array([[0, 0, 1, -1], [0, 1, 1, -1], [-1, 0, 0, 1], [2, 0, -1, -1]])


def test_counts_only_subsamples_that_have_both():
    expected = [
        [1, 1 / 3, 0, np.nan],
        [1 / 3, 1, 2 / 3, 0],
        [0, 2 / 3, 1, 0],
        [np.nan, 0, 0, 1],
    ]
    np.testing.assert_allclose(co_clustering(LABELS), expected, atol=1e-6)


def test_labels_survive_their_files_in_parts(tmp_path):
    labels = np.stack([LABELS, LABELS[:, ::-1]], axis=1).astype(np.int8)
    for part in (0, 1):
        piece = SampledLabels(["ward", "gmm"], [2, 3], labels[2 * part : 2 * part + 2])
        save_labels(piece, tmp_path / f"{part}.npz")
    found = load_labels([tmp_path / "0.npz", tmp_path / "1.npz"])
    np.testing.assert_array_equal(found.of("ward", 2), LABELS)
    np.testing.assert_array_equal(found.of("gmm", 3), LABELS[:, ::-1])

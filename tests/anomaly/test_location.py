"""Healthy tissue by its place: distances by hand, and tissue that is bright where it belongs."""

import numpy as np
import pytest
from anomaly_scans import ball_scan

from cirl.anomaly.location import Location
from cirl.anomaly.scans import Scan
from cirl.anomaly.threshold import Threshold

CONTRASTS = ("t1c", "t2f")


def one_cell(values: np.ndarray) -> Scan:
    """A scan of two contrasts whose voxels stand in a row."""
    image = np.asarray(values, np.float32).T.reshape(2, -1, 1, 1)
    brain = np.ones(image.shape[1:], bool)
    return Scan("a_1", image, brain, np.zeros_like(brain), (1, 1, 1))


def test_a_distance_is_mahalanobis_with_the_sign_of_flair() -> None:
    random = np.random.default_rng(0)
    healthy = random.multivariate_normal([1, 2], [[0.5, 0.2], [0.2, 0.3]], 4000)
    detector = Location(CONTRASTS, box=(1, 1, 1), smoothing=0, ridge=0.05)
    detector.fit([one_cell(healthy)], "all")
    asked = np.array([[1.0, 2.0], [2.0, 3.0], [1.0, 0.5]])
    scores = detector.score(one_cell(asked))
    covariance = np.cov(healthy.T, bias=True) + 0.05 * np.eye(2)
    off = asked - healthy.mean(axis=0)
    expected = np.sqrt(np.einsum("vi,ij,vj->v", off, np.linalg.inv(covariance), off))
    expected *= np.sign(off[:, 1])
    np.testing.assert_allclose(scores["distance"].ravel(), expected, rtol=1e-4)
    deviation = off[:, 0] / np.sqrt(covariance[0, 0])
    np.testing.assert_allclose(scores["deviation_t1c"].ravel(), deviation, rtol=1e-4, atol=1e-6)


def test_hemispheres_are_one() -> None:
    """What was only seen on one side is expected on the other."""
    scan = ball_scan(1)
    left = Scan("a_l", scan.image.copy(), scan.brain, scan.tumour, scan.spacing)
    left.image[1, :10] += np.where(scan.brain[:10], 1, 0)
    right = Scan("a_r", left.image[:, ::-1], scan.brain[::-1], scan.tumour, scan.spacing)
    first, second = Location(CONTRASTS, (8, 8, 8)), Location(CONTRASTS, (8, 8, 8))
    first.fit([left], "all")
    second.fit([right], "all")
    np.testing.assert_allclose(first.mean, second.mean)
    np.testing.assert_allclose(first.inverse, second.inverse)


def test_it_finds_what_a_threshold_cannot_tell_from_tissue_that_belongs_there() -> None:
    detector = Location(CONTRASTS, (8, 8, 8), smoothing=0.7)
    detector.fit([ball_scan(number) for number in range(6)], "tumour_free")
    scan = ball_scan(99, tumour=True)
    inside, truth = scan.scored, scan.tumour[scan.scored]
    flair = Scan(scan.subject, scan.image[1:], scan.brain, scan.tumour, scan.spacing)

    def found(scores: np.ndarray) -> float:
        return float(truth[np.argsort(-scores[inside])[: truth.sum()]].mean())

    assert found(detector.score(scan)["distance"]) > 0.8
    assert found(Threshold(["t2f"]).score(flair)["zscore"]) < 0.4


def test_a_state_gives_the_same_scores_back() -> None:
    detector, other = Location(CONTRASTS, (4, 4, 4)), Location(CONTRASTS, (4, 4, 4))
    detector.fit([ball_scan(1)], "all")
    other.load_state(detector.state())
    scan = ball_scan(2)
    for kind, scores in detector.score(scan).items():
        np.testing.assert_array_equal(other.score(scan)[kind], scores)


def test_nothing_healthy_to_learn_from_is_refused() -> None:
    with pytest.raises(ValueError, match="no healthy voxel to learn from; see train_on"):
        Location(CONTRASTS).fit([], "all")


def test_a_threshold_s_scores_are_z_and_the_share_that_is_darker() -> None:
    values = np.array([[0, 1.0], [0, 3.0], [0, 2.0], [0, 2.0]])
    scan = one_cell(values)
    flair = Scan("a_1", scan.image[1:], scan.brain, scan.tumour, scan.spacing)
    scores = Threshold(["t2f"]).score(flair)
    np.testing.assert_allclose(scores["zscore"].ravel() * np.sqrt(0.5), [-1, 1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(scores["equalised"].ravel(), [0.25, 1, 0.625, 0.625])

"""What detectors see, and what they may learn from."""

import numpy as np
from anomaly_scans import ball_scan

from cirl.anomaly.scans import learnt_from, to_scan


def test_the_mean_is_one_and_the_background_nothing() -> None:
    image = np.zeros((1, 5, 5, 5))
    image[0, 1:4, 1:4, 1:4] = 1e-9
    image[0, 1, 1, 1:4] = [-9, 3, 40]
    scan = to_scan("a_1", image, np.zeros((5, 5, 5)), [1, 2, 3])
    np.testing.assert_allclose(scan.image[0, 1, 1, 1:4], [0, 2, 3])
    np.testing.assert_allclose(scan.image[0, 2, 2, 2], 1)
    assert not scan.image[0, 0].any() and scan.brain.sum() == 27
    # A voxel is taken off all around.
    assert np.argwhere(scan.scored).tolist() == [[2, 2, 2]]
    assert scan.spacing == (1.0, 2.0, 3.0)


def test_what_is_learnt_from_holds_no_tumour_unless_all_is_asked_for() -> None:
    scan = ball_scan(1, tumour=True)
    slices = scan.tumour.any(axis=(0, 1))
    assert 0 < slices.sum() < 20
    whole, free, voxels = (learnt_from(scan, how) for how in ("all", "tumour_free", "voxels"))
    np.testing.assert_array_equal(whole, scan.brain)
    np.testing.assert_array_equal(free, scan.brain & ~slices)
    np.testing.assert_array_equal(voxels, scan.brain & ~scan.tumour)

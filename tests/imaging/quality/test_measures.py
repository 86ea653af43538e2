"""Numbers of one subject against what they must be for boxes of known size."""

import numpy as np
import pytest

from cirl.imaging.quality.measures import measure_quality

SHAPE = (20, 20, 20)


def subject() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """A brain of 16 x 16 x 16 voxels with intensities 0 to 100, a tumour of 4 x 4 x 4 in it."""
    brain = np.zeros(SHAPE, bool)
    brain[2:18, 2:18, 2:18] = True
    label = np.zeros(SHAPE, np.uint8)
    label[6:10, 6:10, 6:10] = 2
    values = np.zeros(SHAPE, np.float32)
    values[brain] = np.linspace(0, 100, brain.sum(), dtype=np.float32)
    return {"t2f": values}, label, brain


def test_volumes_and_quantiles_are_exact() -> None:
    volumes, label, brain = subject()
    found = measure_quality(volumes, label, brain, voxel_ml=0.008)
    assert found["brain_ml"] == pytest.approx(16**3 * 0.008)
    assert found["tumour_ml"] == pytest.approx(64 * 0.008)
    assert (found["pieces"], found["largest_piece"], found["outside_brain"]) == (1, 1.0, 0.0)
    assert found["missing"] == ["NCR", "ET"]
    around = volumes["t2f"][brain & (label == 0)]
    expected = np.percentile(around, [1, 50, 99])
    assert found["contrasts"]["t2f"]["quantiles"] == pytest.approx(expected, rel=1e-6)
    inside = np.median(volumes["t2f"][6:10, 6:10, 6:10])
    assert found["contrasts"]["t2f"]["tumour"] == inside


def test_the_tumour_does_not_change_the_quantiles_around_it() -> None:
    volumes, label, brain = subject()
    before = measure_quality(volumes, label, brain, 1.0)["contrasts"]["t2f"]
    volumes["t2f"][label > 0] = 5000
    after = measure_quality(volumes, label, brain, 1.0)["contrasts"]["t2f"]
    assert after["quantiles"] == before["quantiles"] and after["tumour"] == 5000
    everywhere = measure_quality(volumes, brain.astype(np.uint8), brain, 1.0)["contrasts"]["t2f"]
    assert everywhere["quantiles"][0] == pytest.approx(np.percentile(volumes["t2f"][brain], 1))


def test_pieces_are_counted_whatever_their_labels_and_touching_corners_join() -> None:
    volumes, label, brain = subject()
    label[10, 10, 10] = 3  # at the corner of the tumour: the same piece
    label[14:16, 14, 14] = 1  # two voxels apart from it
    found = measure_quality(volumes, label, brain, 1.0)
    assert found["pieces"] == 2
    assert found["largest_piece"] == pytest.approx(65 / 67)
    assert found["missing"] == []


def test_the_tumour_outside_the_brain_is_a_share() -> None:
    volumes, label, brain = subject()
    brain[6:7] = False  # a quarter of the tumour's four layers
    assert measure_quality(volumes, label, brain, 1.0)["outside_brain"] == pytest.approx(0.25)


def test_a_subject_without_tumour_has_no_share_and_no_median() -> None:
    volumes, label, brain = subject()
    found = measure_quality(volumes, np.zeros_like(label), brain, 1.0)
    assert (found["tumour_ml"], found["pieces"]) == (0.0, 0)
    assert found["largest_piece"] is None and found["outside_brain"] is None
    assert found["contrasts"]["t2f"]["tumour"] is None
    assert found["missing"] == ["NCR", "ED", "ET"]


@pytest.mark.parametrize("filler", [0.0, -9.0, 55.5])
@pytest.mark.parametrize("layers", [0, 1, 6, 13])
def test_what_a_contrast_covers_is_a_share_of_the_brain(layers: int, filler: float) -> None:
    """Whatever value lies where it was not measured, in which layers so ever."""
    volumes, label, brain = subject()
    volumes["t2f"][:, :, 2 : 2 + layers] = filler
    volumes["t1n"] = np.where(brain, np.arange(brain.size).reshape(SHAPE), 0)
    found = measure_quality(volumes, label, brain, 1.0)["contrasts"]
    # Where nothing is missing the commonest value is in one voxel; the linear values are all apart.
    expected = 1 - layers / 16 if layers else 1 - 1 / 16**3
    assert found["t2f"]["coverage"] == pytest.approx(expected, abs=1.1 / 16**3)
    assert found["t1n"]["coverage"] == pytest.approx(1 - 1 / 16**3)

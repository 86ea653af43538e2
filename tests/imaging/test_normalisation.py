"""Intensity scales: robust z-scores, and percentiles mapped to a standard scale."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirl.imaging.normalisation import (
    Scale,
    landmarks,
    learn_standard_scale,
    match,
    read_standard_scale,
    scale_table,
    zscore,
)
from cirl.study.tables.cohort import LANDMARKS

PERCENTILES = (1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99)
STANDARD = (-2.1, -1.4, -0.9, -0.5, -0.1, 0.2, 0.4, 0.6, 0.8, 1.1, 1.9)


def test_zscore_is_robust_to_a_few_bright_voxels() -> None:
    voxels = np.random.default_rng(0).normal(100, 10, (20, 20, 20)).astype(np.float32)
    brain = np.ones(voxels.shape, bool)
    _, plain = zscore(voxels, brain, (0.5, 99.5))
    voxels[0, 0, :10] = 90_000
    _, spoilt = zscore(voxels, brain, (0.5, 99.5))
    assert spoilt["location"] == pytest.approx(plain["location"], abs=0.3)
    assert spoilt["scale"] == pytest.approx(plain["scale"], rel=0.03)


def test_zscore_leaves_nothing_beside_the_brain() -> None:
    voxels = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    brain = voxels < 4
    scaled, record = zscore(voxels, brain, (0, 100))
    deviation = np.std([0, 1, 2, 3])
    assert record == {"location": 1.5, "scale": pytest.approx(deviation)}
    expected = [(value - 1.5) / deviation for value in range(4)] + [0] * 4
    assert scaled.ravel() == pytest.approx(expected)


@st.composite
def brains(draw: st.DrawFn) -> np.ndarray:
    """Intensities of a brain, skewed to either side, of any unit."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    count, unit = draw(st.integers(50, 900)), draw(st.floats(0.01, 500))
    values = unit * rng.gamma(draw(st.floats(1, 20)), size=count)
    return (draw(st.sampled_from([-1, 1])) * values).astype(np.float32)


class TestMatching:
    @settings(max_examples=100, deadline=None)
    @given(brains())
    def test_landmarks_come_to_lie_on_the_standard_scale(self, voxels: np.ndarray) -> None:
        brain = np.ones(voxels.shape, bool)
        matched = match(voxels, landmarks(voxels, brain, PERCENTILES), STANDARD, brain)
        assert landmarks(matched, brain, PERCENTILES) == pytest.approx(STANDARD, abs=1e-5)

    @settings(max_examples=50, deadline=None)
    @given(brains())
    def test_the_order_of_intensities_stays(self, voxels: np.ndarray) -> None:
        brain = np.ones(voxels.shape, bool)
        matched = match(voxels, landmarks(voxels, brain, PERCENTILES), STANDARD, brain)
        assert (np.diff(matched[np.argsort(voxels, kind="stable")]) >= -1e-4).all()

    @settings(max_examples=50, deadline=None)
    @given(brains(), st.floats(0.1, 10), st.floats(-500, 500))
    def test_a_scanners_gain_and_offset_make_no_difference(
        self, voxels: np.ndarray, gain: float, offset: float
    ) -> None:
        brain = np.ones(voxels.shape, bool)
        wide = voxels.astype(np.float64)
        one, other = (
            match(found, landmarks(found, brain, PERCENTILES), STANDARD, brain)
            for found in (wide, gain * wide + offset)
        )
        assert one == pytest.approx(other, rel=1e-4, abs=1e-4)

    def test_the_ends_go_on_as_the_outer_segments(self) -> None:
        voxels = np.array([-1.0, 0, 1, 2, 4, 6], dtype=np.float32)
        matched = match(voxels, (0, 2, 4), (0, 1, 5), voxels > -9)
        # Slopes: 1 / 2 up to the second landmark, 2 from there.
        assert matched.tolist() == [-0.5, 0, 0.5, 1, 5, 9]

    def test_landmarks_that_coincide_are_mapped_to_their_mean(self) -> None:
        voxels = np.array([0, 0, 0, 10, 20], dtype=np.float32)
        matched = match(voxels, (0, 0, 10, 20), (-2, -1, 0, 1), voxels > -9)
        assert matched.tolist() == [-1.5, -1.5, -1.5, 0, 1]

    def test_what_is_not_kept_is_zero(self) -> None:
        voxels = np.array([5, 6, 7], dtype=np.float32)
        assert match(voxels, (5, 7), (1, 2), voxels > 5).tolist() == [0, 1.5, 2]


class TestLearning:
    def test_landmarks_are_averaged_between_their_ends(self) -> None:
        """Two subjects whose medians lie at a quarter and at three quarters of their range."""
        tables = [
            scale_table(Scale((0, 50, 100), {"t1n": (0, 25, 100), "t2f": (0, 1, 2)})),
            scale_table(Scale((0, 50, 100), {"t1n": (10, 25, 30), "t2f": (5, 6, 7)})),
        ]
        scale = learn_standard_scale(tables)
        # The mean is (0, 1/2, 1), which has mean 1/2 and variance 1/12.
        half = np.sqrt(12) / 2
        for contrast in ("t1n", "t2f"):
            assert scale.values[contrast] == pytest.approx((-half, 0, half))
        assert scale.percentiles == (0, 50, 100)

    def test_a_matched_normal_distribution_has_mean_0_and_deviation_1(self) -> None:
        rng = np.random.default_rng(0)
        subjects = [rng.normal(centre, spread, 50_000) for centre, spread in ((300, 40), (9, 2))]
        brain = np.ones(50_000, bool)
        own = [landmarks(voxels, brain, PERCENTILES) for voxels in subjects]
        scale = learn_standard_scale(
            [scale_table(Scale(PERCENTILES, {"t1n": found})) for found in own]
        )
        for voxels, found in zip(subjects, own, strict=True):
            matched = match(voxels, found, scale.values["t1n"], brain)
            clipped = np.clip(matched, *np.percentile(matched, (1, 99)))
            assert clipped.mean() == pytest.approx(0, abs=0.01)
            assert clipped.std() == pytest.approx(1, abs=0.03)

    def test_the_order_of_subjects_makes_no_difference(self) -> None:
        rng = np.random.default_rng(1)
        tables = [
            scale_table(Scale(PERCENTILES, {"t1n": tuple(np.sort(rng.uniform(0, 900, 11)))}))
            for _ in range(5)
        ]
        one, other = learn_standard_scale(tables), learn_standard_scale(tables[::-1])
        assert one.values["t1n"] == pytest.approx(other.values["t1n"], abs=1e-12)

    def test_subjects_without_landmarks_teach_nothing(self) -> None:
        own = scale_table(Scale((0, 50, 100), {"t1n": (0, 25, 100)}))
        nothing = scale_table(Scale((0, 50, 100), {}))
        assert learn_standard_scale([nothing, own]) == learn_standard_scale([own])
        with pytest.raises(ValueError, match="landmarks of 0 sets of percentiles"):
            learn_standard_scale([nothing])


class TestFiles:
    def test_a_scale_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        scale = Scale((1.0, 50.0, 99.0), {"t1c": (-2.0, 0.1, 2.0), "t2f": (-1.5, 0.2, 2.5)})
        scale_table(scale).to_csv(tmp_path / "scale.csv", index=False)
        assert read_standard_scale(tmp_path / "scale.csv", ["t1c", "t2f"]) == scale

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            (pd.DataFrame({"contrast": ["t1c"]}), "no column percentile, value; expected contrast"),
            (
                pd.DataFrame([("t2f", 1, 0.0), ("t2f", 99, 1.0)], columns=LANDMARKS.names),
                "no contrast t1c; it has t2f",
            ),
            (
                pd.DataFrame([("t1c", 1, 2.0), ("t1c", 99, 1.0)], columns=LANDMARKS.names),
                "t1c: the values do not ascend",
            ),
            (
                pd.DataFrame([("t1c", 1, 2.0), ("t1c", 99, None)], columns=LANDMARKS.names),
                "t1c: the values do not ascend",
            ),
        ],
    )
    def test_what_is_no_scale_is_refused(
        self, tmp_path: Path, table: pd.DataFrame, message: str
    ) -> None:
        table.to_csv(tmp_path / "scale.csv", index=False)
        with pytest.raises(ValueError, match=message) as caught:
            read_standard_scale(tmp_path / "scale.csv", ["t1c"])
        assert str(tmp_path / "scale.csv") in str(caught.value)

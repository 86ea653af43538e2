"""Simulated organs: equal histograms, shares as drawn, and a ceiling that is known."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from cirl.phantom.kinds import participant, simulation_settings, true_shares
from cirl.phantom.organ_settings import MEAN_SHARES, ORGAN_TEXTURES, OrganSettings, draw_organ_truth
from cirl.phantom.parenchyma import ORGAN, draw_territories, draw_textures, simulate_organ
from cirl.running.seeding import generator
from cirl.study.subjects import simulated_names

SETTINGS = OrganSettings(spacing=2.0, slices=3)


def test_textures_have_one_histogram_and_differ_in_their_spectra() -> None:
    drawn = draw_textures(generator(1, "a"), (128, 128, 2), (0.625, 0.625, 5.0))
    values = np.sort(drawn.reshape(len(ORGAN_TEXTURES), -1), axis=1)
    expected = stats.norm.ppf((np.arange(values.shape[1]) + 0.5) / values.shape[1])
    assert np.allclose(values, expected)
    steps = dict(
        zip(ORGAN_TEXTURES, np.abs(np.diff(drawn, axis=1)).mean(axis=(1, 2, 3)), strict=True)
    )
    assert steps["smooth"] < 0.6 * min(steps["vessels"], steps["fat"]) < steps["speckle"]
    # Half a period of 4.5 mm away fat is the opposite of itself.
    fat = drawn[ORGAN_TEXTURES.index("fat")]
    assert np.corrcoef(fat[4:].ravel(), fat[:-4].ravel())[0, 1] < -0.2


def test_territories_have_the_shares_that_are_asked_for() -> None:
    inside = np.ones((64, 64, 4), dtype=bool)
    inside[:8] = False
    shares = np.array([0.05, 0.2, 0.3, 0.45])
    found = draw_territories(generator(3, "b"), inside, (1.25, 1.25, 5.0), shares)
    assert (found[~inside] == 0).all()
    counts = np.bincount(found[inside], minlength=5)[1:] / inside.sum()
    assert counts == pytest.approx(shares, abs=0.005)


def test_an_organ_is_its_name_s_alone_and_as_its_truth_says() -> None:
    one, again = (simulate_organ(5, "p0003", SETTINGS) for _ in range(2))
    assert np.array_equal(one.image, again.image)
    assert one.image.shape == (40, 40, 3) and one.image.dtype == np.int16
    assert np.array_equal(one.label == ORGAN, one.image > 0)
    assert np.array_equal(one.territories > 0, one.image > 0)
    counts = np.bincount(one.territories[one.territories > 0], minlength=5)[1:]
    assert counts / counts.sum() == pytest.approx(one.truth.shares, abs=0.03)
    radius = np.sqrt((one.label[..., 0] > 0).sum() * 4 / np.pi)
    assert 30 < radius < 39  # mm
    named = {"kind": "parenchyma", **vars(SETTINGS), "tumour_size": 1}
    settings = simulation_settings(named)
    assert settings == SETTINGS
    assert participant(5, "p0003", settings)["grade"] == one.truth.grade
    assert list(true_shares(5, "p0003", settings).values()) == pytest.approx(one.truth.shares)


def oracle_auc(seed: int, effect: float) -> float:
    """How well the true shares of 60 organs tell high from low grades, in ten folds."""
    settings = OrganSettings(spacing=1.25, effect=effect)
    truths = [draw_organ_truth(seed, name, settings) for name in simulated_names(60)]
    shares = np.array([truth.shares for truth in truths])
    high = np.array([truth.grade in "23" for truth in truths])
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    scores = cross_val_predict(
        LogisticRegression(C=10), shares, high, cv=folds, method="decision_function"
    )
    return float(roc_auc_score(high, scores))


def test_the_true_shares_tell_the_grade_as_well_as_is_said_and_without_effect_not() -> None:
    ceilings = [oracle_auc(seed, 1) for seed in range(2026, 2034)]
    assert 0.80 <= np.mean(ceilings) <= 0.95
    assert np.mean([oracle_auc(seed, 0) for seed in range(2026, 2034)]) == pytest.approx(
        0.5, abs=0.12
    )


def test_mean_shares_are_shares_and_only_fat_and_smooth_move_much() -> None:
    means = np.array(list(MEAN_SHARES.values()))
    assert means.sum(axis=1) == pytest.approx(1)
    assert (np.diff(means[:, ORGAN_TEXTURES.index("fat")]) > 0.05).all()

"""Tables and sentences of detectors, on subjects whose figures are known."""

import numpy as np
import pandas as pd
import pytest

from cirl.anomaly.counting import Counted
from cirl.anomaly.levels import count_levels
from cirl.evaluation.comparisons import comparison_table
from cirl.evaluation.detector_folds import slice_score_table
from cirl.evaluation.detector_sentences import beaten_sentences
from cirl.evaluation.detectors import (
    DetectorFolds,
    compared_pairs,
    comparison_of_detectors,
    conventions_table,
    healthy_table,
    summarise_detector,
)
from cirl.evaluation.spread import summary_tables
from cirl.metrics.statistics import Bootstrap
from cirl.study.tables.anomaly import DETECTOR_SUMMARY, DETECTOR_TESTS

BOOTSTRAP = Bootstrap(draws=100)


def row(model, **more):
    return {
        "model": model, "contrasts": ["t1c", "t2f"], "loss": "mse", "train_on": "tumour_free",
        "scores": ["own"], "post": "sound", "threshold": "healthy_99", **more,
    }  # fmt: skip


ROWS = {
    "flair": row("threshold"),
    "location": row("location"),
    "dae": row("dae"),
    "vae": row("vae", loss="ssim"),
}


def measured(dice, detector="dae", threshold="healthy_99", protocol="cv", seed=0):
    names = [f"s{number:02d}" for number in range(len(dice))]
    return pd.DataFrame(
        {
            "protocol": protocol, "detector": detector, "seed": seed, "fold": 0, "subject": names,
            "score": "own", "threshold": threshold, "dice": dice,
            "voxels_true": np.where(np.isnan(dice), 0, 10), "voxels_found": 10,
            "false_positive_rate": 0.01, "false_ml": 2.0,
        }
    )  # fmt: skip


def test_who_is_compared_with_whom():
    assert compared_pairs(ROWS) == [
        ("flair", "location"), ("flair", "dae"), ("flair", "vae"),
        ("location", "dae"), ("location", "vae"),
    ]  # fmt: skip


def counted():
    tumour = np.array([count_levels(np.array(own)) for own in ([4.0, 5.0], [1.0], [])])
    other = np.array([count_levels(np.array(own)) for own in ([1.0, 2.0], [2.0], [3.0, 1.0])])
    names = np.array(["s00", "s01", "s02"])
    roles, sizes = np.array(["test"] * 3), np.ones(3)
    return Counted(names, roles, sizes, tumour, other, other, np.zeros(3, int))


def test_a_summary_has_all_subjects_and_each_domain():
    folds = DetectorFolds(
        {"protocol": "cv", "detector": "dae"}, ROWS["dae"], [{"own": counted()}], 2.5, 0.9
    )
    table = measured([0.8, 0.2, np.nan])
    table = pd.concat([table, table.assign(threshold="best_on_test", dice=[0.9, 0.3, np.nan])])
    names = ["s00", "s01", "s02"]
    partitions = {
        "all": pd.Series("all", index=names),
        "scanner": pd.Series(["high", "low", "low"], index=names),
    }
    labels = {"healthy_99": "slices", "best_on_test": "test"}
    found = summarise_detector(folds, table, labels, partitions, BOOTSTRAP)
    assert list(found) == DETECTOR_SUMMARY.names
    rows = found.set_index(["threshold", "domain"])
    all_of = rows.loc[("healthy_99", "all")]
    assert (all_of["n"], all_of["healthy"], all_of["dice"]) == (2, 1, 0.5)
    assert (all_of["false_positive_rate"], all_of["false_ml"]) == (0.01, 2.0)
    # 4 and 5 are found first, then 2 and 2 of other tissue, then 1 of either.
    assert all_of["auprc"] == pytest.approx((1 + 1 + 3 / 6) / 3)
    assert all_of["best_dice"] == pytest.approx(2 * 2 / (3 + 2))
    assert (all_of["slice_auc"], all_of["cpu_minutes"], all_of["labels"]) == (0.9, 2.5, "slices")
    assert rows.loc[("best_on_test", "high"), "dice"] == 0.9
    assert rows.loc[("healthy_99", "high"), "auprc"] == 1
    assert np.isnan(rows.loc[("healthy_99", "high"), ["slice_auc", "false_ml"]].astype(float)).all()
    assert rows.loc[("healthy_99", "low"), "auprc"] == pytest.approx(1 / 2)


def test_healthy_subjects_stand_one_by_one():
    table = measured([0.8, np.nan, np.nan])
    table["false_ml"] = [9.0, 1.0, 5.0]
    other_seed = table.assign(seed=1, false_ml=[9.0, 3.0, 5.0])
    found = healthy_table(pd.concat([table, other_seed])).set_index("subject")
    assert found["false_ml"].to_dict() == {"s01": 2.0, "s02": 5.0}


def test_conventions_of_the_same_masks():
    regions = ["WT", "NCR", "ED", "ET"]
    slices = pd.DataFrame(
        [
            {
                "protocol": "cv", "detector": "dae", "seed": 0, "fold": 0, "subject": subject,
                "region": region, "slices": 10, "tumour_slices": tumour,
                "dice_zero": tumour * dice / 10, "dice_tumour": dice if tumour else np.nan,
            }
            for subject, tumour, dice in (("a", 5, 0.8), ("b", 0, 0.0))
            for region in regions
        ]
    )  # fmt: skip
    metrics = pd.DataFrame(
        {
            "protocol": "cv", "detector": "dae", "region": [*regions, *regions],
            "dice": [0.9, 0.3, 0.6, 0.0] + [0.0] * 4, "voxels_true": [9] * 4 + [0] * 4,
        }
    )  # fmt: skip
    found = conventions_table(slices, metrics).set_index("region")
    wt = found.loc["WT"]
    assert (wt["dice_zero"], wt["dice_tumour"], wt["dice_subject"]) == (0.2, 0.8, 0.9)
    assert (wt["n"], wt["slices"], wt["tumour_slices"]) == (2, 20, 5)
    assert found.loc["semantic", "dice_subject"] == pytest.approx(0.3)


def test_slice_areas_are_means_over_folds():
    slices = pd.DataFrame(
        {
            "protocol": "cv", "detector": "dae", "seed": 0, "fold": [0, 0, 1, 1],
            "role": "test", "tumour_voxels": [0, 4, 0, 4], "score_top20": [1.0, 2.0, 2.0, 1.0],
            "score_mean": np.nan, "score_variance": np.nan, "score_latent": np.nan,
        }
    )  # fmt: skip
    found = slice_score_table(slices)
    assert found.loc[0, ["slices", "tumour_slices", "auc"]].tolist() == [4, 2, 0.5]


def world(random, gains, subjects=24):
    """Dice of detectors on the same subjects, of whom some are harder."""
    hard = random.normal(0.6, 0.15, subjects)
    tables = [
        measured(np.clip(hard + gain + random.normal(0, 0.08, subjects), 0, 1), detector)
        for detector, gain in gains.items()
    ]
    return pd.concat(tables)


def test_sentences_follow_from_the_numbers():
    gains = {"flair": 0.0, "location": 0.2, "dae": 0.21, "vae": -0.3}
    tests = comparison_of_detectors(world(np.random.default_rng(0), gains), ROWS, BOOTSTRAP)
    assert list(tests) == DETECTOR_TESTS.names
    assert set(tests["family"]) == {5}
    first, second = beaten_sentences(tests, ROWS, 0.05)
    assert first.startswith("cv: better than the FLAIR threshold: location (Dice +0.")
    assert "dae (Dice +0." in first and "Worse: vae (Dice -0." in first
    assert second.startswith("cv: none beats the location model. Worse: vae")
    assert "Not shown to differ: dae" in second


def test_every_row_of_a_model_has_to_be_beaten():
    rows = {"flair": row("threshold"), "equalised": row("threshold"), "dae": row("dae")}
    gains = {"flair": 0.0, "equalised": 0.2, "dae": 0.2}
    tests = comparison_of_detectors(world(np.random.default_rng(1), gains), rows, BOOTSTRAP)
    (sentence,) = beaten_sentences(tests, rows, 0.05)
    assert "none beats the FLAIR threshold. Not shown to differ: dae" in sentence


def test_scans_of_a_patient_count_once():
    table = measured([0.2, 0.4, 0.9]).assign(patient=["p", "p", "q"])
    rows = comparison_of_detectors(
        pd.concat([table, table.assign(detector="flair", dice=0.1)]), ROWS, BOOTSTRAP
    )
    assert (rows.loc[0, "n"], rows.loc[0, "dice"]) == (2, pytest.approx((0.3 + 0.9) / 2))
    folds = DetectorFolds(
        {"protocol": "cv", "detector": "dae"}, ROWS["dae"], [{"own": counted()}], 1, 1
    )
    everybody = {"all": pd.Series("all", index=["s00", "s01", "s02"])}
    found = summarise_detector(folds, table, {"healthy_99": "slices"}, everybody, BOOTSTRAP)
    assert (found.loc[0, "n"], found.loc[0, "dice"]) == (2, pytest.approx(0.6))


def test_seldom_is_anything_said_of_equal_detectors():
    """Of 40 studies in which all are equal 5 % may say that one is better or worse."""
    random, said = np.random.default_rng(2026), 0
    none = dict.fromkeys(ROWS, 0.0)
    for _ in range(40):
        tests = comparison_of_detectors(world(random, none), ROWS, Bootstrap(draws=2))
        text = " ".join(beaten_sentences(tests, ROWS, 0.05))
        said += "better than" in text or "Worse" in text
    assert said <= 6  # 99 % of binomial draws of 40 at 5 %


def mask_scores(names):
    random = np.random.default_rng(4)
    tables = []
    for name in names:
        table = pd.DataFrame(
            {
                "subject": [f"s{number}" for number in range(8)], "protocol": "cv", "arm": name,
                "seed": 0, "fold": 0, "cohort": "a", "region": "WT",
                "dice": random.uniform(0.4, 0.9, 8), "hd95": random.uniform(1, 9, 8),
                "voxels_true": 10, "voxels_predicted": 10,
                "calibration_error": 0.1 if name in ("plain", "other") else np.nan,
            }
        )  # fmt: skip
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def test_detectors_change_no_p_of_the_arms():
    metrics = mask_scores(["plain", "other", "location", "dae"])
    alone = comparison_table(metrics, ["plain", "other"], BOOTSTRAP)
    both = comparison_table(metrics, ["plain", "other"], BOOTSTRAP, ["location", "dae"])
    pd.testing.assert_frame_equal(both[: len(alone)], alone)
    further = both[len(alone) :].query("metric == 'dice'")
    pairs = list(zip(further["arm_a"], further["arm_b"], strict=True))
    assert pairs == [("plain", "location"), ("plain", "dae"), ("location", "dae")]
    assert set(further["family"]) == {3}


def test_detectors_are_compared_where_no_arm_is():
    found = comparison_table(mask_scores(["location", "dae"]), [], BOOTSTRAP, ["location", "dae"])
    assert set(found["arm_b"]) == {"dae"} and set(found["family"]) <= {0, 1}


def test_masks_of_detectors_are_summarised_beside_arms():
    metrics = mask_scores(["plain", "location"])
    subjects = [f"s{number}" for number in range(8)]
    halves = pd.Series(["low"] * 4 + ["high"] * 4, index=subjects)
    partitions = {"all": pd.Series("all", index=subjects), "scanner": halves}
    summary, _ = summary_tables(metrics, partitions, pd.Series(9.0, index=subjects), BOOTSTRAP)
    rows = summary.query("arm == 'location' and partition == 'all'").set_index("metric")
    own = metrics[metrics["arm"] == "location"]
    assert rows.loc["dice", "mean"] == pytest.approx(own["dice"].mean())
    assert "calibration_error" not in rows.index  # scores are no probabilities
    assert (summary.query("arm == 'plain'")["metric"] == "calibration_error").sum() == 2

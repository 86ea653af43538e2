"""Figures and page of detectors, on tables and maps whose figures are known."""

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from cirl.anomaly.counting import Counted, save_counts
from cirl.anomaly.levels import Counts, count_levels
from cirl.report.figures import (
    anomaly_curves,
    anomaly_examples,
    anomaly_healthy,
    anomaly_slices,
    anomaly_thresholds,
    anomaly_volumes,
)
from cirl.report.figures.anomaly_curves import precision_at
from cirl.report.pages.anomaly import anomaly_page
from cirl.study.tables import anomaly as tables
from cirl.study.tables.segmentation import METRICS

ROWS = {
    name: {
        "model": model, "loss": loss, "train_on": "tumour_free", "scores": ["own"],
        "threshold": "healthy_99",
    }
    for name, model, loss in (
        ("flair", "threshold", "mse"),
        ("location", "location", "mse"),
        ("dae", "dae", "mse"),
        ("vae", "vae", "ssim_mse"),
    )
}  # fmt: skip
SHAPE = (12, 10, 6)
LABEL_MAPS = {"a": {1: "NCR", 2: "ED", 3: "ET"}}
DETECTIONS = [{"protocol": "cv", "detector": "dae", "seed": 0, "fold": 0}]
EMPTY = ["score_mean", "score_variance", "score_latent"]


def test_precision_is_that_of_the_highest_threshold_which_recalls_enough():
    counts = Counts(count_levels(np.array([5.0, 3.0])), count_levels(np.array([4.0, 1.0])), 2)
    found = precision_at(counts, np.array([0, 0.25, 0.3, 0.5, 0.75]))
    np.testing.assert_allclose(found, [1, 1, 2 / 3, 2 / 3, 0])


@pytest.fixture
def files(tmp_path):
    """Everything that a detector's fold leaves, of an ill subject and a healthy one."""
    rows, score = [], np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    truth = np.zeros(SHAPE, dtype=np.uint8)
    truth[3:6, 3:7, 2:4] = 2
    for name in ("a_ill", "a_well"):
        label = truth * (name == "a_ill")
        for folder, array in (
            ("scores/own", score + 3 * label),
            ("predictions", label),
            ("label", label),
            ("t2f", np.abs(score) + 1 + label),
        ):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            image = nib.Nifti1Image(array, np.diag([2.0, 2, 3, 1]))
            nib.save(image, tmp_path / folder / f"{name}.nii.gz")
        paths = {kind: str(tmp_path / kind / f"{name}.nii.gz") for kind in ("label", "t2f")}
        rows.append(
            {"subject": name, "cohort": "a", "name": name, "status": "ok", "wt_volume_ml": 12.5}
            | paths
            | dict.fromkeys(("reason", "digest", "problem", "notes"), "")
        )
    pd.DataFrame(rows).to_csv(tmp_path / "subjects.csv", index=False)
    metrics = pd.DataFrame(
        {
            "subject": ["a_ill", "a_well"], "protocol": "cv", "arm": "dae", "seed": 0, "fold": 0,
            "cohort": "a", "region": "WT", "dice": [0.75, 0.0], "hd95": 1.0,
            "lesionwise_dice": 1.0, "lesionwise_hd95": 1.0, "voxels_true": [24, 0],
            "voxels_predicted": [20, 7], "volume_error_ml": [0.0, 3.5],
        }
    )  # fmt: skip
    METRICS.write(metrics, tmp_path / "metrics.csv")
    learnt = [("own", "healthy_99", "slices", 2.0), ("own", "best_on_test", "test", 2.5)]
    thresholds = pd.DataFrame(learnt, columns=tables.DETECTOR_THRESHOLDS.names)
    tables.DETECTOR_THRESHOLDS.write(thresholds, tmp_path / "thresholds.csv")
    counts = [[count_levels(score[mask == kept]) for mask in (truth, 0 * truth)] for kept in (2, 0)]
    counted = Counted(
        np.array(["a_ill", "a_well"]), np.array(["test", "test"]), np.ones(2),
        np.array(counts[0]), np.array(counts[1]), np.array(counts[1]), np.zeros(2, int),
    )  # fmt: skip
    save_counts({"own": counted}, tmp_path / "voxels.npz")
    made = np.zeros((1, 1, 8, 8), dtype=np.float32)
    np.savez(
        tmp_path / "examples.npz",
        subjects=["a_ill"], slices=[2], contrasts=["t2f"], inputs=made, outputs=made + 1,
    )  # fmt: skip
    slices = pd.DataFrame(
        {
            "subject": "a_ill", "role": "test", "slice": range(6), "brain_voxels": 120,
            "tumour_voxels": [0, 0, 12, 12, 0, 0], "score_top20": [1.0, 1, 4, 4, 1, 1],
        }
    )  # fmt: skip
    slices = pd.concat([slices, slices.assign(role="validation", subject="a_watched")])
    tables.DETECTOR_SLICES.write(slices.assign(**dict.fromkeys(EMPTY, np.nan)), tmp_path / "s.csv")
    healthy = pd.DataFrame(
        [("cv", "dae", "own", f"healthy_{one}", "a_well", 0.01, 2.0) for one in (95, 99)],
        columns=tables.HEALTHY_SUBJECTS.names,
    )
    tables.HEALTHY_SUBJECTS.write(healthy, tmp_path / "healthy.csv")
    return tmp_path


def test_curves_carry_their_area(files):
    axis = anomaly_curves.draw([files / "voxels.npz"], DETECTIONS, "cv", {"dae": "own"}).axes[0]
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert labels[0].startswith("dae (0.") and labels[1] == "chance"


def test_thresholds_are_marked_where_they_lie(files):
    figure = anomaly_thresholds.draw(
        [files / "voxels.npz"], [files / "thresholds.csv"], DETECTIONS, "cv", {"dae": "own"}
    )
    (axis,) = figure.axes
    marked = {text.get_text(): text.get_position()[0] for text in axis.texts}
    assert marked == {"99 %": 2.0, "best on test": 2.5}
    pooled, mean = axis.get_lines()[:2]
    np.testing.assert_allclose(pooled.get_ydata(), mean.get_ydata())  # one subject is ill


def test_dice_stands_at_the_lesions_volume(files):
    (axis,) = anomaly_volumes.draw([files / "metrics.csv"], files / "subjects.csv", "cv").axes
    np.testing.assert_array_equal(axis.get_lines()[0].get_xydata(), [[12.5, 0.75]])
    assert axis.get_title(loc="left") == "dae: mean 0.750"


def test_slices_with_tumour_are_shaded(files):
    (axis,) = anomaly_slices.draw([files / "s.csv"]).axes
    assert axis.get_title(loc="left") == "a_ill"
    np.testing.assert_array_equal(axis.get_lines()[0].get_ydata(), [1, 1, 4, 4, 1, 1])
    assert len(axis.collections) == 1
    assert axis.get_lines()[1].get_ydata()[0] == 1.0  # healthy slices are all alike


def test_a_networks_reconstruction_stands_beside_the_score(files):
    figure = anomaly_examples.draw(
        [files / "metrics.csv"], [files / "scores"], [files / "predictions"],
        [files / "thresholds.csv"], [files / "examples.npz"], files / "subjects.csv", "own",
        ["t2f"], LABEL_MAPS,
    )  # fmt: skip
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["FLAIR", "Seen", "Reconstruction", "Score", "Truth", "Found"]
    assert figure.axes[0].get_ylabel() == "best: Dice 0.75\na_ill"
    assert figure.axes[3].images[0].get_clim() == (-5, 5)


def test_healthy_subjects_show_what_was_falsely_found(files):
    figure = anomaly_healthy.draw(
        files / "healthy.csv", [files / "metrics.csv"], [files / "scores"],
        [files / "predictions"], files / "subjects.csv", "cv", "dae", "own", ["t2f"], LABEL_MAPS,
    )  # fmt: skip
    volumes, image = figure.axes
    assert [line.get_ydata().tolist() for line in volumes.get_lines()] == [[2.0], [2.0]]
    assert image.get_title() == "a_well\nmask of 3.5 ml"


def test_without_healthy_subjects_the_figure_says_so(files):
    tables.HEALTHY_SUBJECTS.write(tables.HEALTHY_SUBJECTS.empty(), files / "healthy.csv")
    figure = anomaly_healthy.draw(
        files / "healthy.csv", [], [], [], files / "subjects.csv", "cv", "dae", "own", ["t2f"], {}
    )
    assert "No test subject is without a tumour" in figure.axes[0].texts[0].get_text()


def test_the_page_sets_the_paper_beside_ours():
    def table(kind, **values):
        empty = dict.fromkeys(kind.names, np.nan)
        return pd.DataFrame([empty | values])

    names = {"protocol": "cv", "detector": "vae"}
    summary = table(
        tables.DETECTOR_SUMMARY, **names, score="own", contrasts="t2f", loss="ssim", n=9,
        threshold="healthy_99", labels="slices", partition="all", domain="all", dice=0.5,
    )  # fmt: skip
    tests = table(tables.DETECTOR_TESTS, **names, reference="flair", effect=-0.1, n=9, family=1)
    conventions = pd.concat(
        table(tables.SLICE_CONVENTIONS, **names, region=region, slices=9, dice_zero=0.123)
        for region in ("WT", "TC", "ET", "semantic")
    )
    slices = table(
        tables.SLICE_SCORES, **names, slice_score="score_mean", slices=5, tumour_slices=2
    )
    healthy = table(
        tables.HEALTHY_SUBJECTS, **names, score="own", threshold="healthy_99", subject="a",
        false_positive_rate=0.012, false_ml=7.0,
    )  # fmt: skip
    text = anomaly_page(summary, tests, slices, healthy, conventions, ROWS, ["cv: none beats it."])
    assert "cv: none beats it." in text
    assert "Learnt with labels of slices (weakly supervised): location, dae, vae." in text
    assert "healthy_99: labels of slices" in text
    row = text[text.index("0.409") : text.index("0.409") + 200]  # VAE with SSIM, the paper's
    assert "vae" in row and "ssim_mse" in row and "0.123" in row
    for printed in ("0.835", "0.738", "0.437 / 0.316 / 0.350", "WT 0.64, TC 0.61, ET 0.62"):
        assert printed in text
    assert "1.20" in text  # % of false positives

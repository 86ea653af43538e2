import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from cirl.report.figures.evaluation import plot_arms, plot_domains
from cirl.report.figures.predictions import (
    load_case,
    plot_predictions,
    ranked_subjects,
    shown_contrasts,
    to_ras_spacing,
)
from cirl.report.figures.reliability import plot_reliability
from cirl.report.figures.style import save

ARMS = ["baseline", "dann"]
SUBJECTS = [f"c_{i}" for i in range(6)]


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    rows = [
        {"protocol": "cv", "arm": arm, "region": region, "subject": name, "dice": rng.uniform()}
        for arm in ARMS
        for region in ("WT", "ET")
        for name in SUBJECTS
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def subject(tmp_path):
    """A subject in LPS voxel order with a tumour of one slice at the patient's left front."""
    affine = np.diag([-2.0, -1.0, 3.0, 1.0])
    image = np.ones((12, 20, 6), dtype=np.float32)
    label = np.zeros(image.shape, dtype=np.uint8)
    label[9:11, 2:6, 4] = 1
    paths = {"t2f": image, "label": label}
    for name, array in paths.items():
        nib.save(nib.Nifti1Image(array, affine), tmp_path / f"{name}.nii.gz")
    nib.save(nib.Nifti1Image(label * 0, affine), tmp_path / "c_1.nii.gz")
    files = {name: str(tmp_path / f"{name}.nii.gz") for name in paths}
    return pd.Series({"cohort": "c", **files}, name="c_1"), tmp_path


def test_best_median_and_worst():
    metrics = pd.DataFrame(
        {
            "subject": ["a", "b", "c", "d", "e", "a"],
            "region": ["WT"] * 5 + ["ET"],
            "dice": [0.5, 0.9, 0.1, 0.7, 0.3, 0.0],
        }
    )
    ranked = ranked_subjects(metrics)
    assert {rank: row.subject for rank, row in ranked.items()} == {
        "best": "b",
        "median": "a",
        "worst": "c",
    }
    assert list(ranked_subjects(metrics.iloc[:2])) == ["best", "worst"]
    assert list(ranked_subjects(metrics.iloc[:1])) == ["best"]


def test_a_case_is_shown_as_radiologists_look(subject):
    series, folder = subject
    case = load_case("worst", series, str(folder), ["t1n", "t2f"], {"c": {1: "ED"}})
    assert case.title == "worst\n(empty mask)"
    assert case.truth.shape == (20, 12)
    assert case.aspect == 0.5
    # The patient's left is on the right of the picture, the front at the top.
    rows, columns = np.nonzero(case.truth)
    assert (rows.min(), rows.max()) == (2, 5)
    assert (columns.min(), columns.max()) == (9, 10)
    assert not case.prediction.any()


def test_spacing_follows_the_axes():
    affine = np.array([[0, 0, 2.0, 0], [-3.0, 0, 0, 0], [0, 5.0, 0, 0], [0, 0, 0, 1]])
    assert to_ras_spacing(affine) == (2.0, 3.0, 5.0)


def test_contrasts_fall_back_to_what_there_is():
    assert shown_contrasts(["t1n", "t1c", "t2w", "t2f"]) == ["t2f", "t1c"]
    assert shown_contrasts(["t2w", "t1n"]) == ["t2w"]


def test_a_panel_a_region_with_every_arm(scores):
    figure = plot_arms(scores, ARMS, ["WT", "TC", "ET"])
    assert [axis.get_title() for axis in figure.axes] == ["WT  (n = 6)", "ET  (n = 6)"]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ARMS


def test_a_row_a_partition_that_divides(scores):
    partitions = {
        "all": pd.Series("all", index=SUBJECTS),
        "scanner": pd.Series(["new"] * 4 + ["old"] * 2, index=SUBJECTS),
    }
    figure = plot_domains(scores, partitions, ARMS, ["WT", "ET"])
    assert len(figure.axes) == 2
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels == ["new\n(n = 4)", "old\n(n = 2)"]
    whole = plot_domains(scores, {"all": partitions["all"]}, ARMS, ["WT"])
    assert whole.axes[0].get_ylabel().startswith("all")


def test_reliability_is_that_of_all_voxels_of_an_arm_together():
    rows = [
        ("baseline", "c_0", "WT", 0, 90, 9.0, 0),
        ("baseline", "c_1", "WT", 0, 10, 1.0, 10),  # ten voxels weigh as ten, not as a subject
        ("baseline", "c_1", "WT", 9, 20, 19.0, 15),
        ("dann", "c_0", "WT", 4, 8, 3.6, 4),
        ("dann", "c_0", "ET", 4, 4, 1.8, 1),
    ]
    columns = ["arm", "subject", "region", "bin", "voxels", "probability", "positives"]
    counts = pd.DataFrame(rows, columns=columns)
    figure = plot_reliability(counts, ARMS, ["WT", "TC", "ET"])
    lines = {
        (axis.get_title(), line.get_label()): line.get_xydata().round(9).tolist()
        for axis in figure.axes
        for line in axis.get_lines()[1:]
    }
    assert lines == {
        ("WT", "baseline"): [[0.1, 0.1], [0.95, 0.75]],
        ("WT", "dann"): [[0.45, 0.5]],
        ("ET", "dann"): [[0.45, 0.25]],
    }


def test_equal_figures_are_equal_files(subject, tmp_path):
    series, folder = subject
    for name in ("one.png", "two.png"):
        case = load_case("worst", series, str(folder), ["t2f"], {"c": {1: "ED"}})
        save(plot_predictions([case]), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()

"""``cirl detect``: the map that the study wrote, from the files alone; and why there is none."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch
from anomaly_scans import ball_scan

from cirl.anomaly.detector_file import ScoreSettings
from cirl.anomaly.scans import Scan
from cirl.anomaly.scoring import ScoreFiles, score_subjects, scored_maps
from cirl.anomaly.threshold import Threshold
from cirl.anomaly.training import DetectorFiles, DetectorJob, train_detector
from cirl.commands import main
from cirl.imaging.preprocessing import preprocess, preprocessing_settings
from cirl.imaging.store import write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.study.tables.anomaly import DETECTOR_SLICES
from cirl.study.tables.segmentation import FOLDS, TRAINING_HISTORY

CONTRASTS = ["t1c", "t2f"]
# Axes in another order and direction than those of the store.
AFFINE = np.array([[-2.0, 0, 0, 40], [0, 0, 2, -20], [0, 2, 0, 7], [0, 0, 0, 1]])
ROLES = {"a_1": "train", "a_2": "train", "a_3": "validation", "a_4": "test"}


def write_images(folder: Path, number: int) -> SubjectFiles:
    """Write a subject's files: noise in a brain, brighter in the tumour of an even number."""
    random = np.random.default_rng(number)
    label = np.zeros((36, 26, 30), np.uint8)
    if number % 2 == 0:
        label[10:20, 8:16, 10:20] = 2
    images = {}
    for channel, name in enumerate(CONTRASTS):
        image = 500 + 300.0 * label * channel + 80 * random.standard_normal(label.shape)
        image[:3] = image[-3:] = image[:, :2] = image[:, -2:] = image[..., :2] = 0
        images[name] = str(folder / f"{number}-{name}.nii.gz")
        nib.save(nib.Nifti1Image(image.astype(np.float32), AFFINE), images[name])
    path = str(folder / f"{number}-seg.nii.gz")
    nib.save(nib.Nifti1Image(label, AFFINE), path)
    return SubjectFiles(f"a_{number}", "a", str(number), images, path, {2: "ED"})


@pytest.fixture(scope="module")
def fold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector of a fold with its scores, and the files of its subjects."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("fold")
    preprocessing = {
        "spacing": 2.5,
        "clip": [0.5, 99.5],
        "normalisation": "zscore",
        "nyul": {"percentiles": [1, 50, 99]},
        "bias_correction": {"method": "none", "spacing": 4, "iterations": [5], "convergence": 0.1},
    }
    for number in range(1, 5):
        files = write_images(folder, number)
        stored = preprocess(files, preprocessing_settings(preprocessing, CONTRASTS))
        write_subject(folder / "store", f"a_{number}", stored.image, stored.label, stored.metadata)
    rows = [(subject, fold, role) for fold in (0, 1) for subject, role in ROLES.items()]
    FOLDS.write(pd.DataFrame(rows, columns=["subject", "fold", "role"]), folder / "folds.csv")
    row = {"model": "location", "contrasts": ["t2f", "t1c"], "loss": "mse", "cohorts": []}
    row |= {"train_on": "tumour_free", "subjects": None}
    job = DetectorJob(
        row=row,
        contrasts=CONTRASTS,
        settings={"box": [6, 6, 6], "smoothing": 1.0, "ridge": 0.05},
        slices={"field": 90, "size": 32},
        training={},
        preprocessing=preprocessing,
        standard_scale=[],
        fold=0,
        seed=1,
        code="code",
    )
    files = DetectorFiles(folder / "weights.pt", folder / "history.csv")
    train_detector(job, folder / "store", [], folder / "folds.csv", files, minutes=9)
    names = ("scores", "slices.csv", "examples.npz", "score.json")
    out = ScoreFiles(*(folder / name for name in names))
    settings = ScoreSettings(["distance", "deviation_t1c"], smoothing=2)
    inputs = (folder / "weights.pt", folder / "store", [], folder / "folds.csv", 0)
    score_subjects(*inputs, settings, out)
    return folder


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    image = nib.load(path)
    assert image.get_data_dtype() == np.float32
    return np.asarray(image.dataobj), image.affine


def arguments(fold: Path, out: Path, *more: str, number: int = 4) -> list[str]:
    images = [
        word for name in CONTRASTS for word in (f"--{name}", f"{fold}/{number}-{name}.nii.gz")
    ]
    return ["detect", "--weights", f"{fold}/weights.pt", *images, "--out", str(out), *more]


def test_it_writes_the_very_map_of_the_study(
    fold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind, more in {"distance": [], "deviation_t1c": ["--score", "deviation_t1c"]}.items():
        assert main(arguments(fold, tmp_path / f"{kind}.nii.gz", *more)) == 0
        ours, affine = read(tmp_path / f"{kind}.nii.gz")
        theirs, _ = read(fold / f"scores/{kind}/a_4.nii.gz")
        np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(affine, AFFINE)
        assert f"{kind} of " in capsys.readouterr().out


def test_scores_are_those_of_validation_and_test_subjects_inside_the_brain(fold: Path) -> None:
    assert sorted(path.name for path in (fold / "scores/distance").iterdir()) == [
        "a_3.nii.gz",
        "a_4.nii.gz",
    ]
    scores, _ = read(fold / "scores/distance/a_4.nii.gz")
    image = np.asarray(nib.load(fold / "4-t2f.nii.gz").dataobj)
    truth = np.asarray(nib.load(fold / "4-seg.nii.gz").dataobj) > 0
    assert not scores[image == 0].any()
    # Eroded by a voxel of 2.5 mm.
    assert 0.5 < (scores != 0).sum() / (image != 0).sum() < 0.85
    assert scores[truth].mean() > 3 > 1 > scores[~truth & (scores != 0)].mean()
    assert not len(TRAINING_HISTORY.read(fold / "history.csv"))


def test_slices_tell_where_the_tumour_is(fold: Path) -> None:
    table = DETECTOR_SLICES.read(fold / "slices.csv")
    healthy, ill = (part for _, part in table.groupby("role", sort=False))
    assert set(healthy["role"]) == {"validation"} and not healthy["tumour_voxels"].any()
    with_tumour = ill["tumour_voxels"] > 0
    assert 0 < with_tumour.sum() < len(ill)
    # The store's third axis runs upwards, which is the images' second.
    stored = 8 * 2 / 2.5
    assert abs(with_tumour.sum() - stored) <= 1
    assert ill.loc[with_tumour, "score_top20"].min() > ill.loc[~with_tumour, "score_top20"].max()
    assert (table["score_variance"] > 0).all() and table["score_latent"].isna().all()
    with np.load(fold / "examples.npz") as stored_examples:
        assert stored_examples["inputs"].shape[:2] == (0, 2)  # no network reconstructs anything


def test_a_subject_of_its_own_label_changes_no_score(fold: Path, tmp_path: Path) -> None:
    """What is scored knows no truth: the same images without a label are the same map."""
    assert main(arguments(fold, tmp_path / "a.nii.gz", number=3)) == 0
    np.testing.assert_array_equal(
        read(tmp_path / "a.nii.gz")[0], read(fold / "scores/distance/a_3.nii.gz")[0]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--t2f": None}, "sees t2f, t1c, but there is no image for t2f"),
        ({"--weights": "none.pt"}, "none.pt: no such file; expected a detector's weights.pt"),
        ({"--weights": "history.csv"}, "history.csv: not a detector's weights"),
        ({"--score": "residual_t2f"}, "no score 'residual_t2f', known are: distance, dev"),
        ({"--out": "4-t2f.nii.gz"}, "would replace t2f"),
        ({"--out": "map.png"}, "expected a name that ends in .nii or .nii.gz"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    fold: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str | None],
    message: str,
) -> None:
    words = arguments(fold, tmp_path / "map.nii.gz")[1:]
    given = dict(zip(words[::2], words[1::2], strict=True))
    given |= {key: value and str(fold / value) for key, value in change.items()}
    if "residual_t2f" in message:
        given["--score"] = "residual_t2f"
    line = [word for key, value in given.items() if value for word in (key, value)]
    assert main(["detect", *line]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_weights_without_the_settings_of_their_scores_are_refused(
    fold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "weights.pt").write_bytes((fold / "weights.pt").read_bytes())
    words = arguments(fold, tmp_path / "map.nii.gz")
    words[words.index("--weights") + 1] = str(tmp_path / "weights.pt")
    for content in (None, "[]", '{"kinds": [], "smoothing": 2}'):
        if content:
            (tmp_path / "score.json").write_text(content)
        assert main(words) == 2
        assert "score.json: not a detector's settings" in capsys.readouterr().err


def test_smoothing_keeps_the_level_up_to_the_brain_s_edge() -> None:
    """Scores of one value stay it, and noise becomes less."""
    scan = ball_scan(3)
    detector = Threshold(["t2f"])
    flat = Scan("a_1", np.ones_like(scan.image[:1]), scan.brain, scan.tumour, scan.spacing)
    level = scored_maps(detector, flat, ["equalised"], smoothing=6)["equalised"]
    inside = scan.scored
    np.testing.assert_allclose(level[inside], level[inside][0], rtol=1e-5)
    noise = Scan("a_1", scan.image[:1], scan.brain, scan.tumour, scan.spacing)
    spreads = [
        scored_maps(detector, noise, ["zscore"], smoothing=mm)["zscore"][inside].std()
        for mm in (0, 3)
    ]
    # Of white noise a Gaussian of one voxel leaves (2 sqrt(pi))^(-3/2) of the deviation.
    assert abs(spreads[1] / spreads[0] - 0.15) < 0.06

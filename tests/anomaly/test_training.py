"""Trainings of detectors: what is kept, what is learnt, and that a kill changes nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from anomaly_scans import ball_scan

from cirl.anomaly.detector_file import load_detector, save_detector
from cirl.anomaly.slicing import AxialSettings, stacked, training_slices
from cirl.anomaly.training import (
    DetectorJob,
    brightest,
    chosen_subjects,
    digest_of_slices,
    train_network,
)
from cirl.configuration.registries.detectors import DETECTORS, RECONSTRUCTION_LOSSES
from cirl.representation.epochs import Interruption
from cirl.running.checkpoints import CheckpointFolder
from cirl.running.deadline import OutOfTime

SIZE = AxialSettings(field=96, size=32)
NETWORKS = [name for name, row in DETECTORS.items() if row.is_network]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


def job(model: str, loss: str = "mse", **training: Any) -> DetectorJob:
    settings = {**vars(DETECTORS[model].settings())}
    if model == "dae":
        settings |= {"widths": [8, 16], "resolution": 4}
    row = {"model": model, "contrasts": ["t1c", "t2f"], "loss": loss, "train_on": "tumour_free"}
    row |= {"cohorts": [], "subjects": None}
    plain = {"epochs": 3, "patience": 9, "batch_size": 8, "learning_rate": 3e-3}
    plain |= {"augmentation": False, "patch": [0.1, 0.4], **training}
    return DetectorJob(
        row=row,
        contrasts=["t1c", "t2f"],
        settings=settings,
        slices=vars(SIZE),
        training=plain,
        preprocessing={},
        standard_scale=[],
        fold=0,
        seed=5,
        code="code",
    )


def slices(*numbers: int) -> np.ndarray:
    parts = [training_slices(ball_scan(number), "tumour_free", SIZE) for number in numbers]
    return stacked(parts, 2, 32)


@pytest.mark.parametrize("model", NETWORKS)
def test_every_network_learns_and_comes_back_from_its_file(model: str, tmp_path: Path) -> None:
    work = job(model)
    detector, history = train_network(work, slices(1), slices(3))
    assert history["validation_loss"].iloc[-1] < history["validation_loss"].iloc[0]
    save_detector(detector, work.describe(), tmp_path / "weights.pt")
    again, description = load_detector(tmp_path / "weights.pt")
    assert description == work.describe()
    scan = ball_scan(9, tumour=True)
    first, second = detector.score(scan), again.score(scan)
    assert list(first) == ["residual_t1c", "residual_t2f", "absolute", "whitened"]
    for kind, scores in first.items():
        np.testing.assert_array_equal(second[kind], scores)
        assert not scores[~scan.brain].any()
    residual = np.stack([first["residual_t1c"], first["residual_t2f"]])
    np.testing.assert_allclose(first["absolute"], np.abs(residual).mean(axis=0), rtol=1e-5)
    signed = first["whitened"][scan.brain]
    off = residual[1][scan.brain] - again.residual_mean[1].item()
    np.testing.assert_array_equal(np.sign(signed), np.sign(off))
    distances = again.latent_distances(scan)
    np.testing.assert_array_equal(distances, detector.latent_distances(scan))
    assert np.isnan(distances).all() if model == "dae" else (distances > 0).all()


def weights_of(detector: Any) -> dict[str, torch.Tensor]:
    return detector.network.state_dict()


def test_a_training_that_is_killed_goes_on_to_the_same_tensors(tmp_path: Path) -> None:
    """One of two optimisers."""
    model, data = "aae", (slices(1), slices(3))
    whole, history = train_network(job(model), *data)
    folder = CheckpointFolder(tmp_path, {"model": model})
    with pytest.raises(OutOfTime):
        # Longer than the limit leaves time for, after the first epoch.
        train_network(job(model), *data, Interruption(folder, seconds=0.0))
    short = job(model, epochs=2)
    train_network(short, *data, Interruption(folder, interval=0.0))
    assert folder.checkpoint.exists()
    resumed, rows = train_network(job(model), *data, Interruption(folder, interval=0.0))
    assert len(rows) == 3
    np.testing.assert_array_equal(rows.to_numpy(), history.to_numpy())
    for name, tensor in weights_of(whole).items():
        assert torch.equal(weights_of(resumed)[name], tensor), name
    for name in ("latent_mean", "residual_inverse"):
        assert torch.equal(getattr(whole, name), getattr(resumed, name))


@pytest.mark.parametrize("loss", list(RECONSTRUCTION_LOSSES))
def test_every_loss_is_learnt_by(loss: str) -> None:
    _, history = train_network(job("vae", loss), slices(1), slices(3))
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]


def test_the_epoch_of_the_lowest_validation_loss_is_kept() -> None:
    """With a learning rate that destroys what was learnt the first epoch is the best."""
    settings = {"epochs": 4, "learning_rate": 0.5, "augmentation": False}
    detector, history = train_network(job("vae", **settings), slices(1), slices(3))
    best = int(history["validation_loss"].argmin())
    assert best < 3
    first, _ = train_network(job("vae", **{**settings, "epochs": best + 1}), slices(1), slices(3))
    for name, tensor in weights_of(first).items():
        assert torch.equal(weights_of(detector)[name], tensor)


def test_residuals_are_whitened_by_those_of_healthy_slices() -> None:
    detector, _ = train_network(job("dae", augmentation=True), slices(1), slices(3))
    images = torch.from_numpy(slices(3)).float()
    left = (images - detector.reconstruct(images)).detach().numpy()
    values = np.moveaxis(left, 1, 0)[:, (images > 0).any(dim=1).numpy()]
    np.testing.assert_allclose(detector.residual_mean, values.mean(axis=1), atol=1e-4)
    expected = np.linalg.inv(np.cov(values, bias=True) + 1e-6 * np.eye(2))
    np.testing.assert_allclose(detector.residual_inverse, expected, rtol=1e-2)


def test_no_slice_to_learn_from_is_refused_by_the_keys_that_decide() -> None:
    with pytest.raises(ValueError, match="no training slice.*train_on, cohorts"):
        train_network(job("vae"), slices(), slices())


def test_brightness_is_a_percentile_in_the_brain() -> None:
    images = np.zeros((1, 2, 10, 20), np.float16)
    images[0, 0, :5] = np.arange(100).reshape(5, 20) / 50
    images[0, 1, :5] = 1
    # One voxel is 0 in the first contrast and brain all the same.
    np.testing.assert_allclose(brightest(images), [98.01 / 50, 1], rtol=1e-2)


def test_a_file_that_is_no_detector_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    for content in (b"", b"not a zip", None):
        if content is None:
            torch.save({"format": "other"}, path)
        else:
            path.write_bytes(content)
        with pytest.raises(ValueError, match="weights.pt: not a detector's weights"):
            load_detector(path)


def test_who_trains_is_of_the_cohorts_and_fewer_are_among_more() -> None:
    rows = [(f"{cohort}_{n}", 0, "train") for cohort in "ab" for n in range(6)]
    rows += [("a_8", 0, "validation"), ("b_8", 0, "validation"), ("a_9", 0, "test")]
    folds = pd.DataFrame(rows, columns=["subject", "fold", "role"])

    def chosen(role: str, **row: Any) -> list[str]:
        work = job("vae")
        return chosen_subjects(folds, replace(work, row={**work.row, **row}), role)

    assert chosen("train") == sorted(name for name, _, role in rows if role == "train")
    assert chosen("train", cohorts=["b"]) == [f"b_{n}" for n in range(6)]
    assert chosen("validation", cohorts=["b"], subjects=1) == ["b_8"]
    few, more = chosen("train", subjects=3), chosen("train", subjects=7)
    assert len(few) == 3 and len(more) == 7 and set(few) < set(more)
    assert len(chosen("train", subjects=99)) == 12


def test_other_slices_are_another_training() -> None:
    first, second = slices(1), slices(1)
    assert digest_of_slices(first) == digest_of_slices(second)
    second[-1, -1, 16, 16] += 1
    assert digest_of_slices(first) != digest_of_slices(second)

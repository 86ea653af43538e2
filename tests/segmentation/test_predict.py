"""Prediction: windows, mirror images, small parts, and the original grid."""

from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
import torch
from toy_store import CONTRASTS, NETWORK

from cirl.imaging.geometry import grid_geometry
from cirl.imaging.place import place_of
from cirl.imaging.preprocessing import PreprocessingSettings, preprocess
from cirl.imaging.store import open_subject, write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.metrics.calibration import calibration_errors
from cirl.segmentation.inference import sliding_logits, sliding_probabilities
from cirl.segmentation.network import build_network
from cirl.segmentation.postprocessing import PostProcessing
from cirl.segmentation.predict import (
    choose_postprocessing,
    predict_probability,
    predict_subjects,
    to_brain_label,
)
from cirl.segmentation.settings import PredictionSettings
from cirl.segmentation.weights import TrainedNetwork, load_weights, save_weights

SETTINGS = PredictionSettings(
    window=(16, 16, 16),
    overlap=0.5,
    batch_size=2,
    flips=False,
    smallest_component_ml=0.0,
    precision="float32",
)


VOLUMES = ("smallest_component_ml", "smallest_et_ml")


class Threshold(torch.nn.Module):
    """Logits that are positive where the first contrast is above 1, 2 and 3."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.cat([50 * (image[:, :1] - limit) for limit in (1, 2, 3)], dim=1)


def by_threshold(contrasts=CONTRASTS) -> TrainedNetwork:
    return TrainedNetwork(Threshold(), NETWORK, tuple(contrasts), "regions")


def test_overlapping_windows_agree_with_the_whole_image_where_the_network_is_local():
    image = torch.randn(1, 2, 21, 30, 13)
    logits = sliding_logits(Threshold(), image, (16, 16, 16), 0.5, 3)
    torch.testing.assert_close(logits, Threshold()(image), rtol=1e-4, atol=1e-3)


def test_mirror_images_are_flipped_back():
    network = build_network(NETWORK, 2, 3).eval()
    image = torch.randn(1, 2, 16, 16, 16)
    with torch.inference_mode():
        mean = sliding_probabilities(network, image, (16, 16, 16), 0.5, 1, flips=True)
        flipped = sliding_probabilities(network, image.flip(3), (16, 16, 16), 0.5, 1, flips=True)
        one = sliding_probabilities(network, image, (16, 16, 16), 0.5, 1, flips=False)
    torch.testing.assert_close(flipped.flip(3), mean, rtol=1e-4, atol=1e-5)
    assert (one - mean).abs().max() > 1e-3
    torch.testing.assert_close(one, torch.sigmoid(network(image)), rtol=1e-4, atol=1e-5)


def label_of(trained, image):
    probability = predict_probability(trained, image, SETTINGS)
    return to_brain_label(probability, image, trained.outputs)


def test_label_map_is_empty_outside_the_brain():
    image = np.zeros((2, 16, 16, 16), np.float32)
    image[0, 4:10, 4:10, 4:10] = [1.5, 2.5, 3.5] * 2
    trained = by_threshold()
    trained.network.forward = lambda image: torch.ones(len(image), 3, *image.shape[2:])
    assert (label_of(trained, image) == np.where(image[0] > 0, 3, 0)).all()
    label = label_of(by_threshold(), image)
    assert label[4:10, 4:10, 4:7].reshape(-1, 3).tolist() == [[2, 1, 3]] * 36


def thresholded_store(folder, names):
    """Store subjects of which the network finds the tumour, and a spurious voxel."""
    label = np.zeros((16, 16, 16), np.uint8)
    label[4:10, 4:10, 4:10], label[6:8, 6:8, 6:8] = 2, 1
    image = np.where(label == 1, 2.5, np.where(label == 2, 1.5, 0.1)).astype(np.float32)
    image[14, 14, 14] = 3.5
    metadata = {"status": "ok", "reason": "", "contrasts": list(CONTRASTS), "spacing": [5, 5, 4]}
    affine = np.diag([5.0, 5.0, 4.0, 1.0])
    place = place_of(nib.Nifti1Image(label, affine).header)
    metadata["geometry"] = grid_geometry(affine, label.shape, None)[0] | {"place": place}
    for name in names:
        write_subject(folder, name, np.stack([image, image]), label, metadata | {"subject": name})
    return label


def test_postprocessing_is_fixed_or_fitted_on_given_subjects(tmp_path):
    label = thresholded_store(tmp_path, ["a_x", "a_y"])
    chosen, table = choose_postprocessing(by_threshold(), tmp_path, [], SETTINGS)
    assert (chosen, len(table)) == (PostProcessing(0.0, 0.0), 1)
    volumes = {"smallest_component_ml": [0, 0.05, 0.2, 50], "smallest_et_ml": [0, 0.05]}
    fits = replace(SETTINGS, postprocessing="fit", candidates=volumes)
    chosen, table = choose_postprocessing(by_threshold(), tmp_path, ["a_x", "a_y"], fits)
    assert chosen == PostProcessing(0.2, 0.0)
    assert (len(table), set(table["n"])) == (8, {2})
    predict_subjects(by_threshold(), tmp_path, ["a_y"], SETTINGS, chosen, tmp_path / "out")
    mask = np.asarray(nib.load(tmp_path / "out" / "a_y.nii.gz").dataobj)
    np.testing.assert_array_equal(mask, label)


def test_reliability_counts_the_brain_once_for_every_region(tmp_path):
    label = thresholded_store(tmp_path, ["a_x"])
    counts = predict_subjects(
        by_threshold(), tmp_path, ["a_x"], SETTINGS, PostProcessing(), tmp_path / "out"
    )
    voxels = counts.groupby("region")[["voxels", "positives"]].sum()
    assert set(voxels.index) == {"WT", "TC", "ET", "NCR", "ED"}
    assert (voxels["voxels"] == label.size).all()
    assert voxels["positives"].to_dict() == {"WT": 216, "TC": 8, "ET": 0, "NCR": 8, "ED": 208}
    # One voxel of 4096 is called tumour with certainty and is none.
    errors = calibration_errors(counts).set_index("region")["calibration_error"]
    assert errors["ET"] == pytest.approx(1 / 4096, abs=1e-6)


def test_tumour_outside_the_brain_is_missed_with_certainty(tmp_path):
    thresholded_store(tmp_path, ["a_x"])
    stored = open_subject(tmp_path, "a_x")
    image, label = stored.image[:], stored.label[:].copy()
    image[:, :2], label[0, :4, 0] = 0, 3
    metadata = stored.metadata | {"tumour_beyond_box": {"NCR": 0, "ED": 6, "ET": 10}}
    write_subject(tmp_path, "a_x", image, label, metadata)
    counts = predict_subjects(
        by_threshold(), tmp_path, ["a_x"], SETTINGS, PostProcessing(), tmp_path / "out"
    )
    voxels = counts.groupby("region")[["voxels", "positives"]].sum()
    assert (voxels["voxels"] == 14 * 16 * 16 + 4 + 16).all()
    expected = {"WT": 216 + 20, "TC": 8 + 14, "ET": 14, "NCR": 8, "ED": 208 + 6}
    assert voxels["positives"].to_dict() == expected
    lowest = counts[counts["bin"] == 0].set_index("region")
    assert lowest.loc["ET", "positives"] == 14 and lowest.loc["ET", "probability"] < 1e-6
    # Nothing of it reaches the fit of the post-processing either, but as missed.
    fits = replace(SETTINGS, postprocessing="fit", candidates=dict.fromkeys(VOLUMES, [0]))
    _, table = choose_postprocessing(by_threshold(), tmp_path, ["a_x"], fits)
    missed = [2 * 216 / (217 + 216 + 20), 2 * 8 / (9 + 8 + 14), 0]
    assert table["dice"].item() == pytest.approx(np.mean(missed))


@pytest.mark.parametrize("spacing", [None, 3.0])
def test_masks_lie_on_the_original_grid(tmp_path, spacing):
    label = np.zeros((24, 30, 20), np.uint8)
    label[8:14, 10:18, 6:12] = 2
    label[10:13, 12:16, 8:11] = 3
    affine = np.array([[-2.0, 0, 0, 40], [0, 0, 2, -20], [0, 2, 0, 7], [0, 0, 0, 1]])
    image = np.where(label == 3, 4000, np.where(label == 2, 2500, 1000)).astype(np.int16)
    image[:2] = image[-3:] = 0
    paths = {name: str(tmp_path / f"{name}.nii.gz") for name in (*CONTRASTS, "label")}
    other = np.where(label == 3, 3600, image).astype(np.int16)  # no mere scale of the first
    for name, array in (("t1c", image), ("t2f", other), ("label", label)):
        nib.save(nib.Nifti1Image(array, affine), paths[name])
    subject = SubjectFiles(
        "a_x",
        "a",
        "x",
        {name: paths[name] for name in CONTRASTS},
        paths["label"],
        {0: "background", 2: "ED", 3: "ET"},
    )
    stored = preprocess(subject, PreprocessingSettings(spacing, (0.0, 100.0)))
    write_subject(tmp_path / "store", "a_x", stored.image, stored.label, stored.metadata)
    predict_subjects(
        by_threshold(), tmp_path / "store", ["a_x"], SETTINGS, PostProcessing(), tmp_path / "out"
    )
    mask = nib.load(tmp_path / "out" / "a_x.nii.gz")
    assert mask.shape == label.shape and mask.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(mask.affine, affine)
    found, true = np.asarray(mask.dataobj) > 0, label > 0
    overlap = 2 * (found & true).sum() / (found.sum() + true.sum())
    assert overlap == 1 if spacing is None else overlap > 0.85


def test_other_contrasts_are_refused(tmp_path):
    metadata = {"subject": "a_x", "status": "ok", "reason": "", "contrasts": ["t1c", "t2w"]}
    write_subject(tmp_path, "a_x", np.zeros((2, 8, 8, 8)), np.zeros((8, 8, 8), np.uint8), metadata)
    with pytest.raises(ValueError, match=r"a_x has the contrasts .*t2w.* expects .*t2f"):
        predict_subjects(
            by_threshold(), tmp_path, ["a_x"], SETTINGS, PostProcessing(), tmp_path / "out"
        )


def test_weights_come_back_without_pickled_code(tmp_path):
    network = build_network(NETWORK, 2, 3).eval()
    saved = TrainedNetwork(network, NETWORK, CONTRASTS, "labels")
    save_weights(saved, tmp_path / "weights.pt")
    content = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert content["network"]["filters"] in ([4, 8, 8], (4, 8, 8))
    loaded = load_weights(tmp_path / "weights.pt")
    assert replace(loaded, network=network) == saved
    image = torch.randn(1, 2, 16, 16, 16)
    assert torch.equal(loaded.network(image), network(image))
    assert [path.name for path in tmp_path.iterdir()] == ["weights.pt"]

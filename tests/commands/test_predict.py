"""``cirl predict``: the mask that the study wrote, from the files alone; and why there is none."""

import json
import shutil

import nibabel as nib
import numpy as np
import pytest
import torch
from toy_store import CONTRASTS, NETWORK

from cirl.commands import main
from cirl.imaging.preprocessing import preprocess, preprocessing_settings
from cirl.imaging.store import write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.segmentation.model_file import MODEL_FILE, Model, write_model
from cirl.segmentation.network import build_network
from cirl.segmentation.postprocessing import PostProcessing
from cirl.segmentation.predict import predict_subjects
from cirl.segmentation.settings import PredictionSettings
from cirl.segmentation.settings import build_settings as build
from cirl.segmentation.weights import TrainedNetwork, digest_of, load_weights, save_weights

AFFINE = np.array([[-2.0, 0, 0, 40], [0, 0, 2, -20], [0, 2, 0, 7], [0, 0, 0, 1]])
CHOSEN = PostProcessing(0.2, 0.1)
PREPROCESSING = {
    "spacing": 3.0,
    "clip": [0.5, 99.5],
    "normalisation": "zscore",
    "nyul": {"percentiles": [1, 50, 99]},
    "bias_correction": {"method": "none", "spacing": 4, "iterations": [5], "convergence": 0.1},
}
PREDICTION = {
    "window": [16, 16, 16],
    "overlap": 0.25,
    "batch_size": 2,
    "flips": False,
    "smallest_component_ml": 0.0,
    "precision": "float32",
}


def write_images(folder):
    """Write a labelled subject's files: noise in a brain, brighter in a tumour."""
    random = np.random.default_rng(0)
    label = np.zeros((36, 30, 26), np.uint8)
    label[10:20, 10:20, 8:16], label[13:17, 13:17, 10:14] = 2, 3
    paths = {name: str(folder / f"{name}.nii.gz") for name in (*CONTRASTS, "label")}
    nib.save(nib.Nifti1Image(label, AFFINE), paths["label"])
    for number, name in enumerate(CONTRASTS):
        image = 500 + 300.0 * label * (number + 1) + 80 * random.standard_normal(label.shape)
        image[:3] = image[-3:] = image[:, :2] = image[:, -2:] = image[..., :2] = 0
        nib.save(nib.Nifti1Image(image.astype(np.float32), AFFINE), paths[name])
    return paths


@pytest.fixture(scope="module")
def fold(tmp_path_factory):
    """A fold's weights, their file and a prediction, and the subject's files."""
    folder = tmp_path_factory.mktemp("fold")
    paths = write_images(folder)
    torch.manual_seed(0)
    network = build_network(NETWORK, 2, 3).eval()
    torch.nn.init.constant_(network.output_block.conv.conv.bias, 0.2)
    save_weights(TrainedNetwork(network, NETWORK, CONTRASTS, "regions"), folder / "weights.pt")
    images = {name: paths[name] for name in CONTRASTS}
    files = SubjectFiles("a_x", "a", "x", images, paths["label"], {2: "ED", 3: "ET"})
    stored = preprocess(files, preprocessing_settings(PREPROCESSING, list(CONTRASTS)))
    write_subject(folder / "store", "a_x", stored.image, stored.label, stored.metadata)
    trained, settings = load_weights(folder / "weights.pt"), build(PredictionSettings, PREDICTION)
    predict_subjects(trained, folder / "store", ["a_x"], settings, CHOSEN, folder / "predictions")
    model = Model(
        training={"study": "toy", "arm": "baseline"},
        digest=digest_of(folder / "weights.pt"),
        contrasts=list(CONTRASTS),
        outputs="regions",
        preprocessing=PREPROCESSING,
        standard_scale=[],
        prediction=PREDICTION,
        postprocessing=vars(CHOSEN),
    )
    write_model(model, folder / MODEL_FILE)
    return folder


def arguments(fold, out, **images):
    images = {name: str(fold / f"{name}.nii.gz") for name in CONTRASTS} | images
    given = [word for name, path in images.items() if path for word in (f"--{name}", path)]
    return ["predict", "--weights", str(fold / "weights.pt"), *given, "--out", str(out)]


def test_it_writes_the_very_mask_of_the_study(fold, tmp_path, capsys):
    assert main(arguments(fold, tmp_path / "seg.nii.gz")) == 0
    ours, theirs = (
        nib.load(path) for path in (tmp_path / "seg.nii.gz", fold / "predictions/a_x.nii.gz")
    )
    mask = np.asarray(theirs.dataobj)
    np.testing.assert_array_equal(np.asarray(ours.dataobj), mask)
    np.testing.assert_array_equal(ours.affine, theirs.affine)
    assert len(np.unique(mask)) == 4  # background and every label
    assert "NCR " in capsys.readouterr().out


def test_other_postprocessing_gives_another_mask(fold, tmp_path):
    shutil.copytree(fold, tmp_path / "copy")
    content = json.loads((fold / MODEL_FILE).read_text())
    content["postprocessing"]["smallest_component_ml"] = 1e6
    (tmp_path / "copy" / MODEL_FILE).write_text(json.dumps(content))
    assert main(arguments(tmp_path / "copy", tmp_path / "seg.nii.gz")) == 0
    assert not np.asarray(nib.load(tmp_path / "seg.nii.gz").dataobj).any()


def test_a_contrast_that_the_network_does_not_see_is_not_read(fold, tmp_path):
    assert main(arguments(fold, tmp_path / "seg.nii", t2w="nowhere.nii.gz")) == 0
    assert (tmp_path / "seg.nii").is_file()


def failure(words, capsys):
    assert main(words) == 2
    return capsys.readouterr().err


def test_a_missing_contrast_is_named(fold, tmp_path, capsys):
    said = failure(arguments(fold, tmp_path / "a.nii.gz", t2f=None), capsys)
    assert "the network sees t1c, t2f, but there is no image for t2f" in said


def test_another_grid_is_refused(fold, tmp_path, capsys):
    other = np.diag([1.0, 1.0, 1.0, 1.0])
    image = nib.load(fold / "t2f.nii.gz")
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), other), tmp_path / "t2f.nii.gz")
    said = failure(arguments(fold, tmp_path / "a.nii.gz", t2f=str(tmp_path / "t2f.nii.gz")), capsys)
    assert "t2f.nii.gz: voxels of 1 x 1 x 1 mm, expected 2 x 2 x 2 as in" in said
    assert said.rstrip().endswith("t1c.nii.gz")


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda folder: (folder / "weights.pt").unlink(), "no such file"),
        (lambda folder: (folder / "weights.pt").write_bytes(b""), "an arm that was not run"),
        (lambda folder: (folder / "weights.pt").write_bytes(b"PK rubbish"), "not weights of cirl"),
        (lambda folder: (folder / MODEL_FILE).unlink(), "copy it with them"),
        (lambda folder: (folder / MODEL_FILE).write_text("{}"), "not a model's file"),
    ],
)
def test_wrong_weights_are_refused(fold, tmp_path, capsys, spoil, message):
    for name in ("weights.pt", MODEL_FILE, *(f"{name}.nii.gz" for name in CONTRASTS)):
        shutil.copy(fold / name, tmp_path / name)
    spoil(tmp_path)
    assert message in failure(arguments(tmp_path, tmp_path / "a.nii.gz"), capsys)


def test_weights_of_another_training_are_refused(fold, tmp_path, capsys):
    for name in (MODEL_FILE, *(f"{name}.nii.gz" for name in CONTRASTS)):
        shutil.copy(fold / name, tmp_path / name)
    network = build_network(NETWORK, 2, 3)
    save_weights(TrainedNetwork(network, NETWORK, CONTRASTS, "regions"), tmp_path / "weights.pt")
    said = failure(arguments(tmp_path, tmp_path / "a.nii.gz"), capsys)
    assert "keep the two of one fold together" in said


@pytest.mark.parametrize("out", ["a.png", "nowhere/a.nii.gz"])
def test_a_mask_that_cannot_be_written_is_told_before_anything_is_computed(fold, capsys, out):
    assert f"--out {out}" in failure(arguments(fold, out), capsys)

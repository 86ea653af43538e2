"""Networks that were drawn and not trained, a subject's images, and what ``cirl predict`` says."""

import json

import nibabel as nib
import numpy as np
import torch
from toy_store import CONTRASTS, NETWORK

from cirl.commands import main
from cirl.segmentation.model_file import MODEL_FILE, Model, write_model
from cirl.segmentation.network import build_network
from cirl.segmentation.postprocessing import PostProcessing
from cirl.segmentation.weights import TrainedNetwork, digest_of, save_weights

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


def write_fold(folder, seed, **changes):
    """Write weights that were drawn from a seed, and their file."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    network = build_network(NETWORK, 2, 3).eval()
    torch.nn.init.constant_(network.output_block.conv.conv.bias, 0.2)
    weights = folder / "weights.pt"
    save_weights(TrainedNetwork(network, NETWORK, CONTRASTS, "regions"), weights)
    model = {
        "training": {"fold": seed},
        "digest": digest_of(weights),
        "contrasts": list(CONTRASTS),
        "outputs": "regions",
        "preprocessing": PREPROCESSING,
        "standard_scale": [],
        "prediction": PREDICTION,
        "postprocessing": vars(CHOSEN),
    }
    write_model(Model(**model | changes), folder / MODEL_FILE)
    return weights


def arguments(fold, out, **images):
    images = {name: str(fold / f"{name}.nii.gz") for name in CONTRASTS} | images
    given = [word for name, path in images.items() if path for word in (f"--{name}", path)]
    return ["predict", "--weights", str(fold / "weights.pt"), *given, "--out", str(out)]


def failure(words, capsys):
    assert main(words) == 2
    return capsys.readouterr().err


def spoilt(path, change):
    """Change a model's file."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))

"""No label in an input: what networks and features see is the same whatever the label says.

And a subject of a study is the very array that a prediction from the images alone makes of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from box_subjects import CONTRASTS, write_box_subject
from broken_subjects import edit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nibabel.affines import from_matvec
from scipy import ndimage

from cirl.imaging.bias_field import BiasSettings
from cirl.imaging.images import read_image, read_label
from cirl.imaging.normalisation import Scale, learn_standard_scale, scale_table
from cirl.imaging.preprocessing import (
    Preprocessed,
    PreprocessingSettings,
    measure_landmarks,
    preprocess,
    preprocessing_settings,
)
from cirl.imaging.store import open_subject, scaled_store, write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.phantom.settings import SimulationSettings
from cirl.phantom.simulate import simulate_subject
from cirl.radiomics.measure import MeasureSettings, measure_arrays
from cirl.segmentation import ensemble, predict_files
from cirl.segmentation.model_file import Model
from cirl.study.cohorts import Cohort

SHAPE = (20, 24, 18)
PERCENTILES = (1.0, 25.0, 50.0, 75.0, 99.0)
PLAIN = PreprocessingSettings(spacing=None, clip=(0.5, 99.5), percentiles=PERCENTILES)
STANDARD = Scale(PERCENTILES, dict.fromkeys(CONTRASTS, (-2.0, -0.7, 0.0, 0.7, 2.0)))
SETTINGS = {
    "z-scores": PLAIN,
    "z-scores at 3.3 mm": replace(PLAIN, spacing=3.3),
    "standard scale": replace(PLAIN, normalisation="nyul", standard=STANDARD),
    "z-scores with landmarks": replace(PLAIN, normalisation="nyul", fit="fold"),
    "as in the files": replace(PLAIN, normalisation="none", spacing=2.5),
    "without a bias field": replace(PLAIN, bias=BiasSettings(6, (3,), 1e-3)),
}
SEEN = ("spacing", "shape", "geometry", "normalisation", "bias_correction", "contrasts")
"""What the metadata tell a network or a feature."""


def rotation(degrees: float) -> np.ndarray:
    """Turn about two axes; at 45 degrees the nearest axes of the body are a toss-up."""
    turn, tilt = np.eye(3), np.eye(3)
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn[:2, :2] = [[cosine, -sine], [sine, cosine]]
    tilt[1:, 1:] = [[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]]
    return turn @ tilt


AFFINES = {
    "RAS": np.diag([2.0, 2.0, 3.0, 1.0]),
    "LPS": np.diag([-2.0, -2.0, 3.0, 1.0]),
    "oblique": from_matvec(rotation(12) @ np.diag([2.0, 2.0, 3.0]), [-70, 30, 5]),
    "between two axes": from_matvec(rotation(45) @ np.diag([2.0, 2.0, 3.0]), [3, 4, 5]),
}
AXES = {"RAS": "RAS", "LPS": "LPS", "PIR": "PIR", "oblique": "RAS"}


@dataclass(frozen=True)
class Kind:
    """A cohort that preprocessing may meet.

    Attributes:
        affine: a key of ``AFFINES``.
        settings: a key of ``SETTINGS``.
        masked: whether a mask says where the brain is, and the images go on beyond it.
    """

    affine: str
    settings: str
    masked: bool


def write_kind(folder: Path, kind: Kind) -> SubjectFiles:
    """Write a box subject with a bright speck beside its brain, and a mask where one is used."""
    cohort = Cohort(
        name="box",
        root=str(folder),
        pattern="{subject}/{subject}-{contrast}.nii.gz",
        contrasts={contrast: contrast for contrast in CONTRASTS},
        label="seg",
        label_map={"1": "NCR", "2": "ED", "3": "ET"},
    )
    affine = AFFINES[kind.affine]
    write_box_subject(cohort, "s1", affine)
    files = SubjectFiles(**cohort.files("s1"))
    for path in files.contrasts.values():
        edit(path, voxels=with_speck)
    if not kind.masked:
        return files
    mask = np.zeros(SHAPE, np.uint8)
    mask[6:16, 5:18, 4:13] = 1
    path = str(folder / "mask.nii.gz")
    nib.save(nib.Nifti1Image(mask, affine), path)
    return replace(files, brain_mask=path)


def with_speck(image: np.ndarray) -> np.ndarray:
    """Return an image with a few voxels that are not background in a corner."""
    image[18:20, 22:24, 16:18] = 900
    return image


Relabel = Callable[[np.ndarray, np.random.Generator], np.ndarray]

LABELS: dict[str, Relabel] = {
    "random": lambda label, random: random.integers(0, 4, SHAPE).astype(np.uint8),
    "sparse": lambda label, random: (random.random(SHAPE) < 0.02).astype(np.uint8) * 3,
    "empty": lambda label, random: np.zeros_like(label),
    "full": lambda label, random: np.full_like(label, 2),
    "permuted": lambda label, random: np.array([0, 3, 1, 2], np.uint8)[label],
    "grown beyond the brain": lambda label, random: ndimage.grey_dilation(label, size=11),
    "the speck too": lambda label, random: with_speck(label > 0).astype(np.uint8),
    "one voxel beyond": lambda label, random: put_voxel(label, random),
    "as it was": lambda label, random: label,
}


def put_voxel(label: np.ndarray, random: np.random.Generator) -> np.ndarray:
    label[0, random.integers(SHAPE[1]), 0] = 1
    return label


def nudged(affine: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return an affine that is less than 0.01 mm off at every corner."""
    changed = affine.copy()
    changed[:3, :3] += random.uniform(-1, 1, (3, 3)) * 4e-5
    changed[:3, 3] += random.uniform(-1, 1, 3) * 3e-3
    return changed


def seen(result: Preprocessed) -> tuple[bytes, dict]:
    """Return what a network may know of a subject."""
    return result.image.tobytes(), {name: result.metadata[name] for name in SEEN}


KINDS = [
    Kind(affine, chosen, masked)
    for number, affine in enumerate(AFFINES)
    for chosen in SETTINGS
    for masked in (False, True)
    if (masked or number < 2) and (chosen != "without a bias field" or affine == "oblique")
]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from(KINDS),
    name=st.sampled_from(list(LABELS)),
    moved=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_the_image_is_that_of_any_other_label_and_of_none(
    tmp_path_factory, kind: Kind, name: str, moved: bool, seed: int
) -> None:
    files = write_kind(tmp_path_factory.mktemp("kind"), kind)
    random = np.random.default_rng(seed)
    alone = preprocess(replace(files, label=None), SETTINGS[kind.settings])
    landmarks = measure_landmarks(files, SETTINGS[kind.settings])
    edit(
        files.label,
        voxels=lambda label: LABELS[name](label, random),
        affine=lambda affine: nudged(affine, random) if moved else affine,
    )
    labelled = preprocess(files, SETTINGS[kind.settings])
    assert seen(labelled) == seen(alone)
    assert measure_landmarks(files, SETTINGS[kind.settings]).equals(landmarks)
    assert not landmarks.empty
    # And the truth is whole, in the box or counted beyond it.
    if SETTINGS[kind.settings].spacing is None:
        truth, _ = read_label(files.label, files.label_map)
        beyond = sum(labelled.metadata["tumour_beyond_box"].values())
        assert np.count_nonzero(labelled.label) + beyond == np.count_nonzero(truth)


@pytest.mark.parametrize("masked", [False, True])
def test_outside_the_brain_there_is_nothing(tmp_path: Path, masked: bool) -> None:
    files = write_kind(tmp_path, Kind("RAS", "z-scores", masked))
    edit(files.label, voxels=lambda label: np.full_like(label, 3))
    result = preprocess(files, PLAIN)
    inner = (slice(1, -1),) * 3
    brain = np.zeros(result.label.shape, bool)
    brain[inner] = True  # a box, with a margin of one voxel
    assert (result.image != 0).any(axis=0)[inner].mean() > 0.999
    assert not result.image[:, ~brain].any() and (result.label == 3).all()


@pytest.mark.parametrize("name", list(LABELS))
def test_features_of_the_brain_know_no_label(tmp_path: Path, name: str) -> None:
    files = write_kind(tmp_path, Kind("LPS", "z-scores", True))
    measured = MeasureSettings(regions=("brain",), filters={"log_sigma": [3.0]})
    rows = []
    for change in (
        lambda label: label,
        lambda label: LABELS[name](label, np.random.default_rng(5)),
    ):
        edit(files.label, voxels=change)
        done = preprocess(files, PLAIN)
        spacing = tuple(done.metadata["spacing"])
        rows.append(measure_arrays(done.image, done.label, spacing, CONTRASTS, measured))
    assert rows[0] == rows[1] and len(rows[0][0]) > 150


@cache
def phantom(kind: str):
    """A simulated subject of coarse voxels."""
    return simulate_subject(5, "p0001", SimulationSettings(4, {kind: 1}, {"high_field": 1}))


COHORTS = {
    "as it is": ("RAS", {}, False),
    "LPS": ("LPS", {"spacing": None}, False),
    "PIR at 3 mm": ("PIR", {"spacing": 3.0}, False),
    "a mask, oblique": ("oblique", {"spacing": 3.0}, True),
    "a mask, own spacing": ("LPS", {"spacing": None}, True),
    "nyul": ("LPS", {"normalisation": "nyul"}, False),
    "nyul of a fold": ("LPS", {"normalisation": "nyul", "fit": "fold"}, False),
    "nyul of a fold, a mask, 3 mm": (
        "PIR",
        {"normalisation": "nyul", "fit": "fold", "spacing": 3.0},
        True,
    ),
    "nyul, a mask, 3 mm": ("PIR", {"normalisation": "nyul", "spacing": 3.0}, True),
    "n4, intensities of the files": ("oblique", {"normalisation": "none", "bias": "n4"}, True),
}


def write_phantom_files(folder: Path, axes: str, masked: bool, kind: str) -> SubjectFiles:
    """Write a phantom whose tumour, as drawn, leaves the brain, and its mask where one is used."""
    one = phantom(kind)
    brain = one.images[0] > 0
    # Drawn too large, and with a stray stroke far outside.
    label = ndimage.grey_dilation(one.label, size=9)
    label[:2, 3, 3] = 3
    images = [np.array(image, np.float32) for image in one.images]
    if masked:  # a skull around the brain, and a mask that leaves a part of the tumour out
        skull = ndimage.binary_dilation(brain, iterations=2) & ~brain
        images = [np.where(skull, 700 + 3 * number, image) for number, image in enumerate(images)]
        brain[brain.shape[0] // 2 :] &= one.label[brain.shape[0] // 2 :] == 0
    else:  # specks that are no brain, one of them labelled
        for image in images:
            image[:2, 3, 3] = 500
    codes = nib.orientations.axcodes2ornt(AXES[axes])
    turn = nib.orientations.ornt_transform(nib.io_orientation(one.affine), codes)
    affine = one.affine @ nib.orientations.inv_ornt_aff(turn, label.shape)
    if axes == "oblique":
        affine = from_matvec(rotation(12)) @ affine
    arrays = {f"{n}": i for n, i in zip(CONTRASTS, images, strict=True)} | {"label": label}
    arrays |= {"mask": brain.astype(np.uint8)} if masked else {}
    paths = {name: str(folder / f"{name}.nii.gz") for name in arrays}
    for name, array in arrays.items():
        turned = nib.orientations.apply_orientation(array, turn)
        # The label lies off by less than what is tolerated.
        grid = affine + np.eye(4, k=3) * 0.004 if name == "label" else affine
        nib.save(nib.Nifti1Image(turned, grid), paths[name])
    return SubjectFiles(
        "c_p",
        "c",
        "p",
        {name: paths[name] for name in CONTRASTS},
        paths["label"],
        {1: "NCR", 2: "ED", 3: "ET"},
        paths.get("mask"),
    )


@pytest.mark.parametrize("kind", ["glioma", "meningioma"])
@pytest.mark.parametrize("cohort", list(COHORTS))
def test_a_prediction_prepares_the_array_of_the_study(
    tmp_path: Path, monkeypatch, cohort: str, kind: str
) -> None:
    axes, changes, masked = COHORTS[cohort]
    files = write_phantom_files(tmp_path, axes, masked, kind)
    section = {
        "spacing": changes.get("spacing"),
        "clip": [0.5, 99.5],
        "normalisation": changes.get("normalisation", "zscore"),
        "nyul": {"percentiles": list(PERCENTILES), "fit": changes.get("fit", "all")},
        "bias_correction": {
            "method": changes.get("bias", "none"),
            "spacing": 8,
            "iterations": [3],
            "convergence": 0.1,
        },
    }
    scale = scale_of(files, section, tmp_path)
    result = preprocess(files, preprocessing_settings(section, list(CONTRASTS), scale))
    assert result.metadata["status"] == "ok"
    assert result.metadata["quality"]["outside_brain"] > 0.02
    assert sum(result.metadata["tumour_beyond_box"].values()) > 0
    write_subject(tmp_path / "store", "c_p", result.image, result.label, result.metadata)
    scales = [scale] if "fit" in changes else []
    stored = open_subject(scaled_store(tmp_path / "store", scales, CONTRASTS), "c_p")
    image, spacing, affine = prepared_alone(files, section, scale, tmp_path, monkeypatch)
    assert image.tobytes() == stored.image[:].tobytes()
    assert spacing == stored.metadata["spacing"]
    np.testing.assert_array_equal(affine, stored.metadata["geometry"]["original_affine"])
    np.testing.assert_array_equal(affine, read_image(files.contrasts["t1n"])[1])


def scale_of(files: SubjectFiles, section: dict, folder: Path) -> Path | None:
    """Learn and write the standard scale of one subject, where one is needed."""
    if section["normalisation"] != "nyul":
        return None
    table = measure_landmarks(files, preprocessing_settings(section, list(CONTRASTS)))
    path = folder / "scale.csv"
    scale_table(learn_standard_scale([table])).to_csv(path, index=False)
    return path


def prepared_alone(
    files: SubjectFiles, section: dict, scale: Path | None, folder: Path, monkeypatch
) -> tuple[np.ndarray, list[float], np.ndarray]:
    """Return the array, the spacing and the mask's affine of ``cirl predict``."""
    prediction = {
        "window": [16, 16, 16],
        "overlap": 0.25,
        "batch_size": 1,
        "flips": False,
        "smallest_component_ml": 0.0,
        "precision": "float32",
    }
    model = Model(
        training={},
        digest="",
        contrasts=list(CONTRASTS),
        outputs="regions",
        preprocessing=section,
        standard_scale=pd.read_csv(scale).to_dict("records") if scale else [],
        prediction=prediction,
        postprocessing={},
    )
    caught = {}

    def catch(networks, prepared):
        image = networks.members[0].image_of(prepared)
        caught.update(image=image, spacing=prepared.metadata["spacing"])
        return predict_files.Segmented(prepared, np.zeros(image.shape[1:], np.uint8), image)

    monkeypatch.setattr(ensemble, "load_model", lambda weights: (None, model))
    monkeypatch.setattr(predict_files, "segment", catch)
    out = folder / "mask.out.nii.gz"
    predict_files.predict_files(folder / "weights.pt", files.contrasts, out, files.brain_mask)
    return caught["image"], caught["spacing"], nib.load(out).affine

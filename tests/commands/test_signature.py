"""``cirl signature``: the signature that the study wrote, from the files alone."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from two_textures import WINDOWS, settings_of, write_files

from cirl.commands import main
from cirl.imaging.preprocessing import preprocess, preprocessing_settings
from cirl.imaging.store import open_subject, write_subject
from cirl.texture.encoder import Learning
from cirl.texture.maps import write_map
from cirl.texture.model import learn_model, save_textures
from cirl.texture.patches import draw_patches
from cirl.texture.signing import sign_subject

PREPROCESSING = {
    "spacing": None,
    "clip": [0.5, 99.5],
    "normalisation": "zscore",
    "nyul": {"percentiles": [1, 50, 99], "fit": "all"},
    "bias_correction": {"method": "none", "spacing": 4, "iterations": [5], "convergence": 0.1},
}


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, dict[str, str], dict[str, float], np.ndarray]:
    """A fold's textures, a subject's files, its signature in the study and its map there."""
    files = write_files(tmp_path, "z", 9)
    done = preprocess(files, preprocessing_settings(PREPROCESSING, ["t1n"]))
    write_subject(tmp_path / "store", "c_z", done.image, done.label, done.metadata)
    windows = draw_patches(tmp_path / "store", ["c_z"], WINDOWS, 100, seed=1).of(None)
    study = {"contrasts": ["t1n"], "preprocessing": PREPROCESSING}
    model = learn_model(
        "spectrum", settings_of("spectrum"), windows, WINDOWS, Learning(3, 2), study
    )
    save_textures(model, tmp_path / "encoder.npz")
    subject = open_subject(tmp_path / "store", "c_z")
    written = write_map(subject, model, tmp_path / "study_map.nii.gz")
    paths = {"t1n": files.contrasts["t1n"], "seg": str(files.label)}
    return tmp_path / "encoder.npz", paths, sign_subject(subject, model), written


def test_files_alone_give_the_study_s_signature_and_map(
    signed: tuple,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    weights, paths, row, written = signed
    out = tmp_path / "map.nii.gz"
    asked = ["--weights", weights, "--image", f"t1n={paths['t1n']}", "--mask", paths["seg"]]
    code = main(["signature", *map(str, asked), "--value", "5", "--map", str(out)])
    assert "brain volume of" in caplog.text  # it is a slab, which no brain is
    said = capsys.readouterr().out.splitlines()
    assert code == 0
    assert said[0] == f"{row['windows']} windows, ok"
    assert said[1:] == [f"cluster_{n} {row[f'cluster_{n}']:.4f}" for n in (1, 2, 3)]
    image = nib.load(out)
    assert np.array_equal(np.asanyarray(image.dataobj), written)
    assert np.allclose(image.affine, nib.load(paths["t1n"]).affine)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--image", "t1n={t1n}", "--mask", "{seg}"], "has the values 0, 5, expected 1"),
        (["--image", "t1n={t1n}"], "the textures are of liver, expected a mask of it"),
        (["--image", "t2f={t1n}", "--mask", "{seg}"], "but there is none for t1n"),
        (["--image", "{t1n}"], "expected NAME=FILE"),
        (["--image", "t1n={t1n}", "--mask", "{seg}", "--map", "a.png"], "ends in .nii"),
        (["--t1n", "{t1n}", "--mask", "{seg}", "--map", "{t1n}"], "would replace t1n"),
        (["--t1n", "{t1n}", "--mask", "{seg}", "--map", "{seg}"], "would replace mask"),
        (["--t1n", "{t1n}", "--mask", "{t1n}"], "t1n and mask are the same file"),
        (["--t1n", "{t1n}", "--t1c", "{link}", "--mask", "{seg}"], "are the same file"),
        (["--t1n", "$NOBODY_SET_THIS/a.nii", "--mask", "{seg}"], "NOBODY_SET_THIS"),
        (["--image", "t1n={t1n}", "--weights", "{t1n}"], "given twice"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    asked: list[str], said: str, signed: tuple, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, paths, _, _ = signed
    link = Path(paths["t1n"]).with_name("link.nii.gz")
    link.hardlink_to(paths["t1n"])
    words = [word.format(**paths, link=link) for word in asked]
    assert main(["signature", "--weights", str(weights), *words]) == 2
    assert said in capsys.readouterr().err


def test_other_files_are_no_textures(signed: tuple, capsys: pytest.CaptureFixture[str]) -> None:
    _, paths, _, _ = signed
    asked = ["--image", f"t1n={paths['t1n']}", "--mask", paths["seg"]]
    for weights, said in ((paths["t1n"], "no textures of cirl"), ("none.npz", "no such file")):
        assert main(["signature", "--weights", weights, *asked]) == 2
        assert said in capsys.readouterr().err

"""``cirl predict``: the mask that the study wrote, from the files alone; and why there is none."""

import json
import re
import shutil
import zipfile

import nibabel as nib
import numpy as np
import pytest
import torch
from scipy import ndimage
from toy_store import CONTRASTS, NETWORK
from trained_model import (
    AFFINE,
    CHOSEN,
    PREDICTION,
    PREPROCESSING,
    arguments,
    failure,
    spoilt,
    write_fold,
    write_images,
)

from cirl.commands import main
from cirl.imaging.preprocessing import preprocess, preprocessing_settings
from cirl.imaging.store import write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.segmentation import predict_files
from cirl.segmentation.model_file import MODEL_FILE
from cirl.segmentation.network import build_network
from cirl.segmentation.predict import predict_subjects
from cirl.segmentation.settings import PredictionSettings
from cirl.segmentation.settings import build_settings as build
from cirl.segmentation.weights import TrainedNetwork, load_weights, save_weights


@pytest.fixture(scope="module")
def fold(tmp_path_factory):
    """A fold's weights, their file and a prediction, and the subject's files."""
    folder = tmp_path_factory.mktemp("fold")
    paths = write_images(folder)
    write_fold(folder, 0, training={"study": "toy", "arm": "baseline"})
    images = {name: paths[name] for name in CONTRASTS}
    files = SubjectFiles("a_x", "a", "x", images, paths["label"], {2: "ED", 3: "ET"})
    stored = preprocess(files, preprocessing_settings(PREPROCESSING, list(CONTRASTS)))
    write_subject(folder / "store", "a_x", stored.image, stored.label, stored.metadata)
    trained, settings = load_weights(folder / "weights.pt"), build(PredictionSettings, PREDICTION)
    predict_subjects(trained, folder / "store", ["a_x"], settings, CHOSEN, folder / "predictions")
    return folder


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


@pytest.mark.parametrize("out", ["a.png", "nowhere/a.nii.gz", "x" * 250 + ".nii.gz"])
def test_a_mask_that_cannot_be_written_is_told_before_anything_is_computed(
    fold, capsys, monkeypatch, out
):
    monkeypatch.setattr(predict_files, "load_ensemble", pytest.fail)
    assert f"{out}: " in failure(arguments(fold, out), capsys)


def test_a_folder_in_the_masks_place_stays(fold, tmp_path, capsys):
    (tmp_path / "a.nii.gz").mkdir()
    said = failure(arguments(fold, tmp_path / "a.nii.gz"), capsys)
    assert "a.nii.gz: cannot be written (is there and is no file)" in said
    assert list(tmp_path.iterdir()) == [tmp_path / "a.nii.gz"]


LINKS = {
    "itself": lambda scan, folder: scan,
    "by another path": lambda scan, folder: scan.parent / "deep" / ".." / scan.name,
    "a link": lambda scan, folder: linked(folder / "a.nii.gz", scan),
    "a link to a link": lambda scan, folder: linked(
        folder / "b.nii.gz", linked(folder / "a.nii.gz", scan)
    ),
    "below a linked folder": lambda scan, folder: linked(folder / "there", scan.parent) / scan.name,
    "a hard link": lambda scan, folder: hard_linked(folder / "a.nii.gz", scan),
}


def linked(path, target):
    path.symlink_to(target)
    return path


def hard_linked(path, target):
    path.hardlink_to(target)
    return path


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("scan", ["t2f", "t1n", "mask"])
def test_a_scan_is_never_replaced(fold, tmp_path, capsys, scan, link):
    """Whether the network reads it or not, and by whatever name the mask's place is given."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "deep").mkdir()
    for name in (*CONTRASTS, "t1n", "mask"):
        shutil.copy(
            fold / f"{name if name in CONTRASTS else 'label'}.nii.gz", own / f"{name}.nii.gz"
        )
    before = {path: path.read_bytes() for path in own.glob("*.nii.gz")}
    out = LINKS[link](own / f"{scan}.nii.gz", tmp_path)
    given = {name: str(own / f"{name}.nii.gz") for name in (*CONTRASTS, "t1n")}
    words = arguments(fold, out, **given) + ["--brain-mask", str(own / "mask.nii.gz")]
    assert "would replace " + scan.replace("mask", "brain_mask") in failure(words, capsys)
    assert {path: path.read_bytes() for path in own.glob("*.nii.gz")} == before
    assert len(list(own.iterdir())) == 5


def test_the_weights_are_not_replaced_either(fold, tmp_path, capsys):
    out = linked(tmp_path / "a.nii.gz", fold / "weights.pt")
    assert "would replace weights" in failure(arguments(fold, out), capsys)


def test_a_disk_that_fills_up_leaves_what_was_there(fold, tmp_path, capsys, monkeypatch):
    out = tmp_path / "a.nii.gz"
    out.write_bytes(b"an earlier mask")

    def half(image, path):
        path.write_bytes(b"half a mask")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cirl.imaging.geometry.nib.save", half)
    said = failure(arguments(fold, out), capsys)
    assert said == f"cirl: {out}: No space left on device\n"
    assert out.read_bytes() == b"an earlier mask" and list(tmp_path.iterdir()) == [out]


def test_a_link_to_an_earlier_mask_stays_a_link(fold, tmp_path):
    (tmp_path / "real").mkdir()
    out = linked(tmp_path / "a.nii.gz", tmp_path / "real/mask.nii.gz")
    assert main(arguments(fold, out)) == 0
    assert out.is_symlink() and nib.load(tmp_path / "real/mask.nii.gz").shape == (36, 30, 26)


def test_what_is_printed_is_what_was_written(fold, tmp_path, capsys, monkeypatch):
    """To the voxel, in 20 predictions on a grid of 3 mm of files of 2 mm."""
    coarse = []

    def blobs(ensemble, prepared):
        image = prepared.image
        random = np.random.default_rng(len(coarse))
        smooth = ndimage.gaussian_filter(
            random.standard_normal((4, *image.shape[1:])), (0, 1, 1, 1)
        )
        label = np.where(random.random() < 0.1, 0, smooth.argmax(axis=0)).astype(np.uint8)
        coarse.append([np.count_nonzero(label == value) * 27 / 1000 for value in (1, 2, 3)])
        return predict_files.Segmented(prepared, label, image)

    monkeypatch.setattr(predict_files, "segment", blobs)
    apart = 0.0
    for number in range(20):
        out = tmp_path / f"{number}.nii.gz"
        assert main(arguments(fold, out)) == 0
        written = np.asarray(nib.load(out).dataobj)
        counts = [int(np.count_nonzero(written == value)) for value in (1, 2, 3)]
        said = capsys.readouterr().out
        printed = re.findall(r"(NCR|ED|ET) ([0-9.]+) ml \((\d+) voxels\)", said)
        assert [name for name, _, _ in printed] == ["NCR", "ED", "ET"]
        assert [int(voxels) for _, _, voxels in printed] == counts
        assert [ml for _, ml, _ in printed] == [f"{count * 8 / 1000:.1f}" for count in counts]
        apart = max(apart, *np.abs(np.array(counts) * 8 / 1000 - coarse[-1]))
    assert apart > 0.1  # the study's grid would have told other volumes


@pytest.mark.parametrize(
    "more, message",
    [
        (["--image", "t1c=other.nii.gz"], "t1c is given twice, as {t1c} and as other.nii.gz"),
        (["--image", "a=b.nii", "--image", "a=c.nii"], "a is given twice, as b.nii and as c.nii"),
        (["--t2f", "c.nii"], "--t2f is given twice, as {t2f} and as c.nii"),
        (["--out", "c.nii"], "--out is given twice"),
        (["--brain-mask", "{t1c}"], "t1c and brain_mask are the same file, {t1c}"),
        (["--t1n", "{t2f}"], "t1n and t2f are the same file, {t2f}"),
    ],
)
def test_nothing_is_given_twice(fold, tmp_path, capsys, more, message):
    paths = {name: str(fold / f"{name}.nii.gz") for name in CONTRASTS}
    words = arguments(fold, tmp_path / "a.nii.gz") + [word.format(**paths) for word in more]
    assert message.format(**paths) in failure(words, capsys)


@pytest.mark.parametrize("link", [linked, hard_linked])
def test_a_link_to_another_contrast_is_seen_through(fold, tmp_path, capsys, link):
    other = str(link(tmp_path / "t2f.nii.gz", fold / "t1c.nii.gz"))
    said = failure(arguments(fold, tmp_path / "a.nii.gz", t2f=other), capsys)
    assert f"t1c and t2f are the same file, {other} (as {fold / 't1c.nii.gz'})" in said


def test_the_brain_is_told_and_what_cannot_be_is_warned_of(fold, tmp_path, capsys, caplog):
    """FLAIR is 0 in two fifths of the brain, of 26 x 27 x 24 voxels; a brain of 174 ml is small."""
    image = nib.load(fold / "t2f.nii.gz")
    array = np.asarray(image.dataobj).copy()
    brain = np.asarray(nib.load(fold / "t1c.nii.gz").dataobj) != 0
    box = [np.flatnonzero(brain.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    array[: box[0][0] + 12] = 0
    nib.save(nib.Nifti1Image(array, AFFINE), tmp_path / "t2f.nii.gz")
    words = arguments(fold, tmp_path / "a.nii.gz", t2f=str(tmp_path / "t2f.nii.gz"))
    assert main(words) == 0
    volume, covered = brain.sum() * 0.008, 1 - 12 / len(box[0])
    said = capsys.readouterr().out.splitlines()[1]
    assert said == f"brain {volume:.1f} ml, covered by t1c 100.0%, t2f {covered:.1%}"
    assert f"brain volume of {volume:.0f} ml, expected 400 to 2,500 ml" in caplog.text
    assert f"t2f covers {covered:.0%} of the brain" in caplog.text


def test_a_brain_as_brains_are_is_not_warned_of(fold, tmp_path, capsys, caplog):
    for name in CONTRASTS:
        array = np.asarray(nib.load(fold / f"{name}.nii.gz").dataobj)
        large = AFFINE @ np.diag([2, 2, 2, 1])
        nib.save(nib.Nifti1Image(array, large), tmp_path / f"{name}.nii.gz")
    images = {name: str(tmp_path / f"{name}.nii.gz") for name in CONTRASTS}
    assert main(arguments(fold, tmp_path / "a.nii.gz", **images)) == 0
    assert caplog.text == "" and "ml, covered by t1c 100.0%" in capsys.readouterr().out


def of_network(path, **changes):
    """Claim another network of the weights than theirs."""
    content = torch.load(path, weights_only=True)
    content["network"] |= changes
    torch.save(content, path)


def packed(path):
    """Pack the weights, with 300 MB of zeros beside them."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        archive.writestr("archive/data/zeros", bytes(300_000_000))


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path):
    """Flip a bit of a tensor."""
    content = torch.load(path, weights_only=True)
    name, tensor = next(iter(content["state_dict"].items()))
    bits = tensor.contiguous().view(torch.int32).clone()
    bits.view(-1)[0] ^= 1
    content["state_dict"][name] = bits.view(torch.float32)
    torch.save(content, path)


def other_tensor(path):
    content = torch.load(path, weights_only=True)
    content["state_dict"].popitem()
    torch.save(content, path)


def folder_of(path):
    path.unlink()
    path.mkdir()


NOT_A_MODEL = "not a model's file"
NOT_WEIGHTS = "not weights of cirl"
SPOILT = {
    "a list": (MODEL_FILE, lambda path: path.write_text("[1]"), NOT_A_MODEL),
    "cut off": (MODEL_FILE, cut, NOT_A_MODEL),
    "no text": (MODEL_FILE, lambda path: path.write_bytes(bytes(range(256))), NOT_A_MODEL),
    "deep": (MODEL_FILE, lambda path: path.write_text("[" * 200_000), NOT_A_MODEL),
    "huge": (MODEL_FILE, lambda path: path.write_text(" " * 20_000_000 + "{}"), NOT_A_MODEL),
    "a folder": (MODEL_FILE, folder_of, "copy it with them"),
    "another format": (
        MODEL_FILE, lambda path: spoilt(path, lambda c: c.update(format=9)), "has format 9"
    ),
    "a key more": (MODEL_FILE, lambda path: spoilt(path, lambda c: c.update(x=1)), NOT_A_MODEL),
    "a key less": (MODEL_FILE, lambda path: spoilt(path, lambda c: c.pop("outputs")), NOT_A_MODEL),
    "no preprocessing": (
        MODEL_FILE, lambda path: spoilt(path, lambda c: c.update(preprocessing={})), "KeyError"
    ),
    "preprocessing of text": (
        MODEL_FILE, lambda path: spoilt(path, lambda c: c.update(preprocessing="x")), NOT_A_MODEL
    ),
    "a finer grid than memory": (
        MODEL_FILE,
        lambda path: spoilt(path, lambda c: c["preprocessing"].update(spacing=0.02)),
        "voxels at 0.02 mm, expected 536,870,912 at most",
    ),
    "no spacing at all": (
        MODEL_FILE,
        lambda path: spoilt(path, lambda c: c["preprocessing"].update(spacing=-1)),
        "ValueError: odd spacing",
    ),
    "windows of nothing": (
        MODEL_FILE,
        lambda path: spoilt(path, lambda c: c["prediction"].update(window=[0, 16, 16])),
        "ValueError: odd window",
    ),
    "windows side by side for ever": (
        MODEL_FILE,
        lambda path: spoilt(path, lambda c: c["prediction"].update(overlap=1)),
        "ValueError: odd overlap",
    ),
    "a volume of text": (
        MODEL_FILE,
        lambda path: spoilt(path, lambda c: c["postprocessing"].update(smallest_et_ml="a")),
        "TypeError",
    ),
    "a scale of nothing": (
        MODEL_FILE, lambda path: spoilt(path, lambda c: c.update(standard_scale=[{}])), NOT_A_MODEL
    ),
    "other contrasts": (
        MODEL_FILE,
        lambda path: spoilt(path, lambda c: c.update(contrasts=["t2f", "t1c"])),
        "keep the two of one fold together",
    ),
    "weights that are a folder": ("weights.pt", folder_of, "a folder; expected a fold's"),
    "weights cut off": ("weights.pt", cut, NOT_WEIGHTS),
    "weights of text": ("weights.pt", lambda path: path.write_text("a" * 999), NOT_WEIGHTS),
    "an archive of something": ("weights.pt", lambda path: torch.save([1, 2], path), NOT_WEIGHTS),
    "an archive of tensors": (
        "weights.pt", lambda path: torch.save({"state_dict": torch.ones(3)}, path), NOT_WEIGHTS
    ),
    "code": ("weights.pt", lambda path: torch.save(SubjectFiles, path), NOT_WEIGHTS),
    "packed weights": ("weights.pt", packed, "more than the file has"),
    "a flipped bit": ("weights.pt", flipped, "keep the two of one fold together"),
    "a tensor less": ("weights.pt", other_tensor, NOT_WEIGHTS),
    "a network of 4 TB": (
        "weights.pt",
        lambda path: of_network(path, filters=(200_000, 200_000, 200_000)),
        "numbers are too few for the network that it describes",
    ),
    "a kernel of 2 GB": ("weights.pt", lambda path: of_network(path, kernel=801), "too few"),
    "an unknown network": ("weights.pt", lambda path: of_network(path, name="x"), NOT_WEIGHTS),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_damaged_or_foreign_model_is_answered_in_one_line(fold, tmp_path, capsys, name):
    for file in ("weights.pt", MODEL_FILE, *(f"{contrast}.nii.gz" for contrast in CONTRASTS)):
        shutil.copy(fold / file, tmp_path / file)
    file, spoil, message = SPOILT[name]
    spoil(tmp_path / file)
    said = failure(arguments(tmp_path, tmp_path / "a.nii.gz"), capsys)
    assert message in said and said.startswith("cirl: ") and said.count("\n") == 1
    assert len(said) < 600 and not (tmp_path / "a.nii.gz").exists()


@pytest.mark.parametrize("place", ["file/a.nii.gz", "a.nii.gz/b.nii.gz", "loop/a.nii.gz"])
def test_a_folder_for_the_mask_that_is_none_is_answered_in_one_line(fold, tmp_path, capsys, place):
    (tmp_path / "file").write_text("")
    linked(tmp_path / "loop", tmp_path / "loop")
    said = failure(arguments(fold, tmp_path / place), capsys)
    assert said.count("\n") == 1 and f"no folder {(tmp_path / place).parent}" in said

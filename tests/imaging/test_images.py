"""Damaged and odd files are noticed, and the message names the file and what was found."""

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from cirl.imaging.images import SubjectError, read_image, read_label

MAP = {1: "NCR", 2: "ED", 4: "ET"}


@pytest.fixture
def image_file(tmp_path: Path) -> Path:
    path = tmp_path / "image.nii.gz"
    voxels = np.random.default_rng(0).integers(0, 900, (20, 20, 20)).astype(np.int16)
    nib.save(nib.Nifti1Image(voxels, np.diag([1.0, 2, 3, 1])), path)
    return path


def save(path: Path, array: np.ndarray) -> Path:
    nib.save(nib.Nifti1Image(array, np.eye(4)), path)
    return path


def test_a_sound_file_reads_as_nibabel_reads_it(image_file: Path) -> None:
    voxels, affine = read_image(image_file)
    expected = nib.load(image_file)
    assert np.array_equal(voxels, expected.get_fdata())
    assert np.array_equal(affine, expected.affine)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated_gzip_is_found(image_file: Path, share: float) -> None:
    whole = image_file.read_bytes()
    image_file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SubjectError, match="damaged gzip stream") as caught:
        read_image(image_file)
    assert str(image_file) in str(caught.value)


def test_a_flipped_bit_is_found(image_file: Path) -> None:
    content = bytearray(image_file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    image_file.write_bytes(content)
    with pytest.raises(SubjectError, match="damaged gzip stream"):
        read_image(image_file)


def test_too_few_voxels_in_a_sound_stream_are_found(image_file: Path) -> None:
    content = gzip.decompress(image_file.read_bytes())
    image_file.write_bytes(gzip.compress(content[:-100]))
    with pytest.raises(SubjectError, match="truncated"):
        read_image(image_file)


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x1f\x8b"])
def test_what_is_not_an_image_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.nii.gz"
    path.write_bytes(content)
    with pytest.raises(SubjectError, match="not a NIfTI|damaged|empty"):
        read_image(path)


def test_missing_file_and_four_axes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SubjectError, match="no such file"):
        read_image(tmp_path / "none.nii.gz")
    four = save(tmp_path / "four.nii.gz", np.zeros((4, 4, 4, 2), np.int16))
    with pytest.raises(SubjectError, match="three axes"):
        read_image(four)
    single = save(tmp_path / "single.nii.gz", np.zeros((4, 4, 4, 1), np.int16))
    assert read_image(single)[0].shape == (4, 4, 4)


def test_labels_are_mapped_by_meaning(tmp_path: Path) -> None:
    path = save(tmp_path / "seg.nii.gz", np.array([0, 1, 2, 4] * 2, np.uint8).reshape(2, 2, 2))
    labels, _ = read_label(path, MAP)
    assert labels.ravel().tolist() == [0, 1, 2, 3] * 2


def test_an_unmapped_value_names_file_and_value(tmp_path: Path) -> None:
    path = save(tmp_path / "seg.nii.gz", np.full((2, 2, 2), 7, np.uint8))
    with pytest.raises(SubjectError, match=r"seg\.nii\.gz: label value 7, expected .*4 \(ET\)"):
        read_label(path, MAP)


def test_almost_whole_values_are_rounded_and_halves_refused(tmp_path: Path) -> None:
    near = save(tmp_path / "near.nii.gz", np.full((2, 2, 2), 0.9999999, np.float32))
    assert (read_label(near, MAP)[0] == 1).all()
    half = save(tmp_path / "half.nii.gz", np.full((2, 2, 2), 1.5, np.float32))
    with pytest.raises(SubjectError, match=r"label value 1\.5"):
        read_label(half, MAP)

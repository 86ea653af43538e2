"""A file costs the memory of its image, whatever it claims or would decompress to."""

import gzip
import tracemalloc
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from cirl.imaging import images, unpacking
from cirl.imaging.images import SubjectError, read_image


def header_of(shape: tuple[int, ...], kind: type = nib.Nifti1Image, dtype=np.int16) -> bytes:
    """Return the header of an image that need not be there."""
    header = kind.header_class()
    header.set_data_dtype(dtype)
    header["dim"][: 1 + len(shape)] = (len(shape), *shape)
    header["pixdim"][1:4] = 1
    header["vox_offset"] = 352 if kind is nib.Nifti1Image else 544
    header["magic"] = b"n+1" if kind is nib.Nifti1Image else b"n+2\r\n\032\n"
    return header.binaryblock + bytes(4)


def refused(path: Path) -> str:
    """Return why a file is refused; what it costs is at most 40 MB."""
    tracemalloc.start()
    try:
        with pytest.raises(SubjectError) as caught:
            read_image(path)
        assert tracemalloc.get_traced_memory()[1] < 40e6
    finally:
        tracemalloc.stop()
    assert caught.value.problem == "large" and str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("shape", [(10000, 10000, 10000), (32767,) * 7, (813, 813, 813)])
def test_a_header_that_claims_too_much_is_not_believed(
    tmp_path: Path, shape: tuple[int, ...], compressed: bool
) -> None:
    path = tmp_path / ("a.nii.gz" if compressed else "a.nii")
    content = header_of(shape, dtype=np.uint8) + bytes(1000)
    path.write_bytes(gzip.compress(content) if compressed else content)
    voxels = np.prod([float(edge) for edge in shape])
    assert float(refused(path).split(": ")[1].split(" voxels")[0].replace(",", "")) == voxels


def test_a_2_tb_nifti_2_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(header_of((10000, 10000, 10000), nib.Nifti2Image)))
    assert "1,000,000,000,000 voxels and 2,000,000,000,544 bytes by its header" in refused(path)


@pytest.mark.parametrize("members", [1, 4])
def test_a_small_file_that_decompresses_to_much_is_left(tmp_path: Path, members: int) -> None:
    """400 MB of zeros in 400 kB behind a sound header, in one stream or several."""
    path = tmp_path / "a.nii.gz"
    bomb = gzip.compress(bytes(400_000_000 // members), 1)
    path.write_bytes(gzip.compress(header_of((20, 20, 20))) + bomb * members)
    assert "decompresses to more than 1,064,928 bytes, expected the 16,352" in refused(path)


def test_a_compressed_nothing_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(bytes(400_000_000), 1))
    with pytest.raises(SubjectError, match="not a NIfTI file: 1049116 bytes that begin"):
        read_image(path)


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path, monkeypatch) -> None:
    """40 GB, of which nothing is there but its size."""
    path = tmp_path / "a.nii.gz"
    with path.open("wb") as file:
        file.truncate(40_000_000_000)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("was read"))
    assert "40,000,000,000 bytes, expected a volume of 2,147,483,648 at most" in refused(path)


def test_what_follows_the_voxels_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    voxels = np.random.default_rng(0).integers(0, 900, (20, 20, 20)).astype(np.int16)
    nib.save(nib.Nifti1Image(voxels, np.eye(4)), path)
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content) + gzip.compress(bytes(2**20)))
    assert np.array_equal(read_image(path)[0], voxels)
    path.write_bytes(gzip.compress(content) + gzip.compress(bytes(2**20))[:-3])
    with pytest.raises(SubjectError, match="damaged gzip stream"):
        read_image(path)


def test_the_bound_is_of_the_volume_as_float32(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "a.nii.gz"
    nib.save(nib.Nifti1Image(np.ones((20, 20, 20), np.uint8), np.eye(4)), path)
    for module in (images, unpacking):
        monkeypatch.setattr(module, "LARGEST_BYTES", 4 * 20**3)
    assert read_image(path)[0].sum() == 8000
    monkeypatch.setattr(unpacking, "LARGEST_BYTES", 4 * 20**3 - 1)
    assert "8,000 voxels and 8,352 bytes" in refused(path)

"""Every kind of bad input: how to spoil a sound subject, and what is to become of it."""

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from box_subjects import BRAIN

from cirl.imaging.subjects import SubjectFiles

TUMOUR_VOXELS = 6 * 6 * 5

Spoil = Callable[[SubjectFiles], SubjectFiles | None]


def edit(
    path: str,
    voxels: Callable[[np.ndarray], np.ndarray] = lambda array: array,
    affine: Callable[[np.ndarray], np.ndarray] = lambda matrix: matrix,
) -> None:
    """Write an image anew with other voxels or another affine."""
    image = nib.load(path)
    array = voxels(np.asarray(image.dataobj).copy())
    nib.save(nib.Nifti1Image(array, affine(image.affine.copy())), path)


def put(array: np.ndarray, where: Any, value: float, kind: type = np.float32) -> np.ndarray:
    """Return an array as another type, with a value at some places."""
    changed = array.astype(kind)
    changed[where] = value
    return changed


def content(kind: str, change: Callable[[bytes], bytes]) -> Spoil:
    """Change the bytes of a contrast's file, or of the label's."""

    def spoil(files: SubjectFiles) -> None:
        path = Path(files.contrasts.get(kind, files.label))
        path.write_bytes(change(path.read_bytes()))

    return spoil


def voxels_of(kind: str, change: Callable[[np.ndarray], np.ndarray]) -> Spoil:
    return lambda files: edit(files.contrasts.get(kind, files.label), voxels=change)


def affine_of(kind: str, change: Callable[[np.ndarray], np.ndarray]) -> Spoil:
    return lambda files: edit(files.contrasts.get(kind, files.label), affine=change)


def removed(kind: str) -> Spoil:
    return lambda files: Path(files.contrasts.get(kind, files.label)).unlink()


def shifted(millimetres: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(affine: np.ndarray) -> np.ndarray:
        affine[0, 3] += millimetres
        return affine

    return change


def flip_a_bit(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[len(data) // 2] ^= 0x10
    return bytes(changed)


def in_another_format(files: SubjectFiles) -> None:
    path = Path(files.contrasts["t2w"])
    path.rename(str(path).replace(".nii.gz", ".mha"))


def only_uncompressed(files: SubjectFiles) -> None:
    path = Path(files.contrasts["t2w"])
    Path(str(path).removesuffix(".gz")).write_bytes(gzip.decompress(path.read_bytes()))
    path.unlink()


def a_folder(files: SubjectFiles) -> None:
    Path(files.contrasts["t1c"]).unlink()
    Path(files.contrasts["t1c"]).mkdir()


def a_pipe(files: SubjectFiles) -> None:
    Path(files.contrasts["t1c"]).unlink()
    os.mkfifo(files.contrasts["t1c"])


def a_dangling_link(files: SubjectFiles) -> None:
    Path(files.contrasts["t1c"]).unlink()
    Path(files.contrasts["t1c"]).symlink_to("elsewhere.nii.gz")


def a_link_to_itself(files: SubjectFiles) -> None:
    path = Path(files.contrasts["t1c"])
    path.unlink()
    path.symlink_to(path.name)


def a_sound_link(files: SubjectFiles) -> None:
    path = Path(files.contrasts["t1c"])
    path.symlink_to(path.rename(path.with_name("somewhere.nii.gz")).name)


def single_slice(array: np.ndarray) -> np.ndarray:
    return array[:, :, 7]


def doubled(affine: np.ndarray) -> np.ndarray:
    return affine @ np.diag([1, 1, 2, 1])


def flipped(affine: np.ndarray) -> np.ndarray:
    mirror = np.diag([-1.0, 1, 1, 1])
    mirror[0, 3] = 19
    return affine @ mirror


def turned(affine: np.ndarray) -> np.ndarray:
    cosine, sine = np.cos(0.1), np.sin(0.1)
    turn = np.eye(4)
    turn[:2, :2] = [[cosine, -sine], [sine, cosine]]
    return turn @ affine


def zeroed(start: int, stop: int) -> Callable[[bytes], bytes]:
    """Clear some bytes of the header; nifti1.h says what stands where."""

    def change(data: bytes) -> bytes:
        plain = bytearray(gzip.decompress(data))
        plain[start:stop] = bytes(stop - start)
        return gzip.compress(bytes(plain))

    return change


def without_place(files: SubjectFiles) -> None:
    """Clear the codes of qform and sform of every file; the voxel size stays."""
    for path in files.paths:
        Path(path).write_bytes(zeroed(252, 256)(Path(path).read_bytes()))


def relabelled(value: float, kind: type = np.uint8) -> Callable[[np.ndarray], np.ndarray]:
    """Give the enhancing tumour another value."""
    return lambda label: put(label, label == 3, value, kind)


def all_contrasts(change: Callable[[np.ndarray], np.ndarray]) -> Spoil:
    def spoil(files: SubjectFiles) -> None:
        for path in files.contrasts.values():
            edit(path, voxels=change)

    return spoil


def masked(box: tuple[slice, ...], value: float = 1, affine: np.ndarray | None = None) -> Spoil:
    """Give the subject a brain mask."""

    def spoil(files: SubjectFiles) -> SubjectFiles:
        mask = np.zeros((20, 24, 18), np.float32)
        mask[box] = value
        path = files.label.replace("-seg", "-mask")
        grid = nib.load(files.label).affine if affine is None else affine
        nib.save(nib.Nifti1Image(mask, grid), path)
        return replace(files, brain_mask=path)

    return spoil


def no_mask(files: SubjectFiles) -> SubjectFiles:
    return replace(files, brain_mask=files.label.replace("-seg", "-mask"))


@dataclass(frozen=True)
class Case:
    """How a subject is spoilt, and what is to become of it.

    Attributes:
        spoil: changes the files, or returns others.
        problem: the code of an excluded subject, empty for one that is used.
        says: what the reason says, or the only note of a subject that is used.
        file: contrast, ``seg`` or ``mask`` whose file the reason names.
    """

    spoil: Spoil
    problem: str
    says: str
    file: str = ""


def replaced_by(kind: str, other: str, put_there: Callable[[Path, Path], object]) -> Spoil:
    """Put one of a subject's files in the place of another."""

    def spoil(files: SubjectFiles) -> None:
        Path(files.named_paths[kind]).unlink()
        put_there(Path(files.named_paths[kind]), Path(files.named_paths[other]))

    return spoil


def written_again(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path, Path], object]:
    """Write an image once more with other bytes."""

    def write(path: Path, other: Path) -> None:
        image = nib.load(other)
        array = np.asarray(image.dataobj)
        nib.save(nib.Nifti1Image(change(array), image.affine), path)

    return write


def z_scored(image: np.ndarray) -> np.ndarray:
    brain = image[image > 0]
    return np.where(image > 0, (image - brain.mean()) / brain.std(), 0).astype(np.float32)


CASES = {
    # One image given as two.
    "a link to another contrast": Case(
        replaced_by("t2f", "t1c", Path.symlink_to), "same", "t1c and t2f are the same file", "t2f"
    ),
    "a hard link to another contrast": Case(
        replaced_by("t1c", "t1n", Path.hardlink_to), "same", "t1n and t1c are the same file", "t1c"
    ),
    "the label as a contrast": Case(
        replaced_by("t2w", "label", Path.symlink_to), "same", "t2w and label are the same file"
    ),
    "a copy of another contrast": Case(
        replaced_by("t2f", "t1c", lambda path, other: path.write_bytes(other.read_bytes())),
        "same",
        "t1c and t2f have the same voxels",
        "t2f",
    ),
    "another contrast as other numbers": Case(
        replaced_by("t2f", "t1c", written_again(lambda image: image.astype(np.float64))),
        "same",
        "t1c and t2f have the same voxels",
        "t2f",
    ),
    "another contrast, z-scored": Case(
        replaced_by("t2w", "t1n", written_again(z_scored)),
        "same",
        "t1n and t2w have the same voxels",
        "t2w",
    ),
    # The bytes of a file.
    "zero bytes": Case(
        content("t2w", lambda data: b""), "damaged", "empty (0 bytes), expected a NIfTI file", "t2w"
    ),
    "truncated gzip": Case(
        content("t2w", lambda data: data[:-2000]),
        "damaged",
        "damaged gzip stream (Compressed file ended before",
        "t2w",
    ),
    "truncated in its checksum": Case(
        content("t2w", lambda data: data[:-3]), "damaged", "damaged gzip stream", "t2w"
    ),
    "corrupt gzip body": Case(content("t1n", flip_a_bit), "damaged", "damaged gzip stream", "t1n"),
    "wrong checksum": Case(
        content("seg", lambda data: data[:-8] + bytes(4) + data[-4:]),
        "damaged",
        "CRC check failed",
        "seg",
    ),
    "garbage": Case(
        content("t2f", lambda data: b"<html>404 not found"),
        "damaged",
        "not a NIfTI file: 19 bytes that begin with b'<html>404 no'",
        "t2f",
    ),
    "compressed garbage": Case(
        content("t2f", lambda data: gzip.compress(b"subject,age\n1,60\n" * 50)),
        "damaged",
        "not a NIfTI file: 850 bytes",
        "t2f",
    ),
    "too few voxels": Case(
        content("t1c", lambda data: gzip.compress(gzip.decompress(data)[:-100])),
        "damaged",
        "truncated, 17532 bytes where 17632 were expected",
        "t1c",
    ),
    "plain though named gz": Case(
        content("t2w", gzip.decompress),
        "",
        "t2w: not compressed, although it is named s1-t2w.nii.gz",
    ),
    # What lies at the path.
    "missing contrast": Case(removed("t1c"), "missing", "no such file", "t1c"),
    "missing label": Case(removed("seg"), "missing", "no such file", "seg"),
    "another format": Case(
        in_another_format,
        "missing",
        "no such file, but s1-t2w.mha; expected s1-t2w.nii.gz",
        "t2w",
    ),
    "uncompressed": Case(
        only_uncompressed,
        "missing",
        "no such file, but s1-t2w.nii; expected s1-t2w.nii.gz",
        "t2w",
    ),
    "folder": Case(a_folder, "missing", "is a folder, expected a NIfTI file", "t1c"),
    "pipe": Case(a_pipe, "missing", "is no regular file, expected a NIfTI file", "t1c"),
    "dangling link": Case(
        a_dangling_link, "missing", "the link leads to elsewhere.nii.gz, which is not there", "t1c"
    ),
    "circular link": Case(a_link_to_itself, "missing", "a link that leads to itself", "t1c"),
    "sound link": Case(a_sound_link, "", ""),
    # Grids.
    "four axes": Case(
        voxels_of("t1n", lambda array: np.stack([array] * 3, axis=-1)),
        "grid",
        "shape (20, 24, 18, 3), expected a volume with three axes",
        "t1n",
    ),
    "two axes": Case(
        voxels_of("t1n", single_slice), "grid", "shape (20, 24), expected a volume", "t1n"
    ),
    "one slice": Case(
        voxels_of("t1n", lambda array: array[:, :, 7:8]),
        "grid",
        "shape (20, 24, 1), expected a volume",
        "t1n",
    ),
    "a fourth axis of one": Case(voxels_of("t1n", lambda array: array[..., None]), "", ""),
    "other size": Case(
        voxels_of("t2f", lambda array: array[:, :, :-1]),
        "grid",
        "shape (20, 24, 17), expected (20, 24, 18) as in",
        "t2f",
    ),
    "other spacing": Case(
        affine_of("t2f", doubled), "grid", "voxels of 2 x 2 x 6 mm, expected 2 x 2 x 3 as in", "t2f"
    ),
    "origin off by 0.00001 mm": Case(
        affine_of("t2f", shifted(1e-5)), "", "t2f: lies 1e-05 mm off the grid of t1n"
    ),
    "label off by 0.00001 mm": Case(
        affine_of("seg", shifted(1e-5)), "", "label: lies 1e-05 mm off the grid of t1n"
    ),
    "label off by 1 mm": Case(
        affine_of("seg", shifted(1)),
        "grid",
        "lies 1 mm off, with its origin at (1, 0, 0) mm, expected (0, 0, 0) as in",
        "seg",
    ),
    "label of another size": Case(
        voxels_of("seg", lambda array: array[:, :, :-1]),
        "grid",
        "shape (20, 24, 17), expected (20, 24, 18) as in",
        "seg",
    ),
    "origin off by 1 mm": Case(
        affine_of("t2f", shifted(1)),
        "grid",
        "lies 1 mm off, with its origin at (1, 0, 0) mm, expected (0, 0, 0) as in",
        "t2f",
    ),
    "flipped in place": Case(affine_of("t2f", flipped), "", "t2f: axes run LAS, turned to RAS"),
    "flipped elsewhere": Case(
        affine_of("t2f", lambda affine: affine @ np.diag([-1.0, 1, 1, 1])),
        "grid",
        "axes run LAS, expected RAS as in",
        "t2f",
    ),
    "turned": Case(affine_of("t2f", turned), "grid", "axes are turned, by ", "t2f"),
    "no inverse": Case(
        content("t2f", zeroed(312, 328)),
        "grid",
        "its affine cannot be inverted",
        "t2f",
    ),
    "no place in space": Case(without_place, "", "neither qform nor sform"),
    # Labels.
    "label 7": Case(
        voxels_of("seg", relabelled(7)),
        "label",
        "label value 7, expected 0 (background), 1 (NCR), 2 (ED), 3 (ET)",
        "seg",
    ),
    "label 0.9999999": Case(
        voxels_of("seg", lambda label: np.where(label == 1, 0.9999999, label).astype(np.float32)),
        "",
        "label: 4 values are not whole and were rounded, by 1e-07 at most",
    ),
    "label 1.5": Case(
        voxels_of("seg", relabelled(1.5, np.float32)), "label", "label value 1.5, expected", "seg"
    ),
    "label NaN": Case(
        voxels_of("seg", relabelled(np.nan, np.float32)), "label", "label value nan", "seg"
    ),
    "negative label": Case(
        voxels_of("seg", relabelled(-3, np.int16)), "label", "label value -3, expected", "seg"
    ),
    "no tumour": Case(voxels_of("seg", np.zeros_like), "", "label: no tumour voxel"),
    # Intensities.
    "NaN in the brain": Case(
        voxels_of("t1c", lambda array: put(array, (slice(8, 10), 9, 6), np.nan)),
        "intensity",
        "2 voxels in the brain are not finite (NaN or infinite), expected numbers",
        "t1c",
    ),
    "infinity in the brain": Case(
        voxels_of("t1c", lambda array: put(array, (8, 9, 6), np.inf)),
        "intensity",
        "1 voxels in the brain are not finite",
        "t1c",
    ),
    "NaN in a hole of all contrasts": Case(
        all_contrasts(lambda array: put(array, (8, 9, 6), np.nan)),
        "intensity",
        "1 voxels in the brain are not finite",
        "t1n",
    ),
    "NaN outside the brain": Case(
        voxels_of("t1c", lambda array: put(array, (0,), np.nan)),
        "",
        "t1c: 432 voxels outside the brain are not finite, taken as 0",
    ),
    "infinity outside the brain": Case(
        voxels_of("t1c", lambda array: put(array, (19, 23, 17), -np.inf)),
        "",
        "t1c: 1 voxels outside the brain are not finite, taken as 0",
    ),
    "constant": Case(
        voxels_of("t2w", lambda array: np.where(array > 0, 100, 0).astype(np.int16)),
        "intensity",
        "t2w has one value, 100, in the whole brain, expected an image",
        "t2w",
    ),
    "constant but for a few": Case(
        voxels_of("t2w", lambda array: put(np.where(array > 0, 100, 0), (5, 5, slice(3, 6)), 7)),
        "intensity",
        "t2w has one value, 100, in nearly the whole brain",
        "t2w",
    ),
    "all zero": Case(
        voxels_of("t2w", np.zeros_like), "intensity", "t2w has one value, 0, in the whole", "t2w"
    ),
    "every contrast zero": Case(
        all_contrasts(np.zeros_like), "brain", "box_s1: no brain was found, all contrasts are 0"
    ),
    "every contrast NaN": Case(
        all_contrasts(lambda array: np.full(array.shape, np.nan, np.float32)),
        "brain",
        "box_s1: no brain was found",
    ),
    "complex": Case(
        voxels_of("t2w", lambda array: array.astype(np.complex64)),
        "intensity",
        "voxels of type complex64, expected numbers",
        "t2w",
    ),
    "negative background": Case(
        all_contrasts(lambda array: array.astype(np.float32) - 4.5),
        "brain",
        "box_s1: the background is not 0, all corners of the images are brain; "
        "the cohort needs a brain_mask",
    ),
    "negative background with a mask": Case(
        lambda files: (
            all_contrasts(lambda array: array.astype(np.float32) - 4.5)(files)
            or masked(BRAIN)(files)
        ),
        "",
        "",
    ),
    # Brain masks.
    "missing mask": Case(no_mask, "missing", "no such file", "mask"),
    "empty mask": Case(
        masked(BRAIN, 0), "brain", "no voxel above 0.5, the largest value is 0; expected 1", "mask"
    ),
    "mask on another grid": Case(
        masked(BRAIN, affine=np.diag([2.0, 2, 4, 1])), "grid", "voxels of 2 x 2 x 4 mm", "mask"
    ),
    "mask beside the tumour": Case(
        masked((slice(13, 17), *BRAIN[1:])),
        "brain",
        f"all {TUMOUR_VOXELS} tumour voxels lie outside the brain",
        "seg",
    ),
    "mask through the tumour": Case(
        masked((slice(9, 17), *BRAIN[1:])),
        "",
        f"label: 90 of {TUMOUR_VOXELS} tumour voxels (50%) lie outside the brain",
    ),
}

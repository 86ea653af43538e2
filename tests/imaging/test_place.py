"""A mask lies where its image does, in every reader; forms that contradict each other are told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from box_subjects import BRAIN, CONTRASTS, write_box_subject
from radiomics.imageoperations import checkMask

from cirl.evaluation.scoring import ScoringSettings, score_predictions
from cirl.imaging.geometry import save_mask, to_ras
from cirl.imaging.images import SubjectError, read_label, read_volume
from cirl.imaging.place import FIELDS
from cirl.imaging.preprocessing import PreprocessingSettings, preprocess, preprocess_or_exclude
from cirl.imaging.store import open_subject, write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.study.cohorts import Cohort

PLAIN = PreprocessingSettings(spacing=None, clip=(0.5, 99.5))
COARSE = replace(PLAIN, spacing=3.7)
SHAPE = (20, 24, 18)


def turned(degrees: float, axis: int = 2) -> np.ndarray:
    """Return the 4 x 4 matrix of a turn about an axis."""
    matrix, (first, second) = np.eye(4), (other for other in range(3) if other != axis)
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix[[first, first, second, second], [first, second, first, second]] = [
        *(cosine, -sine),
        *(sine, cosine),
    ]
    return matrix


def moved(*by: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = by
    return matrix


def sheared(amount: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[0, 1] = amount
    return matrix


A = moved(-31.5, -20.25, 12) @ np.diag([2.0, 2.0, 3.0, 1.0])
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
FAR = moved(12, -83, 25) @ turned(13) @ turned(4, 0)
MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Header:
    """The forms and codes of a header, and what is to become of its image.

    Attributes:
        qform, sform: 4 x 4 matrices.
        codes: of the two.
        says: what is noted or, where it is excluded, the reason.
        excluded: whether it is.
        change: what else is written into the header.
    """

    qform: np.ndarray
    sform: np.ndarray
    codes: tuple[int, int] = (1, 1)
    says: str = ""
    excluded: bool = False
    change: Callable[[nib.Nifti1Header], None] = lambda header: None


def set_field(name: str, value: object) -> Callable[[nib.Nifti1Header], None]:
    return lambda header: header.__setitem__(name, value)


def set_sizes(*sizes: float) -> Callable[[nib.Nifti1Header], None]:
    return lambda header: header["pixdim"].__setitem__(slice(1, 4), sizes)


OBLIQUE = turned(25, 0) @ turned(12) @ A
HEADERS = {
    "1/1": Header(A, A),
    "0/2": Header(A, A, (0, 2)),
    "1/0": Header(OBLIQUE, A, (1, 0)),
    "0/0": Header(A, A, (0, 0), "neither qform nor sform says how it lies"),
    "0/2 as nibabel writes it": Header(OBLIQUE, OBLIQUE, (0, 2)),
    "both oblique": Header(OBLIQUE, OBLIQUE),
    "both LPS": Header(LPS @ A, LPS @ A),
    "both MNI": Header(MIRROR @ A, MIRROR @ A, (4, 4)),
    "axes in another order": Header(*[A[:, [2, 0, 1, 3]]] * 2),
    "scanner and MNI": Header(A, FAR @ A, (1, 4), "sform (code 4) and qform (code 1) put a corner"),
    "MNI and scanner": Header(FAR @ A, A, (4, 1), "sform (code 1) and qform (code 4) put a corner"),
    "scanner and scaled MNI": Header(
        A,
        FAR @ A @ np.diag([1, 1.05, 1.1, 1]),
        (1, 4),
        "the sform was read: voxels of 2 x 2.1 x 3.3 mm, not of 2 x 2 x 3 mm",
    ),
    "scanner and an MNI of other voxels": Header(
        A, A @ np.diag([2.0, 2, 2, 1]), (1, 4), "voxels of 4 x 4 x 6 mm by its sform", True
    ),
    "both scanner": Header(A, FAR @ A, (1, 1), "sform (code 1) and qform (code 1) put a corner"),
    "0.3 mm apart": Header(A, moved(0.3, 0, 0) @ A, says="a corner 0.3 mm apart"),
    "0.1 mm apart": Header(A, moved(0.1, 0, 0) @ A),
    "no unit": Header(A, A, change=set_field("xyzt_units", 0)),
    "mm and s": Header(A, A, change=set_field("xyzt_units", 10)),
    "a sform without its code": Header(A, FAR @ A, (1, 0)),
    "a qform without its code": Header(FAR @ A, A, (0, 1)),
    "sizes 0.5 % off": Header(A, A @ np.diag([1.009, 1, 1, 1]), says="put a corner"),
    "sheared": Header(
        A, sheared(0.15) @ A, says="its sform is sheared, two axes are", excluded=True
    ),
    "sheared, no qform": Header(A, sheared(2e-3) @ A, (0, 2), "ITK (SimpleITK", True),
    "sheared MNI": Header(A, FAR @ sheared(0.1) @ A, (1, 4), "its sform is sheared", True),
    "hardly sheared": Header(A, sheared(9e-3) @ A, says="put a corner"),
    "scaled": Header(
        A,
        A @ np.diag([1.2, 1.2, 1.2, 1]),
        says="voxels of 2.4 x 2.4 x 3.6 mm by its sform, but of 2 x 2 x 3 mm by pixdim",
        excluded=True,
    ),
    "sizes forgotten": Header(A, A, (0, 2), "of 1 x 1 x 1 mm by pixdim", True, set_sizes(1, 1, 1)),
    "no sizes": Header(A, A, (0, 2), "mm by pixdim", True, set_sizes(0, 0, 0)),
    "mirrored": Header(
        A, MIRROR @ A, says="axes run LAS by its sform and RAS by its qform", excluded=True
    ),
    "upside down": Header(A, turned(180, 0) @ A, says="turned by 180 degrees", excluded=True),
    "no rotation": Header(
        A, A, says="its qform is no rotation", excluded=True, change=set_field("quatern_b", 2.0)
    ),
    "no numbers": Header(
        A, A, says="its qform is no", excluded=True, change=set_field("qoffset_y", np.nan)
    ),
    "in metres": Header(
        A, A, says="lengths in metres", excluded=True, change=set_field("xyzt_units", 1)
    ),
    "in micrometres": Header(
        A, A, says="lengths in micrometres", excluded=True, change=set_field("xyzt_units", 11)
    ),
}
USED = [name for name, header in HEADERS.items() if not header.excluded]


def rewrite(path: str, header: Header, kind: type = nib.Nifti1Image) -> None:
    """Write an image anew with another header."""
    array = np.asarray(nib.load(path).dataobj)
    image = kind(array, np.eye(4))
    image.header.set_qform(header.qform, header.codes[0])
    image.header.set_sform(header.sform, header.codes[1])
    image.header["xyzt_units"] = 2
    header.change(image.header)
    nib.save(kind(array, None, image.header), path)


def subject_of(cohort: Cohort, header: Header) -> SubjectFiles:
    """Write a subject all files of which have the same header."""
    write_box_subject(cohort, "s1", A)
    files = SubjectFiles(**cohort.files("s1"))
    for path in files.paths:
        rewrite(path, header)
    return files


@pytest.mark.parametrize("name", HEADERS)
def test_what_becomes_of_a_header(box_cohort: Cohort, name: str) -> None:
    header = HEADERS[name]
    files = subject_of(box_cohort, header)
    metadata = preprocess_or_exclude(files, PLAIN, last_attempt=True).metadata
    if header.excluded:
        assert (metadata["status"], metadata["problem"]) == ("excluded", "grid")
        assert metadata["reason"].startswith(f"{files.contrasts['t1n']}: ")
        assert header.says in metadata["reason"]
    else:
        assert metadata["status"] == "ok", metadata["reason"]
        assert len(metadata["notes"]) == 5 * bool(header.says)
        assert all(header.says in note for note in metadata["notes"])


def corners(shape: tuple[int, ...]) -> np.ndarray:
    return np.array(list(product(*((0, edge - 1) for edge in shape))), dtype=float)


def by_itk(path: str | Path) -> np.ndarray:
    """Return where the corners of an image lie as ITK reads it, in mm."""
    image = sitk.ReadImage(str(path))
    index = corners(image.GetSize()).tolist()
    return np.array([image.TransformContinuousIndexToPhysicalPoint(corner) for corner in index])


def by_nibabel(path: str | Path) -> np.ndarray:
    image = nib.load(path)
    return nib.affines.apply_affine(image.affine, corners(image.shape))


@pytest.mark.parametrize("settings", [PLAIN, COARSE], ids=["own grid", "3.7 mm"])
@pytest.mark.parametrize("name", USED)
def test_a_mask_lies_where_its_image_does(
    box_cohort: Cohort, tmp_path: Path, name: str, settings: PreprocessingSettings
) -> None:
    files = subject_of(box_cohort, HEADERS[name])
    result = preprocess(files, settings)
    mask, image = tmp_path / "mask.nii.gz", files.contrasts["t1n"]
    written = save_mask(result.label, result.metadata["geometry"], mask)
    if settings is PLAIN:
        np.testing.assert_array_equal(written, read_label(files.label, files.label_map)[0])
    for place in (by_itk, by_nibabel):
        np.testing.assert_allclose(place(mask), place(image), atol=1e-4)
    own, theirs = nib.load(mask).header, nib.load(image).header
    for field in FIELDS:
        np.testing.assert_array_equal(own[field], theirs[field], err_msg=field)
    np.testing.assert_array_equal(own["pixdim"][:4], theirs["pixdim"][:4])
    np.testing.assert_array_equal(own["dim"][:4], theirs["dim"][:4])
    accepted, resampled = checkMask(sitk.ReadImage(image), sitk.ReadImage(str(mask)), label=2)
    assert accepted is not None and resampled is None


def test_the_fields_pass_through_the_store_unchanged(box_cohort: Cohort, tmp_path: Path) -> None:
    """Whatever else nobody reads: a mask's place is made of the stored text alone."""
    files = subject_of(box_cohort, HEADERS["scanner and MNI"])
    result = preprocess(files, PLAIN)
    write_subject(tmp_path, "a_x", result.image, result.label, result.metadata)
    save_mask(
        result.label, open_subject(tmp_path, "a_x").metadata["geometry"], tmp_path / "m.nii.gz"
    )
    np.testing.assert_array_equal(
        by_nibabel(tmp_path / "m.nii.gz"), by_nibabel(files.contrasts["t1n"])
    )


@pytest.mark.parametrize("kind", [nib.Nifti2Image, nib.Nifti1Image])
@pytest.mark.parametrize("order", ["<", ">"])
def test_other_kinds_of_nifti_lie_as_they_do(
    box_cohort: Cohort, tmp_path: Path, kind: type, order: str
) -> None:
    files = subject_of(box_cohort, HEADERS["both oblique"])
    path = files.contrasts["t1n"]
    image = nib.load(path)
    swapped = kind(np.asarray(image.dataobj), None, image.header.as_byteswapped(order))
    swapped.header.set_qform(OBLIQUE, 1)
    swapped.header.set_sform(OBLIQUE, 1)
    nib.save(kind(np.asarray(image.dataobj)[..., None], None, swapped.header), path)
    result = preprocess(files, PLAIN)
    save_mask(result.label, result.metadata["geometry"], tmp_path / "mask.nii.gz")
    for place in (by_itk, by_nibabel):
        np.testing.assert_allclose(
            place(tmp_path / "mask.nii.gz"), place(files.contrasts["t1c"]), atol=1e-4
        )


SCANNER_AND_MNI = HEADERS["scanner and MNI"]
WRITTEN_AS = {
    "the qform only": Header(A, A, (1, 0)),
    "the qform in both": Header(A, A, (1, 1)),
    "the qform as its sform": Header(A, A, (0, 2)),
    "the sform as its qform": Header(FAR @ A, A, (1, 0)),
    "the sform only": Header(A, FAR @ A, (0, 2)),
}


@pytest.mark.parametrize("kind", ["label", "t2f"])
@pytest.mark.parametrize("name", WRITTEN_AS)
def test_a_file_that_knows_one_form_is_understood(
    box_cohort: Cohort, tmp_path: Path, name: str, kind: str
) -> None:
    """A label drawn in a tool that reads the one form, or writes no other."""
    files = subject_of(box_cohort, SCANNER_AND_MNI)
    both = preprocess(files, PLAIN)
    path = files.named_paths[kind]
    rewrite(path, WRITTEN_AS[name])
    result = preprocess(files, PLAIN)
    assert result.image.tobytes() == both.image.tobytes()
    assert result.label.tobytes() == both.label.tobytes()
    odd = f"{kind}: lies on the grid of t1n by another form of their places than is read"
    # A rotation of quaternions is exact to about 1e-5 mm here.
    assert (odd in result.metadata["notes"]) == (
        "sform" not in name or name == "the qform as its sform"
    )
    save_mask(result.label, result.metadata["geometry"], tmp_path / "a_x.nii.gz")
    row = {"subject": "a_x", "cohort": "box", "label": files.label}
    scores = score_predictions(
        tmp_path,
        pd.DataFrame([row]),
        {"box": files.label_map},
        ScoringSettings(["WT"]),
    )
    assert scores["dice"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (Header(moved(5, 0, 0) @ A, A, (1, 0)), "lies 5 mm off"),
        (Header(A, A, (0, 0)), "neither qform nor sform says how it lies"),
        (Header(MIRROR @ A, A, (1, 0)), "axes run LAS"),
    ],
)
def test_a_label_that_lies_elsewhere_is_refused_with_that_reason(
    box_cohort: Cohort, header: Header, says: str
) -> None:
    files = subject_of(box_cohort, HEADERS["1/1"])
    rewrite(files.label, header)
    with pytest.raises(SubjectError, match=says) as caught:
        preprocess(files, PLAIN)
    assert str(caught.value).startswith(f"{files.label}: ")


def test_what_is_read_does_not_depend_on_the_other_form(box_cohort: Cohort) -> None:
    files = subject_of(box_cohort, SCANNER_AND_MNI)
    one = read_volume(files.contrasts["t1n"])
    rewrite(files.contrasts["t1n"], Header(A, FAR @ A, (0, 4)))
    other = read_volume(files.contrasts["t1n"])
    np.testing.assert_array_equal(one.affine, other.affine)
    assert len(one.affines) == 2 and len(other.affines) == 1
    np.testing.assert_allclose(one.affines[1], A, atol=1e-5)
    assert to_ras(one.voxels, one.affine)[BRAIN].any() and len(CONTRASTS) == 4

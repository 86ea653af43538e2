"""A subject's files, read and checked against one another."""

import os
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from cirl.imaging.boxes import NOWHERE, bounding_box
from cirl.imaging.components import largest_component
from cirl.imaging.images import SubjectError, Volume, read_label_volume, read_volume, unchanged
from cirl.imaging.one_file import alike, same_files
from cirl.imaging.place import Place, corner_distance, difference_of, smallest_distance
from cirl.imaging.regions import LABELS
from cirl.imaging.turning import turned

GRID_TOLERANCE = 0.01
"""Distance in mm between corners up to which two grids are the same."""


@dataclass(frozen=True)
class SubjectFiles:
    """Where a subject's files lie and what its labels mean.

    Attributes:
        subject: identifier, ``{cohort}_{name}``.
        cohort: name of the cohort.
        name: the subject's name in the cohort.
        contrasts: our name of each contrast and its path, in the study's order.
        label: path of the label map, or None for a subject that nobody has labelled.
        label_map: what each value of the label map means (NCR, ED, ET, background).
        brain_mask: path of a brain mask, or None where the background is 0.
        volumes: how many volumes a file that holds several contrasts must have, or None.
        ambiguous: what cannot be told from the files' names alone, or nothing.
    """

    subject: str
    cohort: str
    name: str
    contrasts: dict[str, str]
    label: str | None
    label_map: dict[int, str] = field(default_factory=dict)
    brain_mask: str | None = None
    volumes: int | None = None
    ambiguous: str = ""

    @property
    def images(self) -> dict[str, str]:
        """Paths of the contrasts, and of ``brain_mask`` where there is one."""
        masks = {"brain_mask": self.brain_mask} if self.brain_mask is not None else {}
        return {**self.contrasts, **masks}

    @property
    def named_paths(self) -> dict[str, str]:
        """Paths of ``images``, and of ``label`` where there is one."""
        return {**self.images, **({} if self.label is None else {"label": self.label})}

    @property
    def paths(self) -> list[str]:
        """Paths of all files that the subject should have."""
        return list(self.named_paths.values())

    @property
    def grid_file(self) -> str:
        """The file whose grid is the subject's and that all others must have: the first contrast's.

        Never the label's, so that a subject lies on the same grid whether it is labelled or not.
        """
        return self.paths[0]


@dataclass
class Subject:
    """A subject on its own grid (three axes).

    Attributes:
        volumes: each contrast, float32, as in the file; what is not finite is 0.
        label: values of ``cirl.imaging.regions.LABELS``, uint8.
        brain: where the brain is; the label has no say in it.
        affine: 4 x 4 matrix from voxels to mm, the first contrast's.
        place: what the first contrast's header says of where it lies.
        notes: what is odd about the files and was tolerated, with the file it concerns.
        distances: how far each file's grid lies from the first contrast's in mm, where it is not 0.
        checksums: of each file, by contrast and as ``label`` and ``brain_mask``.
    """

    volumes: dict[str, np.ndarray]
    label: np.ndarray
    brain: np.ndarray
    affine: np.ndarray
    place: Place
    notes: list[str]
    distances: dict[str, float]
    checksums: dict[str, str]


def read_subject(files: SubjectFiles) -> Subject:
    """Read all files of a subject and check that they belong together.

    The brain is the given mask, or what is not 0 in some contrast (holes filled, largest part
    kept).

    Raises:
        SubjectError: if the name is not UTF-8, a file is missing or damaged or changes meanwhile,
            the grids differ, a label value is unknown (``read_label_volume`` in ``images.py``),
            one image is given as two or two as one, a contrast is not finite inside the brain, no
            brain is found, or all of the tumour lies outside it.
        OSError: for what may pass, such as an error of a network file system.
    """
    _check_files(files)
    with unchanged(files.paths):
        read = _read_files(files)
    main, first = next(iter(read.items()))
    distances = {kind: _grid_distance(files, kind, volume, first) for kind, volume in read.items()}
    distances = {kind: distance for kind, distance in distances.items() if distance > 0}
    notes = [f"{kind}: {note}" for kind, volume in read.items() for note in volume.notes]
    notes += [f"{kind}: lies {mm:.1g} mm off the grid of {main}" for kind, mm in distances.items()]
    notes += [
        f"{kind}: lies on the grid of {main} by another form of their places than is read"
        for kind, volume in read.items()
        if corner_distance(volume.affine, first.affine, first.voxels.shape) > GRID_TOLERANCE
    ]
    checksums = {kind: volume.checksum for kind, volume in read.items()}
    truth = read.pop("label", None)
    undefined = {kind: _take_out(volume.voxels) for kind, volume in read.items()}
    mask = read.pop("brain_mask", None)
    volumes = {kind: volume.voxels for kind, volume in read.items()}
    label = np.zeros(first.voxels.shape, np.uint8) if truth is None else truth.voxels
    filled = np.zeros(label.shape, dtype=bool)
    for voxels in volumes.values():
        filled |= voxels != 0
    brain = _largest_part(files, filled) if mask is None else _given_brain(files, mask.voxels)
    notes += _check_finite(files, undefined, brain)
    _check_alike(files, volumes, brain)
    notes += [] if truth is None else _check_tumour(files, label, brain)
    return Subject(volumes, label, brain, first.affine, first.place, notes, distances, checksums)


def _check_files(files: SubjectFiles) -> None:
    """Refuse a name that no table of text can hold, one file as two images, and two as one."""
    try:
        files.name.encode()
    except UnicodeEncodeError as error:
        found = os.fsencode(error.object[error.start : error.end])
        raise SubjectError(
            f"{files.name}: the name has {found!r}, which is not UTF-8, expected a name in UTF-8; "
            "rename folder and files",
            "name",
        ) from None
    if files.ambiguous:
        raise SubjectError(files.ambiguous, "ambiguous")
    pair = same_files(files.named_paths)
    if pair:
        one, other = (files.named_paths[kind] for kind in pair)
        raise SubjectError(
            f"{other}: {' and '.join(pair)} are the same file ({one}), expected a file each", "same"
        )


def _check_alike(files: SubjectFiles, volumes: dict[str, np.ndarray], brain: np.ndarray) -> None:
    """Refuse the voxels of one image as two contrasts."""
    pair = alike(volumes, brain)
    if pair:
        one, other = (files.contrasts[kind] for kind in pair)
        raise SubjectError(
            f"{other}: {' and '.join(pair)} have the same voxels in the brain, but for a scale "
            f"({one}), expected an image each",
            "same",
        )


def _read_files(files: SubjectFiles) -> dict[str, Volume]:
    """Read the contrasts, by name, then what there is of ``brain_mask`` and ``label``.

    The axes of all of them run as those of the first.
    """
    read: dict[str, Volume] = {}
    for kind, path in files.named_paths.items():
        if kind == "label":
            volume = read_label_volume(path, files.label_map)
        else:
            volume = read_volume(path, files.volumes)
        first = next(iter(read.values()), volume)
        volume, expected = turned(volume, first, GRID_TOLERANCE), first.voxels.shape
        # Told apart at once, before more is read.
        if volume.voxels.shape != expected:
            raise SubjectError(
                f"{path}: shape {volume.voxels.shape}, expected {expected} as in {files.grid_file}",
                "grid",
            )
        read[kind] = volume
    return read


def _grid_distance(files: SubjectFiles, kind: str, volume: Volume, first: Volume) -> float:
    """Return the distance in mm of a file's grid from the first contrast's; refuse another grid."""
    distance = smallest_distance(volume.affines, first.affines, first.voxels.shape)
    if distance > GRID_TOLERANCE:
        found, expected = difference_of(volume.affine, first.affine, distance)
        path = files.named_paths[kind]
        unknown = "; neither qform nor sform says how it lies" if _is_nowhere(volume) else ""
        raise SubjectError(
            f"{path}: {found}, expected {expected} as in {files.grid_file}{unknown}", "grid"
        )
    return distance


def _is_nowhere(volume: Volume) -> bool:
    return not (volume.place["qform_code"] or volume.place["sform_code"])


def _take_out(voxels: np.ndarray) -> np.ndarray | None:
    """Set to 0, in place, what is not finite; return where that was, None for nowhere."""
    undefined = ~np.isfinite(voxels)
    if not undefined.any():
        return None
    voxels[undefined] = 0
    return undefined


def _largest_part(files: SubjectFiles, filled: np.ndarray) -> np.ndarray:
    """Return the largest part of what is not background, its holes filled."""
    if not filled.any():
        raise SubjectError(
            f"{files.subject}: no brain was found, all contrasts are 0 everywhere", "brain"
        )
    box = bounding_box(filled) or NOWHERE
    brain = np.zeros_like(filled)
    # Beyond the box there is background only, so no hole reaches it.
    brain[box] = largest_component(np.asarray(ndimage.binary_fill_holes(filled[box])))
    if brain[:: brain.shape[0] - 1, :: brain.shape[1] - 1, :: brain.shape[2] - 1].all():
        raise SubjectError(
            f"{files.subject}: the background is not 0, all corners of the images are brain; "
            f"the cohort needs a brain_mask",
            "brain",
        )
    return brain


def _given_brain(files: SubjectFiles, mask: np.ndarray) -> np.ndarray:
    brain = mask > 0.5
    if not brain.any():
        raise SubjectError(
            f"{files.brain_mask}: no voxel above 0.5, the largest value is {mask.max():g}; "
            f"expected 1 in the brain",
            "brain",
        )
    return np.asarray(brain)


def _check_finite(
    files: SubjectFiles, undefined: dict[str, np.ndarray | None], brain: np.ndarray
) -> list[str]:
    """Refuse values inside the brain that are not finite; return a note of those outside."""
    notes = []
    for kind, where in undefined.items():
        if where is None:
            continue
        inside, everywhere = int((where & brain).sum()), int(where.sum())
        if inside and kind != "brain_mask":
            raise SubjectError(
                f"{files.contrasts[kind]}: {inside} voxels in the brain are not finite (NaN or "
                f"infinite), expected numbers",
                "intensity",
            )
        notes.append(f"{kind}: {everywhere} voxels outside the brain are not finite, taken as 0")
    return notes


def _check_tumour(files: SubjectFiles, label: np.ndarray, brain: np.ndarray) -> list[str]:
    """Refuse a tumour that lies outside the brain; return a note of one that does in part."""
    tumour = np.isin(label, list(LABELS.values()))
    voxels = int(np.count_nonzero(tumour))
    outside = int(np.count_nonzero(tumour & ~brain))
    if not voxels:
        return ["label: no tumour voxel"]
    if outside == voxels:
        where = files.brain_mask or "what is not 0 in the contrasts"
        raise SubjectError(
            f"{files.label}: all {voxels} tumour voxels lie outside the brain ({where}), "
            f"expected them inside",
            "brain",
        )
    if outside:
        share = 100 * outside / voxels
        return [f"label: {outside} of {voxels} tumour voxels ({share:.2g}%) lie outside the brain"]
    return []

"""Segmenting a folder of subjects: masks beside a table, resumable, a row for whoever fails."""

import errno
import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.imaging.given_files import GivenFilesError, check_out
from cirl.imaging.images import SubjectError
from cirl.imaging.one_file import identity
from cirl.imaging.preprocessing import preprocess
from cirl.imaging.regions import REGIONS, region_voxels
from cirl.imaging.subjects import SubjectFiles
from cirl.running.whole_files import written_whole
from cirl.segmentation.ensemble import Ensemble
from cirl.segmentation.predict_files import (
    Prediction,
    Segmented,
    probabilities_beside,
    segment,
    write_prediction,
)
from cirl.study.image_paths import file_of
from cirl.study.tables.segmentation import PREDICTED

logger = logging.getLogger(__name__)

TABLE = "predictions.csv"

RECORDS = ".predicted"
"""Folder, beside the masks, of what is known of each: by it a rerun knows what is finished."""

TableRow = dict[str, Any]


@dataclass(frozen=True)
class Outputs:
    """Where what is predicted of a subject goes.

    Attributes:
        folder: of all.
        name: the subject's.
        probabilities: whether they are written.
    """

    folder: Path
    name: str
    probabilities: bool

    @property
    def mask(self) -> Path:
        """The label map."""
        return self.folder / f"{self.name}.nii.gz"

    @property
    def outputs(self) -> list[Path]:
        """The mask, and the probabilities where they are wanted."""
        return [self.mask, *[probabilities_beside(self.mask)] * self.probabilities]

    @property
    def record(self) -> Path:
        """What is known of them."""
        return self.folder / RECORDS / f"{self.name}.json"


def predict_folder(
    ensemble: Ensemble,
    subjects: Mapping[str, SubjectFiles],
    folder: str | Path,
    probabilities: bool = False,
) -> Iterator[TableRow]:
    """Segment subjects one after the other, and yield the row of each; none is left out.

    Masks are called ``{name}.nii.gz``, and are there whole or not at all. Rows make the table
    ``predictions.csv``, which is written at the end, also of what is interrupted. A subject whose
    mask is finished, of the same images by the same networks, is not predicted again. One that
    cannot be used is a row with the reason, and the others go on.

    Args:
        ensemble: the networks.
        subjects: files of each, by its name.
        folder: for the masks; it is made where it is not there.
        probabilities: whether they are written too.

    Raises:
        GivenFilesError: before anything is computed, if a file that is read or that was not written
            here would be replaced, or nothing can be written.
        OSError: if nothing more can be written.
    """
    places = {name: Outputs(Path(folder), name, probabilities) for name in subjects}
    check_places(ensemble, subjects, places, Path(folder))
    keys = {name: _key(ensemble, files, probabilities) for name, files in subjects.items()}
    known = {name: _finished(place, keys[name]) for name, place in places.items()}
    rows = {name: row for name, row in known.items() if row is not None}
    try:
        for name, files in subjects.items():
            if name not in rows:
                rows[name] = _predict(ensemble, files, places[name], keys[name])
            yield rows[name]
    finally:
        table = pd.DataFrame([_plain(rows[name]) for name in subjects if name in rows])
        with written_whole(Path(folder) / TABLE) as part:
            PREDICTED.write(table.reindex(columns=_columns(ensemble)), part)


def check_places(
    ensemble: Ensemble,
    subjects: Mapping[str, SubjectFiles],
    places: Mapping[str, Outputs],
    folder: Path,
) -> None:
    """Refuse outputs that would replace a file which is read, or which was not written here.

    Raises:
        GivenFilesError: naming the file.
    """
    try:
        (folder / RECORDS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GivenFilesError(f"{folder}: no folder for masks ({error.strerror})") from error
    read = [Path(file_of(path)) for files in subjects.values() for path in files.paths]
    inputs = {identity(path): path for path in [*read, *ensemble.files.values()]}
    ours = any((folder / RECORDS).iterdir())
    for place in places.values():
        for path in place.outputs:
            if identity(path) in inputs:
                other = inputs[identity(path)]
                raise GivenFilesError(f"{path}: would replace {other}; name another folder")
            if os.path.lexists(path) and not os.path.lexists(place.record):
                raise GivenFilesError(
                    f"{path}: is there, and was not written by cirl predict; name another folder"
                )
    table = folder / TABLE
    if os.path.lexists(table) and not ours:
        raise GivenFilesError(f"{table}: is there, and is another's; name another folder")
    check_out(table, {})


def _key(ensemble: Ensemble, files: SubjectFiles, probabilities: bool) -> TableRow:
    """Return all on which a subject's outputs depend; files by their size and last change."""
    stamps: TableRow = {}
    for kind, path in files.images.items():
        try:
            status = os.stat(file_of(path))
            stamps[kind] = [path, status.st_size, status.st_mtime_ns]
        except OSError:
            stamps[kind] = [path]
    return {"networks": ensemble.identity, "files": stamps, "probabilities": probabilities}


def _finished(place: Outputs, key: TableRow) -> TableRow | None:
    """Return the row of a subject whose outputs are there, and are those that are wanted."""
    if not all(map(os.path.isfile, place.outputs)):
        return None
    try:
        record = json.loads(place.record.read_text())
        found: TableRow | None = record["row"] if record["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def _predict(ensemble: Ensemble, files: SubjectFiles, place: Outputs, key: TableRow) -> TableRow:
    """Write a subject's outputs; return its row, which says why where there are none."""
    try:
        # Noted down beforehand, so that a mask is known to be ours when this is cut short.
        _write_record(place, {"key": None, "row": None})
        for path in place.outputs:
            path.unlink(missing_ok=True)
        found = _segmented(ensemble, files)
        if isinstance(found, str):
            place.record.unlink()
            logger.warning("%s: %s", place.name, found)
            return {"subject": place.name, "status": "failed", "reason": found}
        row = _row(place, write_prediction(found, *place.outputs))
        _write_record(place, {"key": key, "row": row})
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return {
            "subject": place.name,
            "status": "failed",
            "reason": "the name is too long for a file",
        }
    return row


def _segmented(ensemble: Ensemble, files: SubjectFiles) -> Segmented | str:
    """Return a subject's segmentation, or why there is none."""
    try:
        return segment(ensemble, preprocess(files, ensemble.preprocessing))
    except SubjectError as error:
        return str(error)
    except MemoryError:
        return "too little memory for these images and this network"
    except OSError as error:
        return f"cannot be read ({error})"
    except Exception as error:  # one subject's, whatever it is: the others go on
        logger.exception("%s", files.subject)
        return f"unexpected {type(error).__name__}: {error}"


def _row(place: Outputs, found: Prediction) -> TableRow:
    volumes = {
        f"{region}_ml": region_voxels(found.voxels, region) * found.voxel_ml for region in REGIONS
    }
    return {
        "subject": place.name,
        "status": "ok",
        "reason": "",
        "warnings": "; ".join(found.warnings),
        "mask": place.mask.name,
        **volumes,
        "brain_ml": found.brain_ml,
        **{f"coverage_{name}": share for name, share in found.coverage.items()},
    }


def _plain(row: TableRow) -> TableRow:
    """Return a row whose texts are UTF-8, whatever files are called."""
    return {
        key: text.encode(errors="backslashreplace").decode() if isinstance(text, str) else text
        for key, text in row.items()
    }


def _columns(ensemble: Ensemble) -> list[str]:
    return [*PREDICTED.names, *(f"coverage_{name}" for name in ensemble.contrasts)]


def _write_record(place: Outputs, record: TableRow) -> None:
    with written_whole(place.record) as part:
        part.write_text(json.dumps(record) + "\n")

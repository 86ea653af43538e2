"""Two folders of results, file by file: what both must have, and what each file holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cirl.evaluation.comparison.parts import Gap, Tolerance, largest_gap
from cirl.evaluation.comparison.readers import Contents, kind_of
from cirl.study.paths import Files

STAGES = (
    *("phantom", "normalisation", "preprocessed", "cohort", "radiomics", "clustering", "folds"),
    *("segmentation", "evaluation", "figures"),
)
"""In the order of the data: the first one that differs is nearest the cause."""

BY_NAME = "pictures and pages (by name)"
_OF_THE_RUN = {"logs", "timings", "tensorboard"}
"""Folders of what tells of a run and not of what it found."""

_DIGESTS = ("digest", "checksums")
"""Parts that differ by the last bit of what they are of, which is compared itself."""


@dataclass(frozen=True)
class Difference:
    """One thing in which two folders differ.

    Attributes:
        file: path below both folders.
        text: what differs, for people.
        size: share by which numbers differ, for the order; 2 for what is missing.
    """

    file: str
    text: str
    size: float = 2


@dataclass(frozen=True)
class Comparison:
    """What was compared and what was found.

    Attributes:
        compared: kind of every file that both folders have.
        differences: in the order of the stages.
    """

    compared: dict[str, str]
    differences: list[Difference]


def compare_folders(first: Path, second: Path, tolerance: Tolerance) -> Comparison:
    """Compare two folders of results."""
    files = (result_files(first), result_files(second))
    compared: dict[str, str] = {}
    differences: list[Difference] = []
    for file in sorted(files[0] | files[1], key=_place):
        if file not in files[0] & files[1]:
            side = "A" if file in files[0] else "B"
            differences.append(Difference(file, f"only in {side}"))
            continue
        kind = kind_of(file)
        compared[file] = kind.name if kind else BY_NAME
        differences += compare_file(file, first, second, tolerance)
    return Comparison(compared, differences)


def result_files(folder: Path) -> set[str]:
    """Return the paths of what a run found, below its folder."""
    found = set()
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        unfinished_or_hidden = any(part.startswith((".", "checkpoint-")) for part in parts)
        if not unfinished_or_hidden and not _OF_THE_RUN & set(parts) and path.is_file():
            found.add("/".join(parts))
    return found - {Files.provenance.relative, Files.report.relative}


def compare_file(
    file: str, first: Path, second: Path, tolerance: Tolerance
) -> Iterator[Difference]:
    """Yield what differs in a file that both folders have; one that cannot be read differs."""
    kind = kind_of(file)
    if kind is None:
        return
    try:
        contents = kind.read(first / file, second / file)
    except Exception as error:  # whatever a reader raises, the other files are still compared
        yield Difference(file, f"cannot be read: {type(error).__name__}: {error}")
        return
    yield from (Difference(file, text) for text in contents.lacking)
    yield from _compare_parts(file, contents, tolerance)


def _compare_parts(file: str, contents: Contents, tolerance: Tolerance) -> Iterator[Difference]:
    first, second = contents.first, contents.second
    for name in dict.fromkeys([*first, *second]):
        if name.split(".")[0] in _DIGESTS:
            continue
        if name not in first or name not in second:
            yield Difference(file, f"{name}: only in {'A' if name in first else 'B'}")
        elif first[name].shape != second[name].shape:
            yield Difference(file, f"{name}: shape {first[name].shape} and {second[name].shape}")
        else:
            gap = largest_gap(first[name], second[name], tolerance, name in contents.names)
            if gap:
                text = f"{name}: {_describe(gap, contents.rows, first[name])}"
                yield Difference(file, text, 1 if gap.relative is None else gap.relative)


def _describe(gap: Gap, rows: list[str], array: np.ndarray) -> str:
    values = f"{_short(gap.first)} and {_short(gap.second)}"
    if array.ndim == 0:
        return values
    indices = [int(index) for index in np.unravel_index(gap.index, array.shape)]
    where = rows[gap.index] if rows else str(indices)
    most = "" if gap.relative is None else f", most by {100 * gap.relative:.3g} %"
    return f"{gap.count} of {gap.total} differ{most}: {values} at {where}"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _place(file: str) -> tuple[int, str]:
    stage = file.split("/")[0]
    return (STAGES.index(stage) if stage in STAGES else len(STAGES)), file

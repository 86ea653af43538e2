"""What a file of results holds, as named arrays, and how far two of them are apart."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cirl.study.cohorts import FORMATS

_FOLDERS = re.compile(r"\S*/")
# With a decimal point: numbers of subjects and versions are names.
_MEASURED = re.compile(r"[-+]?\d+\.\d+(?:[eE][-+]?\d+)?")

_NUMBER = re.compile(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Tolerance:
    """Two numbers a, b agree where ``|a - b| <= absolute + relative * |b|``, or both are NaN."""

    relative: float
    absolute: float


@dataclass(frozen=True)
class Gap:
    """How two arrays of one name differ.

    Attributes:
        count: elements that differ.
        total: elements of each.
        index: of the element that differs most, in the flattened arrays.
        first: its value in the one.
        second: its value in the other.
        relative: the larger one's share that they differ by; 1 where one is not finite, and None
            for texts.
    """

    count: int
    total: int
    index: int
    first: Any
    second: Any
    relative: float | None


def largest_gap(
    first: np.ndarray, second: np.ndarray, tolerance: Tolerance, names: bool = False
) -> Gap | None:
    """Return how two arrays of one shape differ, or None where they agree.

    Numbers are compared with the tolerance, in sentences too, whose paths' folders are left out.
    A text that is a number as a whole, and every name, has to be the same; of a path to an image
    the folders are left out.
    """
    first, second = np.ravel(first), np.ravel(second)
    numeric = _are_numbers(first) and _are_numbers(second)
    if numeric:
        differs, distance = _number_gaps(first, second, tolerance)
    else:
        pairs = zip(first, second, strict=True)
        agree = _names_agree if names else partial(_texts_agree, tolerance=tolerance)
        differs = np.array([not agree(a, b) for a, b in pairs], dtype=bool)
        distance = differs.astype(float)
    if not differs.any():
        return None
    index = int(np.argmax(np.where(differs, distance, -1)))
    return Gap(
        count=int(differs.sum()),
        total=len(first),
        index=index,
        first=first[index],
        second=second[index],
        relative=float(distance[index]) if numeric else None,
    )


def _number_gaps(
    first: np.ndarray, second: np.ndarray, tolerance: Tolerance
) -> tuple[np.ndarray, np.ndarray]:
    """Whether elements differ, and by which share of the larger one."""
    # In double precision, in which neither unsigned nor narrow numbers wrap around.
    first, second = first.astype(float), second.astype(float)
    close = np.isclose(first, second, tolerance.relative, tolerance.absolute, equal_nan=True)
    largest = np.maximum(np.abs(first), np.abs(second))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.abs(first - second) / largest
    return ~close, np.where(np.isfinite(share), share, 1.0)


def _are_numbers(array: np.ndarray) -> bool:
    return bool(np.issubdtype(array.dtype, np.number) or array.dtype == bool)


def _names_agree(first: Any, second: Any) -> bool:
    texts = [str(value) for value in (first, second)]
    images = all(text.endswith(FORMATS) for text in texts)
    return texts[0] == texts[1] or (images and _text(first) == _text(second))


def _texts_agree(first: Any, second: Any, tolerance: Tolerance) -> bool:
    texts = (_text(first), _text(second))
    if texts[0] == texts[1]:
        return True
    if all(_NUMBER.fullmatch(text) for text in texts):
        return False
    if _MEASURED.split(texts[0]) != _MEASURED.split(texts[1]):
        return False
    left, right = (np.array(_MEASURED.findall(text), dtype=float) for text in texts)
    return bool(np.allclose(left, right, tolerance.relative, tolerance.absolute))


def _text(value: Any) -> str:
    """A text without the folders in the paths that it holds: these say where, not what."""
    # NaN is the missing cell of a column of texts.
    return "" if value is None or value != value else _FOLDERS.sub("", str(value))


def flattened(
    content: Any, convert: Callable[[Any], np.ndarray] = np.asarray, prefix: str = ""
) -> dict[str, np.ndarray]:
    """Return nested mappings and lists as arrays by dotted name.

    A list of numbers is one array.

    Args:
        content: mappings, lists, and what ``convert`` makes arrays of.
        convert: makes an array of a single value, or of a list of numbers.
        prefix: of the names.
    """
    if isinstance(content, dict):
        pairs = [(str(key), value) for key, value in content.items()]
    elif isinstance(content, list | tuple) and not _is_row(content):
        pairs = [(str(number), value) for number, value in enumerate(content)]
    else:
        return {prefix or "content": convert(content)}
    parts: dict[str, np.ndarray] = {}
    for name, value in pairs:
        parts |= flattened(value, convert, f"{prefix}.{name}" if prefix else name)
    return parts


def _is_row(values: list[Any] | tuple[Any, ...]) -> bool:
    return all(isinstance(value, int | float) for value in values)

"""A stored array is what was written, or is refused by name: no flipped bit is read silently."""

import random
from pathlib import Path

import numpy as np
import pytest

from cirl.imaging.checked_arrays import touched
from cirl.imaging.store import (
    open_subject,
    read_array,
    read_metadata,
    read_record,
    subject_files,
    write_subject,
)
from cirl.running.results_place import DamagedError

SUBJECT = "a_x"
SHAPE = (3, 70, 40, 45)
METADATA = {"subject": SUBJECT, "status": "ok", "reason": "", "spacing": [1.0, 1.0, 2.5]}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A subject whose chunks are of every kind: noise, one value, and nothing."""
    image = np.zeros(SHAPE, np.float32)
    image[:, 3:40, 2:38] = np.random.default_rng(0).standard_normal((3, 37, 36, 45))
    image[2, 64:] = 1.5
    label = np.zeros(SHAPE[1:], np.uint8)
    label[10:20, 10:30, 10:40] = np.arange(30) % 4
    write_subject(tmp_path, SUBJECT, image, label, METADATA)
    return tmp_path


def read_whole(store: Path) -> bytes:
    """All that a subject holds."""
    stored = open_subject(store, SUBJECT)
    content = repr(sorted(stored.metadata.items())).encode()
    return content + stored.image[:].tobytes() + stored.label[:].tobytes()


def test_metadata_come_back_as_they_were_given(store: Path) -> None:
    assert read_metadata(store, SUBJECT) == METADATA
    assert read_record(subject_files(store, SUBJECT)[2]) == METADATA


@pytest.mark.parametrize("which", [0, 1, 2], ids=["image", "label", "record"])
def test_a_flipped_bit_anywhere_in_a_file_is_noticed_and_the_file_named(
    store: Path, which: int
) -> None:
    path = subject_files(store, SUBJECT)[which]
    sound, draw = path.read_bytes(), random.Random(which)
    # All of what lies around the chunks, and a part of what is in them.
    places = [*range(210), *range(len(sound) - 300, len(sound))] if which < 2 else []
    places += [draw.randrange(len(sound)) for _ in range(200)]
    for place in places:
        damaged = bytearray(sound)
        damaged[place] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(DamagedError, match=path.name):
            read_whole(store)
    path.write_bytes(sound)
    assert len(read_whole(store)) > np.prod(SHAPE) * 4


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.999, 1.01, None])
def test_a_truncated_a_longer_and_a_missing_file_are_named(
    store: Path, which: int, kept: float | None
) -> None:
    path = subject_files(store, SUBJECT)[which]
    content = path.read_bytes()
    if kept is None:
        path.unlink()
    else:
        path.write_bytes((content + bytes(len(content)))[: int(kept * len(content))])
    with pytest.raises(DamagedError, match=path.name):
        read_whole(store)


def test_an_array_without_its_record_is_read_as_it_is(store: Path) -> None:
    image, label, record = subject_files(store, SUBJECT)
    whole = read_array(image)
    assert np.array_equal(whole, open_subject(store, SUBJECT).image[:])
    content = bytearray(label.read_bytes())
    content[-400] ^= 1
    label.write_bytes(content)
    with pytest.raises(DamagedError, match=label.name):
        read_array(label)
    record.unlink()
    assert np.array_equal(read_array(image), whole)


def test_another_subjects_array_is_noticed(store: Path) -> None:
    image, label, _ = subject_files(store, SUBJECT)
    other = np.ones(SHAPE, np.float32)
    write_subject(store, "a_y", other, other[0].astype(np.uint8), METADATA)
    image.write_bytes(subject_files(store, "a_y")[0].read_bytes())
    with pytest.raises(DamagedError, match=r"a_x\.image\.b2nd"):
        open_subject(store, SUBJECT)


def test_what_is_read_of_a_damaged_file_beside_the_damage_is_right(store: Path) -> None:
    """A chunk that nobody reads costs nobody anything."""
    sound = open_subject(store, SUBJECT).image[0]
    path = subject_files(store, SUBJECT)[0]
    content = bytearray(path.read_bytes())
    content[-2000] ^= 4  # in the last chunks, of the last contrast
    path.write_bytes(content)
    damaged = open_subject(store, SUBJECT).image
    assert np.array_equal(damaged[0], sound)
    with pytest.raises(DamagedError, match=r"chunk \d+ is not what was written"):
        damaged[2]


@pytest.mark.parametrize(
    "where",
    [
        np.s_[:],
        np.s_[1],
        np.s_[-1],
        np.s_[0:1, 31:33],
        np.s_[1:, 10:11, :, 44],
        np.s_[:, ::40],
        np.s_[2, 69:0:-1, 33, -1:],
        np.s_[0, 5:5],
        np.s_[np.int64(2), np.int32(3)],
        np.s_[..., 0],
        [0, 2],
    ],
    ids=str,
)
def test_all_chunks_that_an_index_needs_are_checked_and_of_plain_ones_no_others(where) -> None:
    chunks = (1, 32, 32, 32)
    counts = [-(-edge // chunk) for edge, chunk in zip(SHAPE, chunks, strict=True)]
    number = np.arange(np.prod(counts)).reshape(counts)
    for axis, chunk in enumerate(chunks):
        number = np.repeat(number, chunk, axis=axis)
    of_voxels = number[tuple(slice(edge) for edge in SHAPE)]
    needed, found = set(of_voxels[where].ravel()), set(touched(where, SHAPE, chunks))
    plain = not (isinstance(where, list) or (isinstance(where, tuple) and Ellipsis in where))
    assert found == needed if plain else found >= needed

"""Tensors and arrays are what was written, or are refused by the name of their file."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from cirl.running.archives import check_archive, open_arrays
from cirl.running.checkpoints import read_tensors, write_atomically
from cirl.running.results_place import DamagedError


def tensors(path: Path) -> Path:
    generator = torch.Generator().manual_seed(0)
    write_atomically({"a": torch.randn(300, generator=generator), "epoch": 7}, path)
    return path


def arrays(path: Path) -> Path:
    images = np.random.default_rng(0).standard_normal((4, 60)).astype(np.float16)
    np.savez(path, images=images, names=["s1", "s2"])
    return path


def packed(path: Path) -> Path:
    np.savez_compressed(path, labels=np.zeros((20, 100), np.int8), ks=[2, 3])
    return path


def content_of_tensors(path: Path) -> bytes:
    content = read_tensors(path)
    return content["a"].numpy().tobytes() + repr(content["epoch"]).encode()


def content_of_arrays(path: Path) -> bytes:
    with open_arrays(path) as stored:
        return b"".join(name.encode() + stored[name].tobytes() for name in sorted(stored.files))


@pytest.mark.parametrize(
    ("name", "write", "read"),
    [
        ("weights.pt", tensors, content_of_tensors),
        ("slices.npz", arrays, content_of_arrays),
        ("labels.npz", packed, content_of_arrays),
    ],
    ids=["tensors", "arrays", "packed arrays"],
)
def test_a_flipped_bit_changes_nothing_or_is_named(tmp_path: Path, name, write, read) -> None:
    path = write(tmp_path / name)
    sound, before, draw = path.read_bytes(), read(path), random.Random(0)
    named = 0
    for place in draw.sample(range(len(sound)), 150):
        damaged = bytearray(sound)
        damaged[place] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        try:
            assert read(path) == before
        except DamagedError as error:
            assert str(path) in str(error)
            named += 1
    assert named > 30  # the others were in what no reader needs, such as dates and padding
    path.write_bytes(sound[: len(sound) // 2])
    with pytest.raises(DamagedError, match=name):
        read(path)


def test_an_archive_that_holds_more_than_it_may_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, zeros=np.zeros(10**6))
    check_archive(path, compressed=True)
    with pytest.raises(DamagedError, match="unpacks to 8,000,"):
        check_archive(path)

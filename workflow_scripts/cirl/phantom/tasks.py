"""What a job does of each simulated subject."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cirl.phantom.kinds import simulation_settings, write_simulated
from cirl.running.batches import Task
from cirl.running.finished_work import Kept, key_of

SIMULATING_PACKAGES = ("numpy", "scipy", "nibabel", "nilearn")
"""Packages that the voxels depend on."""


def simulation_tasks(
    subjects: Iterable[tuple[Mapping[str, Any], Sequence[Path]]], seed: int, code: str
) -> Iterator[Task]:
    """Yield what is to be done of each subject.

    Args:
        subjects: its ``name`` and ``settings``, and the files to write, of each.
        seed: the study's.
        code: fingerprint of the code.
    """
    for entry, paths in subjects:
        name, settings = entry["name"], simulation_settings(entry["settings"])
        yield Task(
            name,
            partial(write_simulated, seed, name, settings, paths[0].parent),
            partial(_give_up, name),
            Kept(paths, key_of([entry, seed, code], SIMULATING_PACKAGES)),
        )


def _give_up(name: str, reason: str) -> None:
    raise RuntimeError(f"{name} cannot be simulated: {reason}")

"""Cohorts: which subjects a folder holds, and where their files lie."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cirl.study import patterns
from cirl.study.image_paths import file_of
from cirl.study.subjects import subject_id

FORMATS = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd", ".hdr", ".img", ".mgz", ".mgh")
"""Endings of image files, the ones that are read first."""

LARGEST_BYTES = 2**31
"""Size up to which a file is read, and of the volume in it, also as float32: 800 voxels an edge."""


@dataclass(frozen=True)
class Cohort:
    """A folder of subjects, as the configuration describes it.

    Attributes:
        name: name of the cohort, without underscore.
        root: folder that holds the files.
        pattern: path of a file below it (see ``patterns.py``), where ``{contrast}`` stands for the
            contrast; without it a file holds all contrasts, along its last axis.
        contrasts: our name of each contrast that the study uses, and the file's, or its number in
            such a file.
        label: what stands for ``{contrast}`` in the label map's name, or None; without a pattern
            of its own there then is no label.
        label_map: what each value of the label map means.
        brain_mask: what stands for ``{contrast}`` in a brain mask's name, or None.
        simulated: its files are made by the study itself.
        own_patterns: patterns in place of ``pattern``, of a contrast by our name of it, of
            ``label`` and of ``brain_mask``.
        unused: contrasts that the study does not use: none of their files is taken for another's.
        volumes: how many volumes a file that holds all contrasts must have, or None.
    """

    name: str
    root: str
    pattern: str
    contrasts: dict[str, str]
    label: str | None
    label_map: dict[str, str]
    brain_mask: str | None = None
    simulated: bool = False
    own_patterns: Mapping[str, str] = field(default_factory=dict)
    unused: Mapping[str, str] = field(default_factory=dict)
    volumes: int | None = None

    def path(self, subject_name: str, kind: str) -> str:
        """Return the path of a subject's file by ``pattern``, in the file's own naming."""
        return f"{self.root}/" + patterns.path_of(
            self.pattern.replace("{contrast}", kind), subject_name
        )

    @cached_property
    def _patterns(self) -> dict[str, str]:
        """Pattern of every file that there may be, by our name of it; with its name put in."""
        kinds: dict[str, str | None] = {**self.contrasts, **self.unused, "label": self.label}
        kinds["brain_mask"] = self.brain_mask
        named = {key: self.own_patterns.get(key, self.pattern) for key in kinds}
        return {
            key: named[key].replace("{contrast}", str(kind))
            for key, kind in kinds.items()
            if kind is not None or "{contrast}" not in self.own_patterns.get(key, "{contrast}")
        }

    @cached_property
    def _known(self) -> dict[str, dict[str, Any]]:
        return {}

    def files(self, subject_name: str) -> dict[str, Any]:
        """Return the fields of ``cirl.imaging.preprocessing.SubjectFiles`` of a subject."""
        if subject_name not in self._known:
            self._known[subject_name] = self._files(subject_name)
        return self._known[subject_name]

    def _files(self, subject_name: str) -> dict[str, Any]:
        used = [key for key in self._patterns if key not in self.unused]
        listed: dict[str, list[str]] = {}
        located = {key: self._locate(subject_name, key, listed) for key in used}
        paths = {key: f"{self.root}/{path}" for key, (path, _) in located.items()}
        together = {
            key: f"[{number}]"
            for key, number in self.contrasts.items()
            if key not in self.own_patterns and "{contrast}" not in self.pattern
        }
        return {
            "subject": subject_id(self.name, subject_name),
            "cohort": self.name,
            "name": subject_name,
            "contrasts": {our: paths[our] + together.get(our, "") for our in self.contrasts},
            "label": paths.get("label"),
            "label_map": self.label_map,
            "brain_mask": paths.get("brain_mask"),
            "volumes": self.volumes,
            "ambiguous": "; ".join(dict.fromkeys(said for _, said in located.values() if said)),
        }

    def _locate(self, subject_name: str, key: str, listed: dict[str, list[str]]) -> tuple[str, str]:
        """Return the path below the root of one of a subject's files, and what is unclear about it.

        A file that is missing or unclear has the pattern as its path.
        """
        pattern = self._patterns[key]
        path = patterns.path_of(pattern, subject_name)
        if not patterns.is_open(pattern):
            return path, ""
        letters = patterns.fixed_letters(pattern)
        rivals = [
            other for other in self._patterns.values() if patterns.fixed_letters(other) > letters
        ]
        found = [
            candidate
            for candidate in patterns.allowed_paths(pattern, subject_name, self.root, listed)
            if not any(patterns.allows(other, subject_name, candidate) for other in rivals)
        ]
        if len(found) == 1:
            return found[0], ""
        said = f"{self.root}/{path}: {key} may be any of {', '.join(found)}; expected one file"
        return path, said if found else ""

    def paths(self, subject_name: str) -> list[str]:
        """Return the paths of all files that a subject should have, each once."""
        files = self.files(subject_name)
        others = [files[key] for key in ("label", "brain_mask") if files[key] is not None]
        return list(dict.fromkeys(map(file_of, [*files["contrasts"].values(), *others])))

    def find(self) -> list[str]:
        """Return the names of all subjects found, sorted: none is left out for a missing file.

        A subject is found by its folder where each has its own, and else by any one of its files,
        even if that is in another format than the pattern says. Where scans have sessions, they are
        found by both.
        """
        above, _, below = self.pattern.partition("{subject}")
        has_folder = below.startswith("/") and above[-1:] in ("", "/")
        if has_folder and "{contrast}" not in above and "{session}" not in self.pattern:
            return sorted(_folders(Path(self.root) / above))
        names: set[str] = set()
        kinds = [key for key in self._patterns if key not in (*self.unused, "brain_mask")]
        by_folder = "{session}" in self.pattern and patterns.has_folders(self.pattern)
        if by_folder:
            # What lies in them need not be looked at: thousands of folders take a while to list.
            names |= patterns.names_of_folders(self.pattern, self.root)
            kinds = [key for key in kinds if key in self.own_patterns]
        for pattern in dict.fromkeys(self._patterns[key] for key in kinds):
            for other in [pattern] if by_folder else _in_all_formats(pattern):
                names.update(patterns.names_of_files(other, self.root))
        return sorted(names)

    def strays(self, names: Iterable[str]) -> list[str]:
        """Return a cohort's image files that are nobody's, sorted, as paths below its root.

        Only folders that hold files of several subjects are looked into, where the patterns say
        every path whole: what else lies in a subject's own folder is the subject's.

        Args:
            names: of all subjects found.
        """
        shared = [
            pattern
            for pattern in dict.fromkeys(self._patterns.values())
            if "{subject}" not in pattern.rpartition("/")[0]
        ]
        if any(map(patterns.is_open, self._patterns.values())):
            return []
        names = list(names)
        expected = {patterns.path_of(pattern, name) for pattern in shared for name in names}
        known = {_without_ending(path) for path in expected}
        return [
            path
            for folder in sorted({pattern.rpartition("/")[0] for pattern in shared})
            for path in _images(Path(self.root), folder)
            if _without_ending(path) not in known
        ]


def _without_ending(path: str) -> str:
    ending = next((known for known in FORMATS if path.lower().endswith(known)), "")
    return path[: len(path) - len(ending)]


def _images(root: Path, folder: str) -> Iterable[str]:
    """Return the image files of a folder, sorted, as paths below the root."""
    if not (root / folder).is_dir():
        return
    # The folder's own list tells files from folders: no file of thousands is asked by itself.
    with os.scandir(root / folder) as found:
        names = [entry.name for entry in found if not entry.is_dir()]
    for name in sorted(names):
        if name.lower().endswith(FORMATS) and not name.startswith("."):
            yield f"{folder}/{name}" if folder else name


def _in_all_formats(pattern: str) -> Iterable[str]:
    """Return a pattern with each ending of image files in the place of its own."""
    ending = next((known for known in (".nii[.gz]", *FORMATS) if pattern.endswith(known)), "")
    return [pattern.removesuffix(ending) + other for other in (FORMATS if ending else [""])]


def _folders(parent: Path) -> Iterable[str]:
    """Return the names of a folder's folders, and of links to folders that are gone."""
    for path in parent.iterdir() if parent.is_dir() else ():
        if not path.name.startswith(".") and (path.is_dir() or not path.exists()):
            yield path.name

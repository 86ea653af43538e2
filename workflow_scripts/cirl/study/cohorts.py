"""Cohorts: which subjects a folder holds, and where their files lie."""

import glob
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        pattern: path of a file below it, with ``{subject}`` and ``{contrast}``.
        contrasts: our name of each contrast that the study uses, and the file's.
        label: what stands for ``{contrast}`` in the label map's name.
        label_map: what each value of the label map means.
        brain_mask: what stands for ``{contrast}`` in a brain mask's name, or None.
        simulated: its files are made by the study itself.
    """

    name: str
    root: str
    pattern: str
    contrasts: dict[str, str]
    label: str
    label_map: dict[str, str]
    brain_mask: str | None = None
    simulated: bool = False

    def path(self, subject_name: str, kind: str) -> str:
        """Return the path of a subject's contrast, label or mask, in the file's own naming."""
        # In one go, since a folder may be called like a placeholder.
        parts = {"{subject}": subject_name, "{contrast}": kind}
        return f"{self.root}/" + re.sub(
            r"\{subject\}|\{contrast\}", lambda found: parts[found[0]], self.pattern
        )

    def files(self, subject_name: str) -> dict[str, Any]:
        """Return the fields of ``cirl.imaging.preprocessing.SubjectFiles`` of a subject."""
        mask = self.brain_mask and self.path(subject_name, self.brain_mask)
        return {
            "subject": subject_id(self.name, subject_name),
            "cohort": self.name,
            "name": subject_name,
            "contrasts": {our: self.path(subject_name, own) for our, own in self.contrasts.items()},
            "label": self.path(subject_name, self.label),
            "label_map": self.label_map,
            "brain_mask": mask,
        }

    def paths(self, subject_name: str) -> list[str]:
        """Return the paths of all files that a subject should have."""
        files = self.files(subject_name)
        masks = [files["brain_mask"]] if files["brain_mask"] else []
        return [*files["contrasts"].values(), files["label"], *masks]

    def find(self) -> list[str]:
        """Return the names of all subjects found, sorted: none is left out for a missing file.

        A subject is found by its folder where each has its own, and else by any one of its files,
        even if that is in another format than the pattern says.
        """
        above, _, below = self.pattern.partition("{subject}")
        if below.startswith("/") and above[-1:] in ("", "/") and "{contrast}" not in above:
            return sorted(_folders(Path(self.root) / above))
        ending = next((known for known in FORMATS if self.pattern.endswith(known)), "")
        names: set[str] = set()
        for other in FORMATS if ending else [""]:
            pattern = self.pattern.removesuffix(ending) + other
            for kind in (*self.contrasts.values(), self.label):
                names.update(self._names_of(pattern.replace("{contrast}", kind)))
        return sorted(names)

    def _names_of(self, below: str) -> Iterable[str]:
        literal = [re.escape(part) for part in below.split("{subject}")]
        # The first occurrence names the subject, the others must repeat it.
        expression = re.compile(f"{literal[0]}(?P<subject>[^/]+){'(?P=subject)'.join(literal[1:])}")
        wanted = "*".join(glob.escape(part) for part in below.split("{subject}"))
        for path in glob.glob(wanted, root_dir=self.root):
            if match := expression.fullmatch(path):
                yield match["subject"]


def _folders(parent: Path) -> Iterable[str]:
    """Return the names of a folder's folders, and of links to folders that are gone."""
    for path in parent.iterdir() if parent.is_dir() else ():
        if not path.name.startswith(".") and (path.is_dir() or not path.exists()):
            yield path.name

"""Cohorts: which subjects a folder holds, where their files lie, and what became of each."""

import glob
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cirl.study.tables.table import read_texts

OWN_COLUMNS = (
    "subject",
    "cohort",
    "name",
    "status",
    "reason",
    "label",
    "wt_volume_ml",
    "digest",
    "problem",
    "notes",
)
"""Columns of the table of subjects beside the contrasts and the participants' own ones."""

FORMATS = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd", ".hdr", ".img", ".mgz", ".mgh")
"""Endings of image files, the ones that are read first."""


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
    """

    name: str
    root: str
    pattern: str
    contrasts: dict[str, str]
    label: str
    label_map: dict[str, str]
    brain_mask: str | None = None

    def path(self, subject_name: str, kind: str) -> str:
        """Return the path of a subject's contrast, label or mask, in the file's own naming."""
        return f"{self.root}/" + self.pattern.replace("{subject}", subject_name).replace(
            "{contrast}", kind
        )

    def files(self, subject_name: str) -> dict[str, Any]:
        """Return the fields of ``cirl.imaging.preprocessing.SubjectFiles`` of a subject."""
        mask = self.brain_mask and self.path(subject_name, self.brain_mask)
        return {
            "subject": f"{self.name}_{subject_name}",
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


def read_participants(path: str | Path, key: str, columns: list[str]) -> pd.DataFrame:
    """Read a participants table and return the wanted columns, indexed by the subject's name.

    Every entry is text as it is written; an empty one is unknown (missing).

    Raises:
        ValueError: naming the file and the columns that it lacks, or a name that occurs twice.
    """
    separator = "," if str(path).endswith(".csv") else "\t"
    table = read_texts(path, separator)
    missing = [column for column in [key, *columns] if column not in table.columns]
    if missing:
        raise ValueError(
            f"{path}: no column {', '.join(missing)}; it has {', '.join(map(str, table))}"
        )
    if table[key].duplicated().any():
        twice = table.loc[table[key].duplicated(), key].iloc[0]
        raise ValueError(f"{path}: {key} {twice} stands in more than one row")
    return table.set_index(key)[columns].replace("", np.nan)


def subjects_table(
    metadata: Iterable[dict[str, Any]],
    contrasts: list[str],
    participants: dict[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return the table of all subjects found: status, reason, paths, volume, known columns.

    ``problem`` is the reason's code (``cirl.imaging.images.PROBLEMS``), and ``notes`` is what
    is odd about the files and was tolerated.

    Args:
        metadata: what preprocessing wrote of each subject, read one after the other.
        contrasts: the study's contrasts; each becomes a column of paths.
        participants: known domains and clinical columns of each cohort, by the subject's name.
    """
    rows: list[dict[str, Any]] = []
    unmatched = set(participants)
    for entry in metadata:
        row = {key: entry[key] for key in ("subject", "cohort", "name", "status", "reason")}
        row |= {contrast: entry["files"].get(contrast, "") for contrast in contrasts}
        row["label"] = entry["files"]["label"]
        row["wt_volume_ml"] = entry.get("volume_ml", {}).get("WT")
        row["digest"] = entry.get("digest", "")
        row["problem"] = entry.get("problem", "")
        row["notes"] = "; ".join(entry.get("notes", []))
        table = participants.get(entry["cohort"])
        if table is not None and entry["name"] in table.index:
            row |= table.loc[entry["name"]].to_dict()
            unmatched.discard(entry["cohort"])
        rows.append(row)
    for cohort in sorted(unmatched & {row["cohort"] for row in rows}):
        found = next(row["name"] for row in rows if row["cohort"] == cohort)
        named = next(iter(participants[cohort].index), "nobody")
        raise ValueError(
            f"cohorts.{cohort}.participants: the table names {named!r} and so on, which are none "
            f"of the subjects found ({found!r} and so on); see participants_key"
        )
    known = list(dict.fromkeys(column for table in participants.values() for column in table))
    columns = [*OWN_COLUMNS[:5], *contrasts, *OWN_COLUMNS[5:], *known]
    return pd.DataFrame(rows, columns=columns).sort_values("subject")

"""``dataset.json`` of nnU-Net and of the Medical Segmentation Decathlon: channels and labels."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "dataset.json"

CHANNELS = {
    "t1n": {"t1n", "t1", "t1w", "t1native", "t1weighted"},
    "t1c": {
        "t1c",
        "t1ce",
        "t1gd",
        "t1wce",
        "t1cw",
        "t1post",
        "t1contrast",
        "t1wgd",
        "t1wc",
        "cet1",
    },
    "t2w": {"t2w", "t2", "t2weighted"},
    "t2f": {"t2f", "flair", "t2flair", "t2wflair", "fl"},
}
"""What a channel may be called that shows one of our contrasts; letters and digits alone."""

LABEL_NAMES = {
    "background": {"background", "bg"},
    "NCR": {
        *("ncr", "net", "ncrnet", "necrosis", "necrotic", "necroticcore", "necrotictumor"),
        *("necrotictumorcore", "nonenhancing", "nonenhancingtumor", "nonenhancingtumorcore"),
        *("necroticandnonenhancingtumor", "necroticandnonenhancingtumorcore"),
    },
    "ED": {"ed", "edema", "oedema", "peritumoraledema", "peritumoraloedema", "snfh"},
    "ET": {"et", "enhancing", "enhancingtumor", "gdenhancingtumor", "activetumor"},
}
"""What a label may be called; ``tumour`` is written ``tumor``."""

REGION_NAMES = {
    "WT": {"wt", "wholetumor", "whole"},
    "TC": {"tc", "tumorcore", "core"},
    "ET": LABEL_NAMES["ET"],
}
"""What a region may be called, of labels that are given as regions: those that hold a value say
which label it is."""

OF_REGIONS = {frozenset(["WT"]): "ED", frozenset(["WT", "TC"]): "NCR"}
OF_REGIONS[frozenset(["WT", "TC", "ET"])] = "ET"


class DescriptionError(ValueError):
    """A key of a cohort cannot be completed. The message begins with it."""


@dataclass(frozen=True)
class Described:
    """What a ``dataset.json`` says.

    Attributes:
        path: of the file, whether it is there or not.
        channels: names in their order; None where it does not say or is not there.
        labels: its entry as it stands.
        ending: of the images' names.
    """

    path: Path
    channels: list[str] | None = None
    labels: Any = None
    ending: str = ".nii.gz"

    @classmethod
    def read(cls, root: str | Path) -> Described:
        """Read the ``dataset.json`` of a folder, if there is one.

        Raises:
            DescriptionError: if it is nothing that can be read.
        """
        path = Path(root) / FILE
        if not path.is_file():
            return cls(path)
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
            named = content.get("channel_names", content.get("modality"))
            numbered = dict(enumerate(named)) if isinstance(named, list) else named or {}
            channels = {int(number): str(name) for number, name in numbered.items()}
            ordered = [channels[number] for number in range(len(channels))]
            ending = str(content.get("file_ending", ".nii.gz"))
            return cls(path, ordered or None, content.get("labels"), ending)
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise DescriptionError(
                f"root: {path} cannot be read ({type(error).__name__}: {error}), expected "
                "channel_names or modality, numbered from 0, and labels"
            ) from None

    def channel_of(self, contrast: str, named: str) -> int:
        """Return the number of the channel that shows a contrast.

        Args:
            contrast: our name of it.
            named: what the cohort calls it: a channel's name, or its number.

        Raises:
            DescriptionError: if there is no such channel, or more than one.
        """
        key, channels = f"contrasts.{contrast}", self.channels
        if named.isdecimal():
            if channels is not None and int(named) >= len(channels):
                raise DescriptionError(f"{key}: no channel {named}, {self._told()}")
            return int(named)
        if channels is None:
            raise DescriptionError(
                f"{key}: {named!r}, but no {self.path} names channels; expected the file, or the "
                "channel's number here"
            )
        wanted = next(
            (known | {_plain(named)} for known in CHANNELS.values() if _plain(named) in known),
            {_plain(named)},
        )
        exact = [number for number, name in enumerate(channels) if _plain(name) == _plain(named)]
        found = exact or [number for number, name in enumerate(channels) if _plain(name) in wanted]
        if len(found) != 1:
            what = f"{len(found)} channels are" if found else "no channel is"
            raise DescriptionError(
                f"{key}: {what} called like {named!r}, {self._told()}; expected a name or a number"
            )
        return found[0]

    def label_map(self) -> dict[str, str]:
        """Return what the values of the labels mean.

        Raises:
            DescriptionError: if the names are none that are known.
        """
        try:
            if any(isinstance(value, list) for value in self.labels.values()):
                return _of_regions(self.labels)
            pairs = [
                (one, other) if isinstance(other, str) else (other, one)
                for one, other in self.labels.items()
            ]
            return {
                str(int(value)): _meaning(name, LABEL_NAMES)
                for value, name in pairs
                if int(value) or _meaning(name, LABEL_NAMES) != "background"
            }
        except (AttributeError, KeyError, TypeError, ValueError):
            raise DescriptionError(
                f"label_map: is not given, and {self.path} does not say it plainly (labels: "
                f"{self.labels!r:.200}); say which values are NCR, ED, ET or background"
            ) from None

    def _told(self) -> str:
        told = ", ".join(f"{number} {name!r}" for number, name in enumerate(self.channels or ()))
        return f"{self.path} has {told}"


def _of_regions(labels: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of values that are given by the regions which hold them, as nnU-Net can."""
    holding: dict[int, set[str]] = {}
    for name, values in labels.items():
        if _plain(name) in LABEL_NAMES["background"]:
            continue
        region = _meaning(name, REGION_NAMES)
        for value in values if isinstance(values, list) else [values]:
            holding.setdefault(int(value), set()).add(region)
    return {str(value): OF_REGIONS[frozenset(regions)] for value, regions in holding.items()}


def _meaning(name: str, known: Mapping[str, set[str]]) -> str:
    """Raises KeyError for a name that is none of them."""
    meanings = [meaning for meaning, names in known.items() if _plain(name) in names]
    if not meanings:
        raise KeyError(name)
    return meanings[0]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold()).replace("tumour", "tumor")

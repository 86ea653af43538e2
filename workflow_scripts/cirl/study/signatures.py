"""The texture signatures of a study, by name, and the jobs that each is made by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FITTED_ON_ALL = 0
"""Number that stands for the fold, where textures are learnt from all subjects."""


@dataclass(frozen=True)
class SignatureRow:
    """A signature, as the configuration has it.

    Attributes:
        name: its own.
        region: the region that its windows lie in.
        contrasts: channels of a window.
        target: clinical column that it is to tell.
        positive: values of the target that count as high.
        encoders: names of encoders.
        ks: numbers of textures.
        fits: ``fold`` or ``all``, or both: on whom textures are learnt.
        seeds: numbers of repetitions.
        maps: encoders whose textures are drawn.
        protocol: of its folds: ``stratified``, ``subject`` or ``scanner``.
        number: of folds, of ``stratified``.
        column: domain whose values ``scanner`` leaves out.
        held_out: these values.
        standardise: domains in each of which signatures are standardised as well.
    """

    name: str
    region: str
    contrasts: tuple[str, ...]
    target: str
    positive: tuple[str, ...]
    encoders: tuple[str, ...]
    ks: tuple[int, ...]
    fits: tuple[str, ...]
    seeds: tuple[int, ...]
    maps: tuple[str, ...]
    protocol: str
    number: int
    column: str | None
    held_out: tuple[str, ...]
    standardise: tuple[str, ...]

    def fold_count(self, subjects: int) -> int:
        """Return how many folds there are, of so many subjects that were found."""
        if self.protocol == "subject":
            return subjects
        return len(self.held_out) if self.protocol == "scanner" else self.number


def signature_rows(config: Mapping[str, Any]) -> dict[str, SignatureRow]:
    """Return the signatures that a study uses, by name."""
    section = config["texture"]
    return {name: _row(name, section["signatures"][name], config) for name in section["use"]}


def _row(name: str, entry: Mapping[str, Any], config: Mapping[str, Any]) -> SignatureRow:
    folds = entry["folds"]
    return SignatureRow(
        name=name,
        region=entry["region"],
        contrasts=tuple(entry["contrasts"] or config["contrasts"]),
        target=entry["target"],
        positive=tuple(entry["positive"]),
        encoders=tuple(entry["encoders"]),
        ks=tuple(entry["k"]),
        fits=tuple(entry["fit"]),
        seeds=tuple(entry["seeds"]),
        maps=tuple(entry["maps"]),
        protocol=folds["protocol"],
        number=folds["number"],
        column=folds["column"],
        held_out=tuple(folds["held_out"]),
        standardise=tuple(entry["standardise"]),
    )

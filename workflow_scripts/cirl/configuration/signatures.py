"""What has to agree in the section texture of a configuration, beyond its schema."""

from collections.abc import Iterable, Sequence
from typing import Any

from cirl.configuration.references import nearest
from cirl.study.signatures import SignatureRow, signature_rows

USUAL_REGIONS = ("WT", "TC", "ET", "NCR", "ED", "brain")
"""Regions that every cohort can have."""


def check_signatures(config: dict[str, Any]) -> list[str]:
    """Return a line for everything that is wrong with the signatures that the study uses."""
    section, cohorts = config["texture"], config["use"]["cohorts"]
    lines = [
        f"  texture.use: {name!r} is not defined{nearest(name, section['signatures'])}"
        for name in section["use"]
        if name not in section["signatures"]
    ]
    if section["use"] and not cohorts:
        lines.append("  texture.use: signatures need images, but use.cohorts names no cohort")
    if lines or not section["use"]:
        return lines
    for row in signature_rows(config).values():
        lines += _check_row(row, config)
    return lines


def _check_row(row: SignatureRow, config: dict[str, Any]) -> list[str]:
    key = f"texture.signatures.{row.name}"
    cohorts = [config["cohorts"].get(name) or {} for name in config["use"]["cohorts"]]
    columns = {
        kind: sorted({column for cohort in cohorts for column in cohort.get(kind, [])})
        for kind in ("domains", "clinical")
    }
    regions = [*USUAL_REGIONS, *config["texture"]["regions"]]
    lines = _unknown(f"{key}.region", [row.region], regions)
    lines += _unknown(f"{key}.contrasts", row.contrasts, config["contrasts"])
    lines += _unknown(f"{key}.target", [row.target], columns["clinical"])
    lines += _unknown(f"{key}.standardise", row.standardise, columns["domains"])
    lines += _unknown(f"{key}.maps", row.maps, row.encoders)
    if row.protocol == "scanner":
        lines += _unknown(f"{key}.folds.column", [row.column], columns["domains"])
        if len(row.held_out) < 1:
            lines.append(
                f"  {key}.folds.held_out: names no value of {row.column}, expected at least one"
            )
    return lines


def _unknown(key: str, names: Iterable[Any], known: Sequence[str]) -> list[str]:
    return [
        f"  {key}: the study has no {name!r}{nearest(str(name), known)}"
        for name in names
        if name not in known
    ]

"""What has to agree in a cohort's keys, beyond their schema."""

from pathlib import Path
from typing import Any

from cirl.configuration.references import nearest
from cirl.study.columns import SIMULATED_COLUMNS, SUBJECT_COLUMNS

_BRAIN_FILES: dict[str, Any] = {
    "pattern": "{subject}/{subject}-{contrast}.nii.gz",
    "contrasts": {name: name for name in ("t1n", "t1c", "t2w", "t2f")},
    "label": "seg",
    "label_map": {"1": "NCR", "2": "ED", "3": "ET"},
    "brain_mask": None,
}
SIMULATED_FILES: dict[str, dict[str, Any]] = {
    "brain": _BRAIN_FILES,
    "parenchyma": _BRAIN_FILES | {"contrasts": {"t1n": "t1n"}, "label_map": {"5": "parenchyma"}},
}
"""How a simulated cohort's files are called, and what its labels mean, by the cohort's kind."""


def check_cohort(name: str, config: dict[str, Any]) -> list[str]:
    """Return a line for everything that is wrong with a cohort that the study uses."""
    cohort = config["cohorts"].get(name)
    if cohort is None:
        return []
    lines = []
    if not cohort["root"] and not cohort.get("simulate"):
        lines.append(f"  cohorts.{name}: needs a root folder (or simulate)")
    elif cohort["root"] and cohort.get("simulate"):
        lines.append(f"  cohorts.{name}: has root and simulate, expected one of them")
    elif cohort.get("simulate"):
        lines += [
            f"  cohorts.{name}.{key}: {cohort[key]}, but the cohort is simulated, as {value}"
            for key, value in SIMULATED_FILES[cohort["simulate"]["kind"]].items()
            if cohort[key] != value and (key != "contrasts" or cohort[key].items() - value.items())
        ]
    elif cohort["root"] and not Path(cohort["root"]).is_dir():
        lines.append(f"  cohorts.{name}.root: no folder {cohort['root']}")
    for contrast in config["contrasts"]:
        if contrast not in cohort["contrasts"]:
            lines.append(
                f"  cohorts.{name}.contrasts: the study uses {contrast!r}, which it does not name"
            )
    if cohort["patient"] and cohort["patient_column"]:
        lines.append(f"  cohorts.{name}: has patient and patient_column, expected one of them")
    columns = cohort["domains"] + cohort["clinical"]
    wanted = [*columns, *filter(None, [cohort["patient_column"]])]
    if wanted and not cohort["participants"]:
        lines.append(f"  cohorts.{name}.participants: a table is needed for {', '.join(wanted)}")
    if cohort.get("simulate"):
        known = SIMULATED_COLUMNS[cohort["simulate"]["kind"]]
        lines += [
            f"  cohorts.{name}: a simulated cohort has no column {column!r}{nearest(column, known)}"
            for column in wanted
            if column not in known
        ]
    own = {"NCR", "ED", "ET", "background", *config["texture"]["regions"]}
    lines += [
        f"  cohorts.{name}.label_map: {region!r} is no part of a tumour{nearest(region, own)}; a "
        "region of another kind is named in texture.regions, too"
        for region in dict.fromkeys(cohort["label_map"].values())
        if region not in own
    ]
    taken = {*SUBJECT_COLUMNS, *config["contrasts"], "all"}
    for column in columns:
        if column in taken:
            hint = ", or name it in patient_column" if column == "patient" else ""
            lines.append(
                f"  cohorts.{name}: a column {column!r} is ours, rename it in the table{hint}"
            )
    return lines

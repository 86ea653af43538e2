"""What has to agree in a cohort's keys, beyond their schema."""

from itertools import combinations
from pathlib import Path
from typing import Any

from cirl.configuration.references import nearest
from cirl.configuration.registries.layouts import LAYOUTS
from cirl.study.columns import SIMULATED_COLUMNS, SUBJECT_COLUMNS

_BRAIN_FILES: dict[str, Any] = {
    "layout": "brats",
    "pattern": "{subject}/{subject}-{contrast}.nii.gz",
    "patterns": {},
    "volumes": None,
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
    lines += check_patterns(name, cohort, config["contrasts"])
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


def check_patterns(name: str, cohort: dict[str, Any], contrasts: list[str]) -> list[str]:
    """Return a line for every pattern of a cohort that leaves open what is read.

    Args:
        name: of the cohort.
        cohort: its keys.
        contrasts: those that the study uses.
    """
    own, key = cohort["patterns"], f"  cohorts.{name}"
    known = [*contrasts, *cohort["contrasts"], "label", "brain_mask"]
    lines = [
        f"{key}.patterns: no file is called {kind!r}{nearest(kind, known)}"
        for kind in own
        if kind not in known
    ]
    if "{contrast}" not in cohort["pattern"]:
        lines += [f"{key}.{line}" for line in _check_volumes(cohort, contrasts)]
    if cohort["label"] is None and "{contrast}" in own.get("label", cohort["pattern"]):
        lines.append(
            f"{key}.label: the layout {cohort['layout']} does not say which file is the label, "
            "expected the end of its name, such as dseg"
        )
    if "{session}" in cohort["pattern"]:
        lines += [
            f"{key}.patterns.{kind}: has no {{session}}, but pattern has, so that several scans "
            "would have one file"
            for kind, pattern in own.items()
            if "{session}" not in pattern
        ]
    mask = own.get("brain_mask", "")
    if "{contrast}" in mask and cohort["brain_mask"] is None:
        expected = LAYOUTS[cohort["layout"]].patterns.get("brain_mask")
        lines += [
            f"{key}.patterns.brain_mask: brain_mask says nothing that could stand for {{contrast}}"
        ] * (mask != expected)
    return lines


def _check_volumes(cohort: dict[str, Any], contrasts: list[str]) -> list[str]:
    """Check a cohort whose images hold all contrasts, along their last axis."""
    own = cohort["patterns"]
    together = [contrast for contrast in contrasts if contrast not in own]
    lines = [
        f"contrasts.{contrast}: {said!r}, but pattern has no {{contrast}}, so that a file holds "
        "all contrasts; expected the contrast's number in it, from 0"
        for contrast in together
        if not (said := cohort["contrasts"].get(contrast, "0")).isdecimal()
    ]
    if together and not cohort["pattern"].endswith((".nii", ".nii.gz")):
        lines.append(f"pattern: {cohort['pattern']}, expected an end in .nii or .nii.gz")
    lines += [
        f"patterns.{kind}: is missing, and pattern has no {{contrast}}"
        for kind in ("label", *["brain_mask"] * (cohort["brain_mask"] is not None))
        if kind not in own
    ]
    return lines


def check_kinds(config: dict[str, Any]) -> list[str]:
    """Return a line for every file of a subject that a cohort names as two."""
    return [
        f"  cohorts.{name}: {one} and {other} are both {said!r}, so that one file would be two"
        for name in config["use"]["cohorts"]
        if name in config["cohorts"]
        for (one, (said, path)), (other, (_, same)) in combinations(
            _files_of(config["cohorts"][name], config["contrasts"]).items(), 2
        )
        if path == same
    ]


def _files_of(cohort: dict[str, Any], contrasts: list[str]) -> dict[str, tuple[str, str]]:
    """Return of each key that names a file of a subject what it says, and the image's pattern."""
    own = cohort["patterns"]
    kinds = {one: cohort["contrasts"][one] for one in contrasts if one in cohort["contrasts"]}
    kinds |= {"label": cohort["label"]}
    if cohort["brain_mask"] is not None or "{contrast}" not in own.get("brain_mask", "{contrast}"):
        kinds["brain_mask"] = cohort["brain_mask"]
    found = {}
    for kind, said in kinds.items():
        pattern = own.get(kind, cohort["pattern"])
        key = f"contrasts.{kind}" if kind in contrasts else kind
        if "{contrast}" in pattern:
            found[key] = (str(said), pattern.replace("{contrast}", str(said)))
        else:
            path = pattern if kind in own else f"{pattern}[{said}]"
            found[key] = (path, path)
    return found

"""What a cohort's layout says of its files, written into the cohort's keys.

Two layouts come with a ``dataset.json`` beside the files. It says what each channel shows and what
the labels mean, and is believed where the cohort says nothing itself.
"""

from collections.abc import Mapping, Sequence
from pkgutil import resolve_name
from typing import Any

from cirl.configuration.dataset_json import Described, DescriptionError
from cirl.configuration.registries.layouts import LAYOUTS, LayoutRow

Keys = dict[str, Any]
"""A cohort of the configuration."""


def lay_out(config: Mapping[str, Any], usual_contrasts: Sequence[str]) -> list[str]:
    """Complete the cohorts by their layouts, in place; return a line for what is wrong.

    What is no cohort at all is left to the schema.

    Args:
        config: the study's configuration, before it is checked.
        usual_contrasts: those of a study that names none.
    """
    lines: list[str] = []
    cohorts, use = config.get("cohorts"), config.get("use")
    used = use.get("cohorts") if isinstance(use, Mapping) else None
    contrasts = config.get("contrasts", usual_contrasts)
    for name, cohort in cohorts.items() if isinstance(cohorts, Mapping) else ():
        if not _can_be_completed(cohort) or not isinstance(contrasts, list):
            continue
        layout = cohort.get("layout", "brats")
        try:
            takes_part = used is None or name in used
            complete_cohort(cohort, LAYOUTS[layout], contrasts if takes_part else [])
        except DescriptionError as error:
            lines.append(f"  cohorts.{name}.{error}")
    return lines


def _can_be_completed(cohort: Any) -> bool:
    """Tell whether the keys are of the right kind, as far as a layout looks at them."""
    if not isinstance(cohort, dict) or cohort.get("simulate"):
        return False
    tables = [cohort.get(key, {}) for key in ("contrasts", "patterns")]
    texts = [cohort.get("root"), cohort.get("pattern", "")]
    layouts = list(LAYOUTS)
    return (
        cohort.get("layout", "brats") in layouts
        and all(isinstance(text, str) for text in texts)
        and all(isinstance(value, dict) for value in tables)
        and all(isinstance(text, str) for table in tables for text in table.values())
    )


def complete_cohort(cohort: Keys, row: LayoutRow, contrasts: Sequence[str]) -> None:
    """Complete a cohort's keys by a row, for the contrasts that a study uses.

    Raises:
        DescriptionError: where they cannot be completed.
    """
    resolve_name(row.implementation)(cohort, row, contrasts)


def by_row(cohort: Keys, row: LayoutRow, contrasts: Sequence[str]) -> None:
    """Complete a cohort's keys by what the row says."""
    cohort.setdefault("pattern", row.pattern)
    cohort["patterns"] = {**row.patterns, **cohort.get("patterns", {})}
    own = cohort.get("contrasts", {})
    # Where the layout's names are open, one that is not used still says what is no other's file.
    is_open = any("*" in name for name in row.contrasts.values())
    cohort["contrasts"] = {**(row.contrasts if is_open or not own else {}), **own}
    cohort.setdefault("brain_mask", row.brain_mask)
    cohort.setdefault("label", row.label)


def by_description(cohort: Keys, row: LayoutRow, contrasts: Sequence[str]) -> None:
    """Complete a cohort's keys by the row and by the ``dataset.json`` in its root.

    Contrasts become the numbers of channels, as the files have them.

    Raises:
        DescriptionError: if there is no channel for a contrast, or labels are not understood.
    """
    described = Described.read(cohort["root"]) if contrasts else None
    if described is not None:
        _end_as(described, cohort, row)
    given = cohort.get("contrasts", {})
    by_row(cohort, row, contrasts)
    if described is None:
        return
    # What a study does not name is a channel too, and no file.
    cohort["contrasts"] = dict(given)
    digits = 4 if "{contrast}" in cohort["pattern"] else 1
    for contrast in contrasts:
        if contrast not in cohort["patterns"]:
            number = described.channel_of(contrast, str(given.get(contrast, contrast)))
            cohort["contrasts"][contrast] = f"{number:0{digits}d}"
    channels = described.channels or []
    if digits == 1 and described.channels is not None:
        cohort.setdefault("volumes", len(channels))
    elif digits == 4:
        # Files of a channel that the study does not use are known all the same.
        named = set(cohort["contrasts"].values())
        others = {f"channel{number}": f"{number:04d}" for number in range(len(channels))}
        cohort["contrasts"] |= {key: own for key, own in others.items() if own not in named}
    if "label_map" not in cohort:
        cohort["label_map"] = described.label_map()


def _end_as(described: Described, cohort: Keys, row: LayoutRow) -> None:
    """Let the layout's patterns end as the description says that files do."""
    if described.ending not in (".nii.gz", ".nii"):
        raise DescriptionError(
            f"root: images end in {described.ending} by {described.path}, expected .nii.gz or .nii"
        )
    cohort.setdefault("pattern", row.pattern.replace(".nii.gz", described.ending))
    ours = {key: own.replace(".nii.gz", described.ending) for key, own in row.patterns.items()}
    cohort["patterns"] = {**ours, **cohort.get("patterns", {})}

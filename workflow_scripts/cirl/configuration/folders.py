"""A folder of images without labels, in any layout, as a cohort."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cirl.configuration.cohorts import check_patterns
from cirl.configuration.dataset_json import DescriptionError
from cirl.configuration.layouts import complete_cohort
from cirl.configuration.registries.layouts import LAYOUTS
from cirl.study.cohorts import Cohort

_MASK = "brain_mask"


def cohort_of_folder(
    root: str,
    layout: str,
    contrasts: Sequence[str],
    names: Mapping[str, str],
    patterns: Mapping[str, str],
) -> Cohort:
    """Return the cohort of a folder.

    Args:
        root: the folder.
        layout: one of ``LAYOUTS``.
        contrasts: those that are wanted.
        names: what stands for ``{contrast}`` in a file's name, by our name of a contrast, or as
            ``brain_mask``; an empty one is no mask.
        patterns: of the images, as an empty name, and in its place of one contrast or the mask.

    Raises:
        DescriptionError: if there is no such folder or layout, or it leaves open what is read.
    """
    if layout not in LAYOUTS:
        raise DescriptionError(f"layout: {layout!r}, known are: {', '.join(LAYOUTS)}")
    if not Path(root).is_dir():
        raise DescriptionError(f"no folder {root}")
    keys: dict[str, Any] = {"root": root, "layout": layout, "label": "", "label_map": {}}
    keys["contrasts"] = {name: own for name, own in names.items() if name != _MASK}
    if layout == "brats":
        keys["contrasts"] = {**LAYOUTS[layout].contrasts, **keys["contrasts"]}
    keys["patterns"] = {name: pattern for name, pattern in patterns.items() if name}
    keys |= {"pattern": patterns[""]} if "" in patterns else {}
    keys |= {_MASK: names[_MASK] or None} if _MASK in names else {}
    complete_cohort(keys, LAYOUTS[layout], list(contrasts))
    keys["patterns"].pop("label", None)
    _check(keys, contrasts)
    return Cohort(
        name="",
        root=root.rstrip("/") or "/",
        pattern=keys["pattern"],
        contrasts={name: keys["contrasts"][name] for name in contrasts},
        label=None,
        label_map={},
        brain_mask=keys[_MASK],
        own_patterns=keys["patterns"],
        unused={name: own for name, own in keys["contrasts"].items() if name not in contrasts},
        volumes=keys.get("volumes"),
    )


def _check(keys: Mapping[str, Any], contrasts: Sequence[str]) -> None:
    unnamed = [name for name in contrasts if name not in keys["contrasts"]]
    if unnamed:
        raise DescriptionError(
            f"the network sees {', '.join(contrasts)}, but what files of {', '.join(unnamed)} are "
            "called is not known"
        )
    for pattern in (keys["pattern"], *keys["patterns"].values()):
        if "{subject}" not in pattern:
            raise DescriptionError(f"pattern {pattern}: expected {{subject}} in it")
    # The label has a place of its own, so that none is asked for.
    asked = {**keys, "patterns": {**keys["patterns"], "label": "{subject}[_ses-{session}]"}}
    if lines := check_patterns("", asked, list(contrasts)):
        raise DescriptionError("; ".join(line.removeprefix("  cohorts..") for line in lines))

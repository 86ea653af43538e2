"""One folder as two cohorts is noticed by where the files lie, before any job."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cirl.study.names import StudyNames
from cirl.study.population import StudyError

Names = Callable[..., StudyNames]


def folders(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).mkdir(parents=True)
    return root


def study_of(names: Names, one: dict, other: dict) -> StudyNames:
    cohorts = {"a": {"domains": [], **one}, "b": {"domains": [], **other}, "phantom": {}}
    return names(cohorts=cohorts, use={"cohorts": ["a", "b"], "arms": []})


def linked(path: Path, target: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


OTHER_ROOTS = {
    "the same": lambda root: root,
    "by another path": lambda root: root / ".." / root.name,
    "a link": lambda root: linked(root.parent / "other", root),
    "a link above it": lambda root: linked(root.parent / "up", root.parent) / root.name,
    "a folder of links": lambda root: linked(root.parent / "links/p9", root / "s2").parent,
}


@pytest.mark.parametrize("kind", OTHER_ROOTS)
def test_a_folder_is_not_two_cohorts(names: Names, tmp_path: Path, kind: str) -> None:
    root = folders(tmp_path / "data", "s1", "s2", "s3")
    other = OTHER_ROOTS[kind](root)
    pattern = "{subject}/{contrast}.nii.gz"
    study = study_of(
        names, {"root": f"{root}/", "pattern": pattern}, {"root": str(other), "pattern": pattern}
    )
    with pytest.raises(StudyError) as caught:
        _ = study.found
    few = kind == "a folder of links"
    first = "a_s2 and b_p9" if few else "a_s1 and b_s1"
    assert str(caught.value) == (
        f"cohorts.a and cohorts.b: {1 if few else 3} subjects of the two are the same, such as "
        f"{first}, both with {root / ('s2' if few else 's1')}/t1n.nii.gz; a subject is of "
        "one cohort"
    )


def test_a_folder_within_a_cohorts_is_the_same(names: Names, tmp_path: Path) -> None:
    folders(tmp_path / "data", "site1/s1", "site1/s2", "site2/s3")
    pattern = "{subject}/{contrast}.nii.gz"
    study = study_of(
        names,
        {"root": str(tmp_path / "data"), "pattern": "site1/" + pattern},
        {"root": str(tmp_path / "data/site1"), "pattern": pattern, "label": "other"},
    )
    with pytest.raises(StudyError, match="2 subjects of the two are the same"):
        _ = study.found


def test_one_folder_may_hold_two_cohorts(names: Names, tmp_path: Path) -> None:
    """Of other subjects, or of subjects of the same names in folders of their own."""
    root = folders(tmp_path / "data", "site1/s1", "site1/s2", "site2/s1")
    study = study_of(
        names,
        {"root": str(root), "pattern": "site1/{subject}/{contrast}.nii.gz"},
        {"root": str(root), "pattern": "site2/{subject}/{contrast}.nii.gz"},
    )
    assert study.subjects == ["a_s1", "a_s2", "b_s1"]


def test_a_single_cohort_is_compared_with_none(names: Names, tmp_path: Path) -> None:
    root = folders(tmp_path / "data", "s1")
    linked(root / "s2", root / "s1")
    study = names(
        cohorts={"a": {"root": str(root), "domains": []}}, use={"cohorts": ["a"], "arms": []}
    )
    assert study.subjects == ["a_s1", "a_s2"]

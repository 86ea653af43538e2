"""A scan that is there twice is one patient's, whatever its label and whatever it is called."""

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from cirl.imaging.cohort import subjects_table
from cirl.imaging.preprocessing import PreprocessingSettings, preprocess
from cirl.imaging.same_voxels import notes_on_shared, one_patient_each, shared_images
from cirl.imaging.subjects import SubjectFiles
from cirl.study.cohorts import Cohort
from cirl.study.participants import Participants

SETTINGS = PreprocessingSettings(spacing=None, clip=(0.5, 99.5))


def entry(subject: str, **voxels: str) -> dict:
    cohort, _, name = subject.partition("_")
    return {
        "subject": subject, "cohort": cohort, "name": name, "status": "ok", "reason": "",
        "files": {"label": ""}, "voxels": voxels,
    }  # fmt: skip


def patients(entries: list[dict], **said) -> dict[str, str]:
    table = subjects_table(entries, ["t1n", "t2f"], **{"participants": {}, **said})
    return table.set_index("subject")["patient"].to_dict()


def test_equal_voxels_are_one_patient_in_two_cohorts_and_under_another_contrast() -> None:
    entries = [
        entry("a_1", t1n="x", t2f="y"), entry("a_2", t1n="u", t2f="v"),
        entry("b_7", t1n="y", t2f="w"), entry("b_8", t1n="s", t2f="t"),
    ]  # fmt: skip
    table = subjects_table(entries, ["t1n", "t2f"], {}).set_index("subject")
    assert table["patient"].to_dict() == {"a_1": "a_1", "a_2": "a_2", "b_7": "a_1", "b_8": "b_8"}
    assert table["notes"].to_dict() == {
        "a_1": "t2f: has the same voxels as b_7 (t1n), taken for one patient",
        "a_2": "",
        "b_7": "t1n: has the same voxels as a_1 (t2f), taken for one patient",
        "b_8": "",
    }


def test_who_is_a_patient_goes_on_from_scan_to_scan() -> None:
    """1 = 2 by t1n, 2 = 3 by t2f, 3 and 4 by name, 4 = 5 in another cohort; 6 is alone."""
    entries = [
        entry("b_1", t1n="x"), entry("b_2", t1n="x", t2f="y"), entry("b_p3-1", t2f="y"),
        entry("b_p3-2", t1n="z"), entry("a_5", t1n="z"), entry("b_6", t1n="w"),
    ]  # fmt: skip
    known = Participants({}, patients={"p3-1": "p3", "p3-2": "p3"})
    found = patients(entries, participants={"b": known})
    assert found.pop("b_6") == "b_6"
    assert set(found.values()) == {"a_5"} and len(found) == 5


@pytest.mark.parametrize("seed", range(3))
def test_groups_are_those_that_merging_one_by_one_gives(seed: int) -> None:
    random = np.random.default_rng(seed)
    subjects = [f"c_{number:02d}" for number in range(40)]
    named = {subject: f"p{random.integers(30):02d}" for subject in subjects}
    entries = [
        entry(one, t1n=str(random.integers(60)), t2f=str(random.integers(60))) for one in subjects
    ]
    shared = shared_images(entries)
    found = one_patient_each(named, [[one for one, _ in owners] for owners in shared.values()])
    groups = [{one} for one in subjects]
    same = [{one for one, _ in owners} for owners in shared.values()]
    same += [{one for one in subjects if named[one] == name} for name in set(named.values())]
    for link in same:
        joined = set().union(*(group for group in groups if group & link))
        groups = [group for group in groups if not group & link] + [joined]
    assert {
        frozenset(one for one in subjects if found[one] == name) for name in set(found.values())
    } == {frozenset(group) for group in groups}


def test_many_copies_are_named_in_part() -> None:
    entries = [entry(f"c_{number}", t1n="x") for number in range(9)]
    notes = notes_on_shared(shared_images(entries))
    assert notes["c_0"] == [
        "t1n: has the same voxels as c_1 (t1n), c_2 (t1n), c_3 (t1n), c_4 (t1n), c_5 (t1n) and 3 "
        "more, taken for one patient"
    ]


def test_the_label_the_orientation_and_the_format_of_a_scan_change_nothing(
    box_cohort: Cohort, tmp_path: Path
) -> None:
    first = SubjectFiles(**box_cohort.files("s1"))
    other = SubjectFiles(**box_cohort.files("s2"))
    label = nib.load(first.label)
    moved = np.roll(np.asarray(label.dataobj), 1, axis=0)
    nib.save(nib.Nifti1Image(moved, label.affine), tmp_path / "other_label.nii")
    relabelled = preprocess(replace(first, label=str(tmp_path / "other_label.nii")), SETTINGS)
    voxels = preprocess(first, SETTINGS).metadata["voxels"]
    assert relabelled.metadata["voxels"] == voxels
    assert relabelled.metadata["digest"] != preprocess(first, SETTINGS).metadata["digest"]
    assert not set(preprocess(other, SETTINGS).metadata["voxels"].values()) & set(voxels.values())
    turned = {}
    for kind, path in first.named_paths.items():
        turned[kind] = str(tmp_path / f"{kind}.nii")
        image = nib.load(path)
        nib.save(image.as_reoriented([[1, -1], [0, 1], [2, 1]]), turned[kind])
    label_path = turned.pop("label")
    flipped = preprocess(replace(first, contrasts=turned, label=label_path), SETTINGS)
    assert flipped.metadata["voxels"] == voxels


def test_one_voxel_makes_another_image(box_cohort: Cohort, tmp_path: Path) -> None:
    files = SubjectFiles(**box_cohort.files("s1"))
    name, path = next(iter(files.contrasts.items()))
    image = nib.load(path)
    array = np.asarray(image.dataobj).copy()
    array[tuple(np.array(array.shape) // 2)] += 1
    nib.save(nib.Nifti1Image(array, image.affine), tmp_path / "changed.nii")
    changed = replace(files, contrasts={**files.contrasts, name: str(tmp_path / "changed.nii")})
    one, two = (preprocess(each, SETTINGS).metadata["voxels"] for each in (files, changed))
    assert [contrast for contrast in one if one[contrast] != two[contrast]] == [name]


def test_excluded_subjects_are_their_own_patients() -> None:
    gone = {**entry("c_1"), "status": "excluded"}
    del gone["voxels"]
    table = subjects_table([gone, entry("c_2", t1n="x")], ["t1n"], {})
    assert table["patient"].tolist() == ["c_1", "c_2"]
    assert isinstance(table, pd.DataFrame)

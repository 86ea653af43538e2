"""Every subject in a cohort's folder is found, whatever of it is missing."""

from pathlib import Path

import pandas as pd
import pytest

from cirl.imaging.cohort import read_participants, subjects_table
from cirl.study.cohorts import Cohort


def cohort_at(root: Path, pattern: str, contrasts: dict[str, str], label: str) -> Cohort:
    return Cohort("c", str(root), pattern, contrasts, label, {"1": "ED"})


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_subjects_are_found_by_any_of_their_files(tmp_path: Path) -> None:
    touch(tmp_path, "a/a-t1.nii.gz", "b/b-seg.nii.gz", "c/readme.txt", "notes.txt", ".hidden/x")
    cohort = cohort_at(tmp_path, "{subject}/{subject}-{contrast}.nii.gz", {"t1n": "t1"}, "seg")
    assert cohort.find() == ["a", "b", "c"]


def test_flat_patterns_and_names_with_special_characters(tmp_path: Path) -> None:
    touch(tmp_path, "p 1_FLAIR.nii", "p[2]_FLAIR.nii", "p[2]_gt.nii", "other_T9.nii")
    cohort = cohort_at(tmp_path, "{subject}_{contrast}.nii", {"t2f": "FLAIR"}, "gt")
    assert cohort.find() == ["p 1", "p[2]"]


def test_a_flat_folder_shows_subjects_in_other_formats(tmp_path: Path) -> None:
    touch(tmp_path, "a_FLAIR.nii.gz", "b_FLAIR.mha", "c_gt.nii", "d_FLAIR.json", "e_FLAIR.bak")
    cohort = cohort_at(tmp_path, "{subject}_{contrast}.nii.gz", {"t2f": "FLAIR"}, "gt")
    assert cohort.find() == ["a", "b", "c"]


def test_folders_below_others_are_subjects_whatever_they_hold(tmp_path: Path) -> None:
    touch(tmp_path, "raw/a/anat/t1.nii.gz", "raw/b/readme", "raw/c.zip", "masks/d/anat/t1.nii.gz")
    (tmp_path / "raw/gone").symlink_to("/nowhere/gone")
    cohort = cohort_at(tmp_path, "raw/{subject}/anat/{contrast}.nii.gz", {"t1n": "t1"}, "gt")
    assert cohort.find() == ["a", "b", "gone"]


def test_a_repeated_name_must_repeat(tmp_path: Path) -> None:
    touch(tmp_path, "site/a/x-t1.nii", "site/a/a-t1.nii")
    cohort = cohort_at(tmp_path, "site/{subject}/{subject}-{contrast}.nii", {"t1n": "t1"}, "seg")
    assert cohort.find() == ["a"]


def test_files_carry_cohort_and_name(tmp_path: Path) -> None:
    cohort = cohort_at(tmp_path, "{subject}/{contrast}.nii", {"t1n": "T1"}, "gt")
    files = cohort.files("a")
    assert files["subject"] == "c_a"
    assert files["contrasts"] == {"t1n": f"{tmp_path}/a/T1.nii"}
    assert cohort.paths("a") == [f"{tmp_path}/a/T1.nii", f"{tmp_path}/a/gt.nii"]


def test_participants_name_what_is_missing_or_double(tmp_path: Path) -> None:
    path = tmp_path / "participants.tsv"
    path.write_text("name\tsite\n001\tx\n002\ty\n")
    assert read_participants(path, "name", ["site"]).loc["002", "site"] == "y"
    with pytest.raises(ValueError, match="no column scanner; it has name, site"):
        read_participants(path, "name", ["scanner"])
    path.write_text("name\tsite\n001\tx\n001\ty\n")
    with pytest.raises(ValueError, match="001 stands in more than one row"):
        read_participants(path, "name", ["site"])


def test_excluded_subjects_keep_their_row() -> None:
    good = {"subject": "c_b", "cohort": "c", "name": "b", "status": "ok", "reason": ""}
    good |= {"files": {"t1n": "b.nii", "label": "bs.nii"}, "volume_ml": {"WT": 12.5}}
    good |= {"problem": "", "notes": ["t1n: odd", "label: no tumour voxel"]}
    bad = {"subject": "c_a", "cohort": "c", "name": "a", "status": "excluded", "reason": "torn"}
    bad |= {"files": {"t1n": "a.nii", "label": "as.nii"}}
    bad |= {"problem": "damaged", "notes": []}
    known = {"c": pd.DataFrame({"site": ["x"]}, index=["b"])}
    table = subjects_table([good, bad], ["t1n"], known)
    assert table["subject"].tolist() == ["c_a", "c_b"]
    assert table["reason"].tolist() == ["torn", ""]
    assert table["problem"].tolist() == ["damaged", ""]
    assert table["notes"].tolist() == ["", "t1n: odd; label: no tumour voxel"]
    assert table["wt_volume_ml"].iloc[1] == 12.5
    assert pd.isna(table["site"].iloc[0]) and table["site"].iloc[1] == "x"


def test_a_participants_table_that_names_nobody_is_refused() -> None:
    row = {"subject": "c_b", "cohort": "c", "name": "b", "status": "ok", "reason": ""}
    row |= {"files": {"t1n": "b.nii", "label": "bs.nii"}}
    known = {"c": pd.DataFrame({"site": ["x"]}, index=["sub-b"])}
    with pytest.raises(ValueError, match=r"cohorts\.c\.participants: the table names 'sub-b'"):
        subjects_table([row], ["t1n"], known)

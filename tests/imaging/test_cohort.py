"""Every subject in a cohort's folder is found, whatever of it is missing."""

from pathlib import Path

import pandas as pd

from cirl.imaging.cohort import subjects_table, unmatched_table
from cirl.study.cohorts import Cohort
from cirl.study.participants import NO_ROW, NO_SUBJECT, Participants, Unmatched
from cirl.study.tables.cohort import UNMATCHED


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


def test_excluded_subjects_keep_their_row() -> None:
    good = {"subject": "c_b", "cohort": "c", "name": "b", "status": "ok", "reason": ""}
    good |= {"files": {"t1n": "b.nii", "label": "bs.nii"}, "volume_ml": {"WT": 12.5}}
    good |= {"problem": "", "notes": ["t1n: odd", "label: no tumour voxel"]}
    bad = {"subject": "c_a", "cohort": "c", "name": "a", "status": "excluded", "reason": "torn"}
    bad |= {"files": {"t1n": "a.nii", "label": "as.nii"}}
    bad |= {"problem": "damaged", "notes": []}
    known = {"c": Participants({"b": {"site": "x"}})}
    table = subjects_table([good, bad], ["t1n"], known)
    assert table["subject"].tolist() == ["c_a", "c_b"]
    assert table["reason"].tolist() == ["torn", ""]
    assert table["problem"].tolist() == ["damaged", ""]
    assert table["notes"].tolist() == ["", "t1n: odd; label: no tumour voxel"]
    assert table["wt_volume_ml"].iloc[1] == 12.5
    assert pd.isna(table["site"].iloc[0]) and table["site"].iloc[1] == "x"


def test_who_is_unmatched_is_written_and_read_as_text(tmp_path: Path) -> None:
    unmatched = [Unmatched("c", NO_ROW, "007", None, "7"), Unmatched("c", NO_SUBJECT, "NA", 3, "")]
    UNMATCHED.write(unmatched_table(unmatched), tmp_path / "unmatched.csv")
    back = UNMATCHED.read(tmp_path / "unmatched.csv")
    assert back["name"].tolist() == ["007", "NA"] and back["nearest"].tolist() == ["7", ""]
    assert back["line"].isna().tolist() == [True, False] and back["line"].iloc[1] == 3
    assert UNMATCHED.names == list(unmatched_table([]))

"""Patterns: which files they allow, which scans these tell, and which of two says more."""

from pathlib import Path

import pytest

from cirl.study import patterns
from cirl.study.cohorts import Cohort

BIDS = "sub-{subject}[/ses-{session}]/anat/sub-{subject}[_ses-{session}]_[*_]T1w.nii[.gz]"


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_a_pattern_is_one_for_scans_with_a_session_and_one_for_those_without() -> None:
    with_session, without = patterns.variants("a[_{session}]_{subject}[x].nii")
    assert (with_session, without) == ("a_{session}_{subject}[x].nii", "a_{subject}[x].nii")
    assert patterns.variants("{subject}/{session}.nii") == ["{subject}/{session}.nii"]
    assert patterns.variants("{subject}*.nii") == ["{subject}*.nii"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("sub-1/anat/sub-1_T1w.nii.gz", "1"),
        ("sub-1/anat/sub-1_T1w.nii", "1"),
        ("sub-1/anat/sub-1_acq-a_run-2_T1w.nii.gz", "1"),
        ("sub-1/ses-a/anat/sub-1_ses-a_T1w.nii.gz", "1_ses-a"),
        ("sub-1/ses-a/anat/sub-1_ses-b_T1w.nii.gz", None),
        ("sub-1/ses-a/anat/sub-2_ses-a_T1w.nii.gz", None),
        ("sub-1/anat/sub-1_notT1w.nii.gz", None),
        ("sub-1/anat/sub-1_T1w.json", None),
        ("sub-1/anat/sub-10_T1w.nii.gz", None),
        ("sub-a.b[1]/anat/sub-a.b[1]_T1w.nii.gz", "a.b[1]"),
    ],
)
def test_what_a_file_tells_of_its_scan(tmp_path: Path, path: str, name: str | None) -> None:
    touch(tmp_path, path)
    assert list(patterns.names_of_files(BIDS, str(tmp_path))) == ([name] if name else [])
    if name:
        assert patterns.allowed_paths(BIDS, name, str(tmp_path)) == [path]
        assert patterns.allows(BIDS, name, path) and not patterns.allows(BIDS, name + "0", path)


def test_names_are_text_whatever_they_look_like(tmp_path: Path) -> None:
    """No name becomes a place, a wildcard or an expression."""
    names = ["*", "[ab]", "{session}", "a.c", "(x)", "{contrast}"]
    touch(tmp_path, *(f"x/{name}_T1.nii" for name in names), "x/abc_T1.nii", "x/a_T1.nii")
    pattern = "x/{subject}_[*-]T1.nii"
    assert sorted(patterns.names_of_files(pattern, str(tmp_path))) == sorted([*names, "abc", "a"])
    for name in names:
        assert patterns.allowed_paths(pattern, name, str(tmp_path)) == [f"x/{name}_T1.nii"]
    assert patterns.path_of("{subject}/{subject}.nii", "{subject}") == "{subject}/{subject}.nii"


def test_brackets_that_hold_nothing_optional_are_text() -> None:
    assert not patterns.is_open("[a]/{subject}[1].nii")
    assert patterns.path_of("[a]/{subject}[1].nii", "s") == "[a]/s[1].nii"
    assert patterns.allows("[a]/{subject}[1].nii", "s", "[a]/s[1].nii")
    assert patterns.is_open("{subject}.nii[.gz]") and patterns.is_open("{subject}_*.nii")


def test_of_two_patterns_the_one_with_more_text_says_more() -> None:
    plain, with_agent = "{subject}_[*_]T1w.nii", "{subject}_[*_]ce-*_T1w.nii"
    assert patterns.fixed_letters(with_agent) > patterns.fixed_letters(plain)


class TestCohort:
    @pytest.fixture
    def cohort(self, tmp_path: Path) -> Cohort:
        return Cohort(
            name="c",
            root=str(tmp_path),
            pattern="scans/{subject}_{contrast}.nii.gz",
            contrasts={"t1n": "T1", "t2f": "FLAIR"},
            label="seg",
            label_map={},
            own_patterns={
                "label": "experts/{subject}.nii.gz",
                "brain_mask": "masks/{subject}_*_mask.nii.gz",
                "t2f": "flair/{subject}[-*].nii[.gz]",
            },
        )

    def test_files_lie_where_their_own_patterns_say(self, cohort: Cohort, tmp_path: Path) -> None:
        touch(tmp_path, "scans/a_T1.nii.gz", "masks/a_x_mask.nii.gz", "flair/a-2.nii")
        touch(tmp_path, "experts/b.nii.gz", "scans/a_FLAIR.nii.gz", "masks/z_x_mask.nii.gz")
        # By an image or a label, and by no mask.
        assert cohort.find() == ["a", "a-2", "b"]
        files = cohort.files("a")
        assert files["contrasts"]["t2f"] == f"{tmp_path}/flair/a-2.nii"
        assert files["label"] == f"{tmp_path}/experts/a.nii.gz"
        assert files["brain_mask"] == f"{tmp_path}/masks/a_x_mask.nii.gz"
        assert files["ambiguous"] == ""

    def test_two_masks_are_ambiguous_and_both_named(self, cohort: Cohort, tmp_path: Path) -> None:
        touch(tmp_path, "masks/a_x_mask.nii.gz", "masks/a_y_mask.nii.gz")
        said = cohort.files("a")["ambiguous"]
        assert "brain_mask may be any of masks/a_x_mask.nii.gz, masks/a_y_mask.nii.gz" in said

    def test_sessions_in_flat_folders_are_found_by_their_files(self, tmp_path: Path) -> None:
        touch(tmp_path, "a_1_T1.nii", "a_2_seg.nii.gz", "b_x_T1.nii", "b_T1.nii")
        pattern = "{subject}_{session}_{contrast}.nii"
        cohort = Cohort("c", str(tmp_path), pattern, {"t1n": "T1"}, "seg", {})
        assert cohort.find() == ["a_ses-1", "a_ses-2", "b_ses-x"]
        assert cohort.files("b_ses-x")["contrasts"]["t1n"] == f"{tmp_path}/b_x_T1.nii"

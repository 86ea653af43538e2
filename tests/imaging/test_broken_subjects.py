"""Bad input of every kind, one subject a case: nothing is lost silently.

What cannot be used is excluded with a problem's code and a message that names the file, what was
found and what was expected; what is odd and harmless is tolerated with a note.
"""

import errno
import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from box_subjects import BRAIN, CONTRASTS, write_box_subject
from broken_subjects import CASES, TUMOUR_VOXELS, edit, masked, put, shifted

from cirl.imaging import geometry, images
from cirl.imaging.cohort import subjects_table
from cirl.imaging.images import PROBLEMS, SubjectError, read_label
from cirl.imaging.preprocessing import PreprocessingSettings, preprocess, preprocess_or_exclude
from cirl.imaging.regions import brain_mask, count_labels
from cirl.imaging.store import open_subject, write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.study.cohorts import Cohort
from cirl.study.tables.cohort import SUBJECTS

SETTINGS = PreprocessingSettings(spacing=None, clip=(0.5, 99.5))


@pytest.fixture
def files(box_cohort: Cohort) -> SubjectFiles:
    return SubjectFiles(**box_cohort.files("s1"))


def path_of(files: SubjectFiles, kind: str) -> str:
    return files.contrasts.get(kind, files.label.replace("-seg", f"-{kind}"))


@pytest.mark.parametrize("name", CASES)
def test_what_becomes_of_a_spoilt_subject(files: SubjectFiles, name: str) -> None:
    case = CASES[name]
    files = case.spoil(files) or files
    result = preprocess_or_exclude(files, SETTINGS, last_attempt=False)
    metadata = result.metadata
    assert metadata["status"] == ("excluded" if case.problem else "ok"), metadata["reason"]
    assert metadata["problem"] == case.problem
    if case.problem:
        assert case.problem in PROBLEMS
        assert case.says in metadata["reason"]
        assert not case.file or path_of(files, case.file) in metadata["reason"]
        assert metadata["notes"] == [] and result.image.shape == (4, 1, 1, 1)
    else:
        assert metadata["reason"] == ""
        assert bool(metadata["notes"]) == bool(case.says)
        assert all(case.says in note for note in metadata["notes"])
        assert np.isfinite(result.image).all()


def test_every_subject_of_a_spoilt_cohort_has_a_row(box_cohort: Cohort, tmp_path: Path) -> None:
    sound = preprocess(SubjectFiles(**box_cohort.files("s2")), SETTINGS)
    rows = {"box_s2": sound.metadata}
    for number, case in enumerate(CASES.values()):
        name = f"case{number}"
        write_box_subject(box_cohort, name)
        spoilt = SubjectFiles(**box_cohort.files(name))
        spoilt = case.spoil(spoilt) or spoilt
        result = preprocess_or_exclude(spoilt, SETTINGS, last_attempt=True)
        write_subject(tmp_path, spoilt.subject, result.image, result.label, result.metadata)
        rows[spoilt.subject] = result.metadata
    assert {f"box_{name}" for name in box_cohort.find()} - {"box_s1"} == set(rows)
    table = subjects_table(rows.values(), list(CONTRASTS), {})
    table = table.set_index("subject")
    assert len(table) == 1 + len(CASES)
    excluded = table[table["status"] == "excluded"]
    assert len(excluded) == sum(bool(case.problem) for case in CASES.values())
    assert (excluded["reason"] != "").all() and excluded["problem"].isin(PROBLEMS).all()
    assert set(excluded["digest"]) == {""}
    # A sound subject's numbers do not depend on who else is there.
    assert table.loc["box_s2", "digest"] == sound.metadata["digest"]
    again = preprocess(SubjectFiles(**box_cohort.files("s2")), SETTINGS)
    assert again.metadata == sound.metadata
    with pytest.raises(ValueError, match="box_case0 was excluded"):
        open_subject(tmp_path, "box_case0")


@pytest.mark.parametrize(
    "name",
    [
        "plain though named gz",
        "origin off by 0.00001 mm",
        "label 0.9999999",
        "NaN outside the brain",
        "infinity outside the brain",
        "sound link",
    ],
)
def test_a_tolerated_subject_has_the_numbers_of_the_sound_one(
    files: SubjectFiles, name: str
) -> None:
    sound = preprocess(files, SETTINGS)
    CASES[name].spoil(files)
    assert preprocess(files, SETTINGS).metadata["digest"] == sound.metadata["digest"]


def test_the_size_of_a_tolerated_shift_is_recorded(files: SubjectFiles) -> None:
    edit(files.contrasts["t2f"], affine=shifted(1e-5))
    distances = preprocess(files, SETTINGS).metadata["grid_distance"]
    assert distances == {"t2f": pytest.approx(1e-5, rel=0.01)}


@pytest.mark.parametrize("spacing", [None, 4.0])
def test_no_tumour_voxel_outside_the_brain_is_lost(files: SubjectFiles, spacing) -> None:
    # A mask of the right half; the tumour reaches three voxels into the left one.
    cut = masked((slice(9, 17), *BRAIN[1:]))(files)
    whole = preprocess(files, replace(SETTINGS, spacing=spacing))
    result = preprocess(cut, replace(SETTINGS, spacing=spacing))
    there, beyond = count_labels(result.label), result.metadata["tumour_beyond_box"]
    assert {name: there[name] + beyond[name] for name in there} == count_labels(whole.label)
    assert sum(beyond.values()) > 0 and sum(whole.metadata["tumour_beyond_box"].values()) == 0
    # What is stored of it shows no intensities, as nothing does outside the brain.
    outside = (result.label > 0) & ~brain_mask(result.image)
    assert np.count_nonzero(outside) == result.metadata["tumour_outside_brain"] > 0


def test_tumour_voxels_in_the_background_are_counted_and_noted(files: SubjectFiles) -> None:
    sound = preprocess(files, SETTINGS)
    edit(files.label, voxels=lambda label: put(label, (0, 0, slice(0, 2)), 2, np.uint8))
    result = preprocess(files, SETTINGS)
    assert result.metadata["notes"] == [
        f"label: 2 of {TUMOUR_VOXELS + 2} tumour voxels (1.1%) lie outside the brain"
    ]
    assert result.metadata["tumour_beyond_box"] == {"NCR": 0, "ED": 2, "ET": 0}
    assert result.metadata["label_voxels"]["ED"] == sound.metadata["label_voxels"]["ED"] + 2
    assert np.array_equal(result.image, sound.image) and np.array_equal(result.label, sound.label)
    back = geometry.to_original_grid(result.label, result.metadata["geometry"])
    assert np.count_nonzero(back != read_label(files.label, files.label_map)[0]) == 2


def test_equal_names_in_two_cohorts_are_two_subjects(box_cohort: Cohort, tmp_path: Path) -> None:
    other = replace(box_cohort, name="other", root=str(tmp_path / "other"))
    write_box_subject(other, "s1", np.diag([1.0, 1, 1, 1]))
    rows = []
    for cohort in (box_cohort, other):
        cohort_files = SubjectFiles(**cohort.files("s1"))
        result = preprocess(cohort_files, SETTINGS)
        write_subject(tmp_path, cohort_files.subject, result.image, result.label, result.metadata)
        rows.append(result.metadata)
    table = subjects_table(rows, list(CONTRASTS), {})
    assert table[["subject", "cohort", "name"]].to_numpy().tolist() == [
        ["box_s1", "box", "s1"],
        ["other_s1", "other", "s1"],
    ]
    assert open_subject(tmp_path, "box_s1").spacing == (2, 2, 3)
    assert open_subject(tmp_path, "other_s1").spacing == (1, 1, 1)


@contextmanager
def without_privileges() -> Iterator[None]:
    """Be a user who may not read everything, if this process may."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def reachable(files: SubjectFiles) -> Iterator[SubjectFiles]:
    """The subject in a folder that every user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "s1"
        shutil.copytree(Path(files.label).parent, place)
        for path in (Path(folder), place):
            path.chmod(0o755)
        moved = {kind: str(place / Path(path).name) for kind, path in files.contrasts.items()}
        yield replace(files, contrasts=moved, label=str(place / Path(files.label).name))
        place.chmod(0o755)


def test_a_file_that_may_not_be_read_excludes(reachable: SubjectFiles) -> None:
    with without_privileges():
        assert preprocess_or_exclude(reachable, SETTINGS, False).metadata["status"] == "ok"
    Path(reachable.contrasts["t1c"]).chmod(0)
    with without_privileges():
        metadata = preprocess_or_exclude(reachable, SETTINGS, False).metadata
    assert (metadata["status"], metadata["problem"]) == ("excluded", "unreadable")
    assert metadata["reason"].startswith(
        f"{reachable.contrasts['t1c']}: cannot be read (Permission denied), expected"
    )


def test_a_folder_that_may_not_be_entered_excludes(reachable: SubjectFiles) -> None:
    Path(reachable.label).parent.chmod(0)
    with without_privileges():
        metadata = preprocess_or_exclude(reachable, SETTINGS, False).metadata
    assert (metadata["status"], metadata["problem"]) == ("excluded", "unreadable")


class TestWhatMayPass:
    """What another attempt may cure is raised before the last one, and a row after it."""

    @pytest.mark.parametrize(
        ("error", "problem", "says"),
        [
            (OSError(errno.EIO, "Input/output error", "x.nii.gz"), "unreadable", "Input/output"),
            (OSError(errno.ESTALE, "Stale file handle", "x.nii.gz"), "unreadable", "Stale file"),
            (MemoryError("no 3 GB"), "unexpected", "unexpected MemoryError: no 3 GB"),
            (ZeroDivisionError("division"), "unexpected", "unexpected ZeroDivisionError: division"),
        ],
    )
    def test_errors(
        self, files: SubjectFiles, monkeypatch, error: Exception, problem: str, says: str
    ) -> None:
        def fail(path: Path) -> bytes:
            raise error

        monkeypatch.setattr(Path, "read_bytes", fail)
        with pytest.raises(type(error)):
            preprocess_or_exclude(files, SETTINGS, last_attempt=False)
        metadata = preprocess_or_exclude(files, SETTINGS, last_attempt=True).metadata
        assert (metadata["status"], metadata["problem"]) == ("excluded", problem)
        assert says in metadata["reason"]

    @pytest.mark.parametrize("how", ["rewritten", "same size", "torn", "removed"])
    def test_a_file_that_changes_while_it_is_read(
        self, files: SubjectFiles, monkeypatch, how: str
    ) -> None:
        """The first contrast is read whole, and changes while the second is being read."""
        path = Path(files.contrasts["t1n"])
        read = images.read_volume
        change = {
            "rewritten": lambda: path.write_bytes(Path(files.contrasts["t1c"]).read_bytes()),
            "same size": lambda: os.utime(path, ns=(1, 1)),
            "torn": lambda: path.write_bytes(path.read_bytes()[:-50]),
            "removed": path.unlink,
        }[how]

        def read_and_change(which: str | Path, *rest: int | None) -> images.Volume:
            if which == files.contrasts["t1c"]:
                change()
            return read(which, *rest)

        monkeypatch.setattr("cirl.imaging.subjects.read_volume", read_and_change)
        before = path.stat().st_size
        with pytest.raises(SubjectError, match="replaced or removed while it was read") as caught:
            preprocess_or_exclude(files, SETTINGS, last_attempt=False)
        assert caught.value.problem == "changed"
        assert str(caught.value).startswith(f"{path}: ")
        assert f"{before} bytes before, " in str(caught.value)

    def test_a_change_explains_a_damaged_stream(self, files: SubjectFiles, monkeypatch) -> None:
        """A file that is still being copied is torn when it is read, and longer afterwards."""
        path = Path(files.contrasts["t1c"])
        whole = path.read_bytes()
        path.write_bytes(whole[:-500])
        read = Path.read_bytes

        def read_then_grow(which: Path) -> bytes:
            found = read(which)
            if which == path:
                path.write_bytes(whole)
            return found

        monkeypatch.setattr(Path, "read_bytes", read_then_grow)
        metadata = preprocess_or_exclude(files, SETTINGS, last_attempt=True).metadata
        assert metadata["problem"] == "changed"
        assert f"{len(whole) - 500} bytes before, {len(whole)} bytes after" in metadata["reason"]


def test_problems_survive_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(SubjectError("x: torn", "changed")))
    assert (str(error), error.problem) == ("x: torn", "changed")


def test_a_name_that_is_not_utf8_excludes_its_subject_and_can_be_written(
    box_cohort: Cohort, tmp_path: Path
) -> None:
    write_box_subject(box_cohort, "n\udcff")
    files = SubjectFiles(**box_cohort.files("n\udcff"))
    result = preprocess_or_exclude(files, SETTINGS, last_attempt=False)
    assert (result.metadata["problem"], result.metadata["status"]) == ("name", "excluded")
    assert result.metadata["reason"].startswith(
        r"n\udcff: the name has b'\xff', which is not UTF-8, expected a name in UTF-8"
    )
    write_subject(tmp_path, files.subject, result.image, result.label, result.metadata)
    row = json.loads((tmp_path / f"{files.subject}.json").read_text())
    table = subjects_table([row], list(CONTRASTS), {})
    SUBJECTS.write(table, tmp_path / "subjects.csv")
    assert SUBJECTS.read(tmp_path / "subjects.csv")["name"].tolist() == [r"n\udcff"]


@pytest.mark.parametrize("name", ["$(touch stolen)", "a\nb", "{subject}", "ends ", "q" * 120])
def test_a_hostile_name_changes_no_number(box_cohort: Cohort, name: str) -> None:
    sound = SubjectFiles(**box_cohort.files("s1"))
    expected = preprocess(sound, SETTINGS).metadata["digest"]
    files = SubjectFiles(**box_cohort.files(name))
    for old, new in zip(sound.paths, files.paths, strict=True):
        Path(new).parent.mkdir(exist_ok=True)
        os.rename(old, new)
    assert preprocess(files, SETTINGS).metadata["digest"] == expected


def test_a_reason_is_what_a_terminal_shows(box_cohort: Cohort) -> None:
    files = SubjectFiles(**box_cohort.files("x\x1b[31m"))
    reason = preprocess_or_exclude(files, SETTINGS, last_attempt=True).metadata["reason"]
    assert r"x\x1b[31m" in reason and reason.isprintable() and "no such file" in reason

"""Finished work is put back while what it was made from is the same."""

import os
from pathlib import Path

import pytest

from cirl.running.finished_work import Kept, file_state, key_of


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "s1.image", tmp_path / "s1.json"]
    for number, path in enumerate(made):
        path.write_text(f"content {number}")
    return made


def test_files_come_back_after_they_were_deleted(files: list[Path]) -> None:
    kept = Kept(files, "a")
    assert not kept.restore()
    kept.keep()
    kept.clear()
    assert not any(path.exists() for path in files)
    assert kept.restore()
    assert [path.read_text() for path in files] == ["content 0", "content 1"]


def test_another_key_brings_nothing_back_and_replaces_the_first(files: list[Path]) -> None:
    Kept(files, "a").keep()
    assert not Kept(files, "b").restore()
    Kept(files, "b").keep()
    assert not Kept(files, "a").restore()
    assert Kept(files, "b").restore()


def test_what_is_written_after_clearing_leaves_the_kept_files_alone(files: list[Path]) -> None:
    kept = Kept(files, "a")
    kept.keep()
    kept.clear()
    files[0].write_text("other")
    assert kept.restore()
    assert files[0].read_text() == "content 0"


def test_kept_files_cost_no_space(files: list[Path]) -> None:
    kept = Kept(files, "a")
    kept.keep()
    assert os.stat(files[0]).st_nlink == 2
    assert files[0].samefile(kept.folder / files[0].name)


def test_a_half_kept_subject_is_not_put_back(files: list[Path], monkeypatch) -> None:
    kept = Kept(files, "a")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            kept.keep()
    assert not kept.restore()
    kept.keep()
    assert kept.restore()


def test_a_file_system_without_hard_links_gets_copies(files: list[Path], monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(os, "link", refuse)
    kept = Kept(files, "a")
    kept.keep()
    kept.clear()
    assert kept.restore()
    assert files[1].read_text() == "content 1"


def test_a_key_depends_on_content_and_versions_not_on_order() -> None:
    assert key_of({"a": 1, "b": 2}, ["numpy"]) == key_of({"b": 2, "a": 1}, ["numpy"])
    assert key_of({"a": 1}, ["numpy"]) != key_of({"a": 2}, ["numpy"])
    assert key_of({"a": 1}, ["numpy"]) != key_of({"a": 1}, ["scipy"])


def test_a_files_state_changes_with_its_time_stamp(files: list[Path]) -> None:
    before = file_state(files[0])
    assert before is not None and before[0] == len("content 0")
    os.utime(files[0], ns=(1, before[1] + 1))
    assert file_state(files[0]) != before
    assert file_state(files[0].with_name("absent")) is None


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "s1.image").unlink(), "s1.image is gone"),
        (lambda folder: [path.unlink() for path in folder.iterdir()], "digests.json is gone"),
        (lambda folder: (folder / "s1.json").write_text("content 9"), "s1.json is damaged"),
        (lambda folder: (folder / "s1.json").write_text("content"), "s1.json is damaged"),
        (lambda folder: (folder / ".digests.json").write_text("{"), "digests.json is damaged"),
        (lambda folder: (folder / ".digests.json").write_text("[1]"), "digests.json is damaged"),
    ],
    ids=["a file gone", "all gone", "a bit", "truncated", "digests cut", "digests foreign"],
)
def test_what_a_purge_or_a_disk_took_is_named_and_made_again(
    files: list[Path], caplog: pytest.LogCaptureFixture, spoil, said: str
) -> None:
    kept = Kept(files, "a")
    kept.keep()
    for file in files:  # so that what is spoilt is the second name's alone
        file.unlink()
        file.write_text("as it stands")
    spoil(kept.folder)
    assert not kept.restore()
    assert said in caplog.text and str(kept.folder) in caplog.text and "made again" in caplog.text
    assert not kept.folder.exists()
    kept.clear()
    for number, file in enumerate(files):
        file.write_text(f"content {number}")
    kept.keep()
    kept.clear()
    assert kept.restore()
    assert [path.read_text() for path in files] == ["content 0", "content 1"]


def test_damage_of_a_file_that_is_kept_under_both_names_does_not_come_back(
    files: list[Path],
) -> None:
    kept = Kept(files, "a")
    kept.keep()
    with files[0].open("r+b") as file:  # on the disk, below both names
        file.write(b"C")
    files[0].unlink()
    assert not kept.restore()

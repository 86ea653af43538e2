"""A checkpoint is found again by what is trained, and by nothing else."""

import json

import pytest
import torch

from cirl.running.checkpoints import (
    CheckpointFolder,
    read_checkpoint,
    read_tensors,
    write_atomically,
    write_checkpoint,
)
from cirl.running.deadline import Deadline, OutOfTime, process_age, training_seconds
from cirl.running.results_place import DamagedError


@pytest.fixture
def folder(tmp_path):
    """A folder with a checkpoint of one training."""
    made = CheckpointFolder(tmp_path, {"learning_rate": 0.1})
    assert made.open() is None
    write_atomically({"epoch": 3, "weights": torch.arange(3.0)}, made.checkpoint)
    return made


def test_the_same_training_finds_its_checkpoint(folder, tmp_path):
    again = CheckpointFolder(tmp_path, {"learning_rate": 0.1}).open()
    content = read_checkpoint(again)
    assert content["epoch"] == 3
    assert torch.equal(content["weights"], torch.arange(3.0))


def test_another_training_finds_none(folder, tmp_path):
    assert CheckpointFolder(tmp_path, {"learning_rate": 0.2}).open() is None


def test_a_folder_that_disagrees_with_its_name_is_refused(folder):
    (folder.path / "identity.json").write_text(json.dumps({"learning_rate": 0.3}))
    with pytest.raises(ValueError, match=f"delete {folder.path} to train afresh"):
        folder.open()


def test_what_was_never_finished_is_not_read(folder):
    folder.checkpoint.rename(folder.path / ".last.ckpt.part")
    assert folder.open() is None
    assert sorted(path.name for path in folder.path.iterdir()) == ["identity.json"]


def test_nothing_is_left_after_success(folder):
    folder.delete()
    assert not folder.path.exists()


def test_a_deadline_leaves_time_for_the_longest_epoch(monkeypatch):
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    deadline = Deadline(10.0)
    for epoch, now in enumerate((0.0, 4.0)):  # noqa: B007
        deadline.check(epoch)
    now = 5.0  # the longest epoch took 4 s: 5 + 1.5 * 4 > 10
    with pytest.raises(OutOfTime, match="before epoch 2"):
        deadline.check(2)


@pytest.mark.parametrize(("minutes", "seconds"), [(10, 540), (240, 14100)])
def test_a_job_keeps_time_for_what_surrounds_its_training(minutes, seconds):
    assert training_seconds(minutes) + process_age() == pytest.approx(seconds, abs=1)


def flip_a_bit(path):
    """Damage a tensor's bytes as a disk does: the archive's structure stays what it is."""
    content = bytearray(path.read_bytes())
    place = content.index(torch.arange(3.0).numpy().tobytes()) + 5
    content[place] ^= 1
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def empty(path):
    path.write_bytes(b"")


def garble(path):
    path.write_bytes(b"<html>not found</html>" * 20)


@pytest.mark.parametrize("spoil", [flip_a_bit, cut, empty, garble])
def test_a_spoilt_checkpoint_is_named_and_the_one_before_it_taken(folder, caplog, spoil):
    write_checkpoint({"epoch": 4, "weights": torch.arange(3.0)}, folder.checkpoint)
    spoil(folder.checkpoint)
    assert read_checkpoint(folder.open())["epoch"] == 3
    assert str(folder.checkpoint) in caplog.text and "is damaged" in caplog.text
    # What was taken is the latest now, and the next one is written as ever.
    assert read_checkpoint(folder.join())["epoch"] == 3
    write_checkpoint({"epoch": 4}, folder.checkpoint)
    assert read_checkpoint(folder.open())["epoch"] == 4


@pytest.mark.parametrize("spoil", [flip_a_bit, cut, empty, garble])
def test_without_another_one_the_training_starts_afresh(folder, caplog, spoil):
    spoil(folder.checkpoint)
    assert folder.open() is None
    assert str(folder.checkpoint) in caplog.text
    assert [path.name for path in folder.path.iterdir()] == ["identity.json"]


@pytest.mark.parametrize("links", [True, False])
def test_a_kill_before_a_checkpoint_is_renamed_leaves_the_older_one(folder, monkeypatch, links):
    def refuse(*_):
        raise OSError("not supported")

    def kill(self, target):
        if self.name.endswith(".part"):
            raise KeyboardInterrupt
        return self.rename(target)

    if not links:
        monkeypatch.setattr("os.link", refuse)
    monkeypatch.setattr("pathlib.Path.replace", kill)
    with pytest.raises(KeyboardInterrupt):
        write_checkpoint({"epoch": 4}, folder.checkpoint)
    monkeypatch.undo()
    assert read_checkpoint(folder.open())["epoch"] == 3
    write_checkpoint({"epoch": 4}, folder.checkpoint)
    assert read_checkpoint(folder.checkpoint)["epoch"] == 4
    assert read_checkpoint(folder.path / "previous.ckpt")["epoch"] == 3


def test_a_checkpoint_of_which_only_the_older_one_is_left_is_gone_on_from(folder):
    folder.checkpoint.rename(folder.path / "previous.ckpt")
    assert read_checkpoint(folder.open())["epoch"] == 3


@pytest.mark.parametrize("left", [None, "", "{"])
def test_a_purge_that_took_the_identity_costs_no_training(folder, caplog, left):
    identity = folder.path / "identity.json"
    before = identity.read_text()
    identity.unlink() if left is None else identity.write_text(left)
    assert read_checkpoint(folder.open())["epoch"] == 3
    assert identity.read_text() == before and str(identity) in caplog.text


def test_a_folder_that_is_empty_after_a_purge_is_no_obstacle(folder):
    for path in folder.path.iterdir():
        path.unlink()
    assert folder.open() is None
    write_checkpoint({"epoch": 0}, folder.checkpoint)
    assert read_checkpoint(folder.open())["epoch"] == 0


def test_a_flipped_bit_in_tensors_is_refused_by_name(folder):
    flip_a_bit(folder.checkpoint)
    with pytest.raises(DamagedError, match=r"last\.ckpt is damaged: .*delete it"):
        read_tensors(folder.checkpoint)

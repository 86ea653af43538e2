"""A checkpoint is found again by what is trained, and by nothing else."""

import json

import pytest
import torch

from cirl.running.checkpoints import CheckpointFolder, read_checkpoint, write_atomically
from cirl.running.deadline import Deadline, OutOfTime, process_age, training_seconds


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

"""A training that is killed at any moment ends, when run again, with the same tensors."""

import pickle
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from toy_store import toy_plan, training_settings

pytestmark = pytest.mark.long

EPOCHS = 4


def test_ten_trainings_killed_at_random_moments_end_with_the_tensors_of_one_that_was_not(tmp_path):
    plan = toy_plan(tmp_path / "store", training=training_settings(epochs=EPOCHS))
    (tmp_path / "plan").write_bytes(pickle.dumps(plan))
    done = subprocess.run(
        [
            *(sys.executable, str(Path(__file__).with_name("killed_trainings.py"))),
            *(str(tmp_path / "plan"), str(tmp_path), "2026"),
        ],
        env={"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split("; ") for line in done.stdout.splitlines()]
    assert len(rows) == 10
    # All died by signal 9; a checkpoint that was renamed is the one that is left, one that was
    # not leaves the one before it.
    assert {code for code, *_ in rows} == {"-9"}
    for _, how, left in rows[6:]:
        number = int(how.split()[1])
        assert int(left) == number - 1 - (not how.endswith(" renamed") or "not" in how), how
    whole = torch.load(tmp_path / "whole/weights.pt", weights_only=True)["state_dict"]
    history = pd.read_csv(tmp_path / "whole/history.csv")
    assert history["epoch"].tolist() == list(range(EPOCHS))
    for number, (_, how, _) in enumerate(rows):
        folder = tmp_path / f"killed{number}"
        tensors = torch.load(folder / "weights.pt", weights_only=True)["state_dict"]
        assert all(torch.equal(tensors[name], whole[name]) for name in whole), how
        pd.testing.assert_frame_equal(pd.read_csv(folder / "history.csv"), history)
        assert not list(folder.glob("checkpoint-*")), how

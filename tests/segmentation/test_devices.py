"""A training that several devices share: two processes here, which compute what one would."""

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name

import pandas as pd
import psutil
import pytest
import torch
from segmentation.remembering_devices import after_batches
from toy_store import NETWORK, files_in, toy_plan, training_settings

from cirl.configuration.registries.arm_methods import ARM_METHODS
from cirl.segmentation.data import EpochSampler
from cirl.segmentation.devices import check_shared, usable_devices
from cirl.segmentation.methods.adversaries import Adversary
from cirl.segmentation.methods.base import Method
from cirl.segmentation.plan import TrainingPlan
from cirl.segmentation.train import TrainingFiles, train

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> TrainingPlan:
    """Without dropout and domains: whatever else a step does is a mean over its crops."""
    return toy_plan(
        tmp_path_factory.mktemp("shared") / "store",
        network=replace(NETWORK, dropout=0.0),
        training=training_settings(epochs=3, steps_per_epoch=2, batch_size=4, accumulate=2),
        method=None,
        domains={},
    )


def on_two_devices(
    plan: TrainingPlan, folder: Path, *epoch: str
) -> subprocess.CompletedProcess[str]:
    files_in(folder)
    (folder / "plan").write_bytes(pickle.dumps(plan))
    return run_script("shared_training.py", str(folder / "plan"), str(folder), *epoch)


def run_script(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name(name)), *words],
        env={"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def distance(one: TrainingFiles, two: TrainingFiles) -> float:
    """Mean absolute difference of the weights."""
    vectors = []
    for files in (one, two):
        state = torch.load(files.weights, weights_only=True)["state_dict"]
        vectors.append(torch.cat([state[name].flatten() for name in sorted(state)]))
    return float((vectors[0] - vectors[1]).abs().mean())


def losses(files: TrainingFiles) -> list[float]:
    return pd.read_csv(files.history)["train_loss"].tolist()


def test_two_devices_train_what_one_trains_and_may_leave_the_rest_to_it(plan, tmp_path):
    names = ("one", "two", "handed over", "half of each batch")
    alone, shared, handed, half = (files_in(tmp_path / name) for name in names)
    train(plan, alone)
    train(replace(plan, training=replace(plan.training, batch_size=2)), half)
    # Where a gradient is nearly 0 its rounding decides in which direction Adam goes.
    close = 0.2 * distance(alone, half)
    done = on_two_devices(plan, tmp_path / "two")
    assert done.returncode == 0, done.stderr
    assert distance(alone, shared) < close
    assert losses(shared) == pytest.approx(losses(alone), abs=1e-4)
    assert losses(shared) != pytest.approx(losses(half), abs=1e-3)
    # A signal to the first ends both, after the epoch; another number of devices may go on.
    done = on_two_devices(plan, tmp_path / "handed over", "1")
    assert done.returncode == 7, done.stderr
    assert "0 stopped before epoch 2, as SIGUSR1 asked for" in done.stdout
    running = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert not any(str(tmp_path) in word for command in running for word in command)
    train(plan, handed)
    assert distance(alone, handed) < close
    assert losses(handed) == pytest.approx(losses(alone), abs=1e-4)


def test_devices_share_out_each_batch_and_together_see_all_of_the_epoch():
    samplers = [EpochSampler(12, 2, batch_size=6, devices=3, rank=rank) for rank in range(3)]
    assert [list(sampler) for sampler in samplers] == [
        [24, 25, 30, 31],
        [26, 27, 32, 33],
        [28, 29, 34, 35],
    ]
    assert {len(sampler) for sampler in samplers} == {4}


def test_all_devices_remember_the_whole_batch_and_have_the_same_head(tmp_path):
    done = run_script("remembering_devices.py", str(tmp_path))
    assert done.returncode == 0, done.stderr
    halves = [torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2)]
    whole = after_batches(slice(4))
    sent = whole.pop("sent")
    for name, value in whole.items():
        assert torch.equal(halves[0][name], halves[1][name])
        torch.testing.assert_close(halves[0][name], value)
    # The first has crops of one domain alone, and is told apart from the other's. Lightning takes
    # the mean over devices.
    assert sent[:2].abs().min() > 0
    torch.testing.assert_close(torch.cat([half["sent"] for half in halves]) / 2, sent)
    half = after_batches(slice(2))
    assert not torch.allclose(half["layers.0.weight"], halves[0]["layers.0.weight"])


def test_a_batch_that_cannot_be_shared_is_refused():
    check_shared(6, 3, Method())
    with pytest.raises(ValueError, match="batch_size is 4, which 3 devices cannot share evenly"):
        check_shared(4, 3, Method())


@pytest.mark.parametrize("name", sorted(ARM_METHODS.keys() - {"adversary"}))
def test_methods_that_compare_crops_are_refused_on_several_devices(name):
    kind = resolve_name(ARM_METHODS[name].implementation)
    method = kind.__new__(kind)
    check_shared(4, 1, method)
    with pytest.raises(ValueError, match=f"{kind.__name__} compares the crops"):
        check_shared(4, 2, method)
    assert not Adversary.whole_batch


def test_as_many_gpus_as_asked_for_are_used_and_fewer_are_an_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert [usable_devices(wanted) for wanted in (0, 1, 4)] == [1, 1, 1]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [usable_devices(wanted) for wanted in (0, 1, 2)] == [1, 1, 2]
    with pytest.raises(ValueError, match=r"segmentation\.gpus is 4, but this job sees 2"):
        usable_devices(4)

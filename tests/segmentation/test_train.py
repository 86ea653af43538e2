"""The training: it learns, it resumes to equal tensors, it refuses what is not its own."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
from toy_store import ADVERSARY, NETWORK, NO_AUGMENTATION, files_in, toy_plan, training_settings

from cirl.imaging.normalisation import Scale
from cirl.imaging.store import ScaledStore
from cirl.running.checkpoints import CheckpointFolder
from cirl.running.deadline import OutOfTime
from cirl.segmentation import train as training_module
from cirl.segmentation.callbacks import History, TerminalProgress
from cirl.segmentation.module import SegmentationModule
from cirl.segmentation.plan import TrainingPlan
from cirl.segmentation.settings import NetworkSettings
from cirl.segmentation.train import TrainingFiles, train
from cirl.segmentation.weights import load_weights


class Interrupted(Exception):
    """Stands for a kill between two epochs."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> TrainingPlan:
    return toy_plan(tmp_path_factory.mktemp("plan") / "store")


@pytest.fixture(scope="module")
def whole(plan, tmp_path_factory) -> TrainingFiles:
    """The plan trained to its end at one go."""
    files = files_in(tmp_path_factory.mktemp("whole"))
    torch.set_num_threads(1)
    train(plan, files)
    return files


def tensors(files: TrainingFiles) -> dict[str, torch.Tensor]:
    return torch.load(files.weights, weights_only=True)["state_dict"]


def equal(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def checkpoints_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("checkpoint-*"))


def interrupt_before(monkeypatch, epoch: int) -> None:
    original = History.on_train_epoch_start

    def stop(self, trainer, pl_module):
        if trainer.current_epoch == epoch:
            raise Interrupted
        original(self, trainer, pl_module)

    monkeypatch.setattr(History, "on_train_epoch_start", stop)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_resumed_training_ends_with_the_tensors_of_an_uninterrupted_one(
    plan, whole, tmp_path, monkeypatch, workers
):
    plan = replace(plan, training=training_settings(workers=workers))
    resumed = files_in(tmp_path / "resumed")
    with monkeypatch.context() as patch:
        interrupt_before(patch, 2)
        with pytest.raises(Interrupted):
            train(plan, resumed)
    (folder,) = checkpoints_in(tmp_path / "resumed")
    assert torch.load(folder / "last.ckpt", weights_only=True)["epoch"] == 1
    trained_epochs = []
    original = History.on_train_epoch_start

    def note(self, trainer, pl_module):
        trained_epochs.append(trainer.current_epoch)
        original(self, trainer, pl_module)

    monkeypatch.setattr(History, "on_train_epoch_start", note)
    train(plan, resumed)
    assert trained_epochs == [2, 3]
    assert equal(tensors(whole), tensors(resumed))
    pd.testing.assert_frame_equal(pd.read_csv(whole.history), pd.read_csv(resumed.history))
    assert not checkpoints_in(tmp_path / "resumed")
    assert list(resumed.tensorboard.glob("events.*"))


def test_a_training_that_was_killed_before_its_weights_were_written_just_writes_them(
    plan, whole, tmp_path, monkeypatch
):
    files = files_in(tmp_path / "late")

    def fail(*arguments):
        raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr(training_module, "save_weights", fail)
        with pytest.raises(Interrupted):
            train(plan, files)
    train(plan, files)
    assert equal(tensors(files), tensors(whole))
    assert len(pd.read_csv(files.history)) == 4


def test_a_checkpoint_is_written_at_the_interval_and_before_a_stop_that_was_asked_for(
    plan, tmp_path, monkeypatch
):
    plan = replace(plan, training=training_settings(epochs=6, checkpoint_interval=3))
    whole, resumed = files_in(tmp_path / "whole"), files_in(tmp_path / "resumed")
    train(plan, whole)
    with monkeypatch.context() as patch:
        interrupt_before(patch, 5)
        with pytest.raises(Interrupted):
            train(plan, resumed)
    (folder,) = checkpoints_in(tmp_path / "resumed")
    assert torch.load(folder / "last.ckpt", weights_only=True)["epoch"] == 2

    def ask(self, trainer, pl_module):
        os.kill(os.getpid(), signal.SIGUSR1)

    with monkeypatch.context() as patch:
        patch.setattr(TerminalProgress, "on_train_epoch_end", ask, raising=False)
        with pytest.raises(OutOfTime, match="before epoch 4, as SIGUSR1 asked for"):
            train(plan, resumed)
    assert torch.load(folder / "last.ckpt", weights_only=True)["epoch"] == 3
    # The interval is no part of what is trained.
    train(replace(plan, training=training_settings(epochs=6)), resumed)
    assert equal(tensors(whole), tensors(resumed))


def test_accumulated_gradients_are_those_of_one_large_batch(plan, tmp_path):
    """The cross entropy is a mean over equal crops; the norms are each item's own."""
    large = training_settings(
        epochs=1, steps_per_epoch=1, batch_size=4, loss_weights=[0, 1], learning_rate=1e-2
    )
    small = replace(large, batch_size=1, accumulate=4)
    weights = []
    for name, training in (("large", large), ("small", small)):
        calm = replace(plan, training=training, network=replace(plan.network, dropout=0.0))
        assert (calm.steps_per_epoch, calm.crops_per_step) == (1, 4)
        train(replace(calm, method=None), files_in(tmp_path / name))
        weights.append(tensors(files_in(tmp_path / name)))
    for name in weights[0]:
        torch.testing.assert_close(weights[0][name], weights[1][name], rtol=1e-3, atol=1e-4)


def test_a_compiled_network_trains_the_same_and_its_weights_are_a_plain_ones(
    plan, tmp_path, monkeypatch
):
    """Traced and differentiated as torch.compile does, without the step that needs a compiler."""
    compiled = []

    def trace(module, **options):
        compiled.append(options)
        module._compiled_call_impl = torch.compile(
            module._call_impl, backend="aot_eager", **options
        )

    monkeypatch.setattr(torch.nn.Module, "compile", trace)
    network = replace(NETWORK, dropout=0.0)
    plan = replace(plan, network=network, training=training_settings(epochs=1))
    plain, traced = files_in(tmp_path / "plain"), files_in(tmp_path / "compiled")
    train(plan, plain)
    assert not compiled
    train(replace(plan, training=training_settings(epochs=1, compile=True)), traced)
    assert compiled == [{"dynamic": False}]
    one, two = (pd.read_csv(files.history).iloc[0] for files in (plain, traced))
    assert one["train_loss"] == pytest.approx(two["train_loss"], abs=1e-4)
    assert one["train_domain_loss"] == pytest.approx(two["train_domain_loss"], abs=1e-4)
    load_weights(traced.weights)


def test_crops_changed_on_the_networks_device_train_the_same(plan, tmp_path, monkeypatch):
    plan = replace(plan, training=training_settings(epochs=1))
    loading, device = files_in(tmp_path / "loading"), files_in(tmp_path / "device")
    train(plan, loading)
    monkeypatch.setattr(training_module, "changes_on_device", lambda: True)
    train(plan, device)
    assert equal(tensors(loading), tensors(device))
    unchanged = replace(plan, augmentation=NO_AUGMENTATION)
    train(unchanged, files_in(tmp_path / "unchanged"))
    assert not equal(tensors(device), tensors(files_in(tmp_path / "unchanged")))


def test_another_setting_starts_afresh_and_a_forced_rerun_trains_again(plan, tmp_path, monkeypatch):
    files = files_in(tmp_path / "run")
    with monkeypatch.context() as patch:
        interrupt_before(patch, 2)
        with pytest.raises(Interrupted):
            train(plan, files)
    other = replace(plan, training=training_settings(learning_rate=1e-3))
    for trained in (other, plan, plan):
        train(trained, files)
        assert pd.read_csv(files.history)["epoch"].tolist() == [0, 1, 2, 3]
    assert not checkpoints_in(tmp_path / "run")


@pytest.mark.parametrize(
    "change", [{"code": "x"}, {"seed": 4}, {"subjects": ("a_s0", "b_s1")}, {"domains": {"a_s0": 0}}]
)
def test_identity_tells_trainings_apart_but_not_where_the_store_lies(tmp_path, change):
    plan = toy_plan(tmp_path / "store")
    here = CheckpointFolder("", plan.identity()).path
    assert CheckpointFolder("", replace(plan, **change).identity()).path != here
    moved = plan.store.with_name("moved")
    plan.store.rename(moved)
    assert CheckpointFolder("", replace(plan, store=moved).identity()).path == here
    scales = [Scale((1.0, 99.0), {"t1c": (-2.0, end), "t2f": (-2.0, end)}) for end in (2.0, 2.1)]
    folders = {
        CheckpointFolder("", replace(plan, store=ScaledStore(moved, scale)).identity()).path
        for scale in scales
    }
    assert len(folders | {here}) == 3


def test_a_checkpoint_of_another_training_under_this_ones_name_is_refused(
    plan, tmp_path, monkeypatch
):
    files = files_in(tmp_path / "run")
    interrupt_before(monkeypatch, 1)
    with pytest.raises(Interrupted):
        train(plan, files)
    (folder,) = checkpoints_in(tmp_path / "run")
    identity = json.loads((folder / "identity.json").read_text())
    identity["training"]["learning_rate"] = 1.0
    (folder / "identity.json").write_text(json.dumps(identity))
    with pytest.raises(ValueError, match=f"delete {folder} to train afresh"):
        train(plan, files)


def test_a_training_stops_checkpointed_before_its_time_is_over(plan, tmp_path):
    files = files_in(tmp_path / "run")
    plan = replace(plan, training=training_settings(epochs=2000))
    with pytest.raises(OutOfTime, match=r"before epoch \d+: .* run it again"):
        train(plan, files, seconds=4)
    (folder,) = checkpoints_in(tmp_path / "run")
    assert torch.load(folder / "last.ckpt", weights_only=True)["epoch"] > 0


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGURG])
def test_a_signal_ends_a_training_after_the_running_epoch(
    plan, whole, tmp_path, monkeypatch, number, workers
):
    """Its processes that load data have the signal too, as all of a job's have."""
    plan = replace(plan, training=training_settings(workers=workers))
    ended = files_in(tmp_path / "ended")
    before = signal.getsignal(number)
    original = SegmentationModule.training_step

    def ask(self, *arguments):
        if self.trainer.global_step == 5:  # in epoch 1, of three steps
            for child in psutil.Process().children():
                child.send_signal(number)
            os.kill(os.getpid(), number)
        return original(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(SegmentationModule, "training_step", ask)
        with pytest.raises(OutOfTime, match=f"before epoch 2, as {number.name} asked for"):
            train(plan, ended)
    assert signal.getsignal(number) == before
    (folder,) = checkpoints_in(tmp_path / "ended")
    assert torch.load(folder / "last.ckpt", weights_only=True)["epoch"] == 1
    train(plan, ended)
    assert equal(tensors(ended), tensors(whole))


def test_sigterm_ends_a_training_at_once_when_its_epoch_is_long(
    plan, tmp_path, monkeypatch, caplog
):
    files = files_in(tmp_path / "run")
    original = SegmentationModule.training_step

    def ask(self, *arguments):
        if self.trainer.global_step == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        return original(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(SegmentationModule, "training_step", ask)
        patch.setattr("cirl.running.deadline.GRACE", -1)  # as if the end of the epoch were far
        with pytest.raises(OutOfTime, match="in epoch 1, as SIGTERM asked for"):
            train(plan, files)
    with caplog.at_level("INFO", "cirl"):
        train(plan, files)
    assert "training goes on from epoch 1 of" in caplog.text
    assert pd.read_csv(files.history)["epoch"].tolist() == [0, 1, 2, 3]


def test_history_has_rates_strength_and_the_validation_where_it_was_looked_at(whole):
    history = pd.read_csv(whole.history)
    assert history["step"].tolist() == [3, 6, 9, 12]
    expected = [3e-3 * (1 - epoch / 4) ** 0.9 for epoch in range(4)]
    assert history["learning_rate"].tolist() == pytest.approx(expected)
    assert history["val_dice"].isna().tolist() == [True, False, True, False]
    mean = history[["val_dice_WT", "val_dice_TC", "val_dice_ET"]].mean(axis=1)
    assert history["val_dice"].dropna().tolist() == pytest.approx(mean.dropna().tolist())
    total = history["train_segmentation_loss"] + history["train_domain_loss"]
    assert history["train_loss"].tolist() == pytest.approx(total.tolist(), rel=1e-5)
    assert history["adversary_strength"].iloc[-1] == pytest.approx(0.1 * 0.9999, abs=1e-4)


def test_an_adversary_changes_the_encoder_and_a_weight_of_0_does_not(plan, tmp_path):
    arms = {
        "baseline": None,
        "reversed": ADVERSARY,
        "control": replace(ADVERSARY, reversal=False),
        "weightless": replace(ADVERSARY, weight=0.0),
    }
    plan = replace(
        plan,
        network=replace(NETWORK, dropout=0.0),
        training=training_settings(epochs=2),
        validation=(),
    )
    trained = {}
    for name, method in arms.items():
        files = files_in(tmp_path / name)
        train(replace(plan, method=method), files)
        trained[name] = tensors(files)
    assert equal(trained["baseline"], trained["weightless"])
    assert not equal(trained["baseline"], trained["reversed"])
    assert not equal(trained["control"], trained["reversed"])


@pytest.mark.parametrize(
    "changes",
    [
        {"outputs": "labels"},
        {"loss": "mse_bce", "loss_weights": [1, 0.07]},
        {"optimiser": "adam", "precision": "bfloat16"},
        {"steps_per_epoch": 0, "workers": 1},
    ],
)
def test_every_variant_of_the_training_runs(plan, tmp_path, changes):
    files = files_in(tmp_path / "run")
    network = NetworkSettings((4, 8, 8), 3, (), 1, True, 0.0)
    train(replace(plan, network=network, training=training_settings(epochs=2, **changes)), files)
    history = pd.read_csv(files.history)
    assert np.isfinite(history["train_loss"]).all()
    assert history["step"].iloc[-1] == 6
    assert load_weights(files.weights).outputs == changes.get("outputs", "regions")


def test_under_slurm_lightning_requeues_nothing(plan, tmp_path, monkeypatch):
    for name in ("NTASKS", "JOB_ID", "PROCID", "LOCALID", "NODEID"):
        monkeypatch.setenv(f"SLURM_{name}", "0" if name.endswith("ID") else "1")
    checkpoints = CheckpointFolder(tmp_path, {})
    trainer = training_module.build_trainer(plan, checkpoints, History(), None)
    environment = trainer._accelerator_connector.cluster_environment
    assert type(environment).__name__ == "LightningEnvironment"

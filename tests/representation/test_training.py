"""One loop trains any objective: several optimisers, steps that see each other, and resumes."""

import subprocess
import sys
from dataclasses import replace

import adversarial
import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from cirl.representation.autoencoders import AutoencoderSettings, encode, to_items
from cirl.representation.batches import batch_size_of
from cirl.representation.epochs import Interruption, run_epochs
from cirl.representation.objectives import Objective, Reconstruction, Step
from cirl.representation.pretraining import (
    BestEpoch,
    PretrainingSettings,
    pretrain,
    train_objective,
)
from cirl.representation.training import (
    LoopSettings,
    OptimiserSettings,
    Training,
    image_format,
    laid_out,
)
from cirl.running.checkpoints import CheckpointFolder, read_checkpoint


class Product(Objective):
    """Two numbers, each with an optimiser of its own, whose product is made small."""

    def __init__(self):
        self.a, self.b = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.tensor(2.0))
        self.events = []

    def parameter_groups(self):
        return {"a": [self.a], "b": [self.b]}

    def begin_epoch(self):
        self.events.append("epoch")

    def steps(self, batch):
        product = self.a * self.b
        self.events.append("first")
        yield Step("a", product, {"before": product.detach()})
        product = self.a * self.b
        self.events.append("second")
        yield Step("b", product, {"between": product.detach()})

    def after_step(self, batch):
        self.events.append(f"after {len(batch.chosen)}")

    def state(self):
        return {"a": self.a.detach(), "b": self.b.detach()}

    def load_state(self, state):
        raise NotImplementedError


class Once:
    """A watch that ends a training after its first epoch."""

    finished = False

    def look(self, means):
        self.finished = True
        return means

    def state(self):
        return {}

    def load_state(self, state):
        raise NotImplementedError


def test_steps_follow_each_other_and_each_moves_its_own_parameters():
    """Adam's first step is its learning rate, so that all numbers are known."""
    objective = Product()
    optimisers = {"b": OptimiserSettings(0.5)}
    settings = LoopSettings(OptimiserSettings(0.25), optimisers, batch_size=6)
    work = Training(objective, Once(), torch.zeros(6, 1), settings, 0)
    run_epochs(work, 9)
    (row,) = work.history
    assert row == pytest.approx({"epoch": 0, "before": 1 * 2, "between": 0.75 * 2})
    assert (objective.a.item(), objective.b.item()) == pytest.approx((0.75, 1.5))
    assert objective.events == ["epoch", "first", "second", "after 6"]


def test_an_optimiser_that_nothing_needs_is_refused():
    settings = LoopSettings(optimisers={"c": OptimiserSettings(0.5)})
    with pytest.raises(ValueError, match=r"optimisers \['c'\] are none of \['a', 'b'\]"):
        Training(Product(), Once(), torch.zeros(6, 1), settings, 0)


def test_what_no_gradient_moves_is_updated_after_each_batch():
    objective = Product()
    run_epochs(Training(objective, Once(), torch.zeros(6, 1), LoopSettings(batch_size=3), 0), 9)
    assert objective.events == ["epoch", *["first", "second", "after 3"] * 2]


def test_an_adversary_that_is_killed_goes_on_to_the_same_tensors(tmp_path):
    objective = adversarial.Adversarial(adversarial.untrained(), 3)
    start = {name: tensor.clone() for name, tensor in objective.state_dict().items()}
    history, held_out = train_objective(objective, adversarial.rows(), adversarial.SETTINGS, 5)
    assert history.columns.tolist() == [
        *("epoch", "loss", "reconstruction", "told", "fooled", "validation_loss")
    ]
    assert history["loss"].equals(history["reconstruction"]) and len(held_out) == 20

    done = subprocess.run(
        [sys.executable, adversarial.__file__, str(tmp_path), "4"],
        env={"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    interruption = Interruption(CheckpointFolder(tmp_path, {}), interval=0)
    left = read_checkpoint(interruption.folder.checkpoint)
    assert [row["epoch"] for row in left["history"]] == [0, 1, 2, 3]
    groups = {name: state["param_groups"][0] for name, state in left["state"]["optimisers"].items()}
    assert (groups["network"]["lr"], groups["network"]["betas"]) == (3e-3, (0.9, 0.999))
    assert (groups["discriminator"]["lr"], groups["discriminator"]["betas"]) == (1e-3, (0.5, 0.99))

    resumed = adversarial.Adversarial(adversarial.untrained(), 3)
    arguments = (adversarial.rows(), adversarial.SETTINGS, 5, interruption)
    again, _ = train_objective(resumed, *arguments)
    pd.testing.assert_frame_equal(again, history)
    for name, tensor in objective.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
        # A plain autoencoder does not use the layer of its posteriors' variance.
        assert torch.equal(tensor, start[name]) == ("log_variance" in name), name


def test_an_adversary_brings_latents_nearer_to_the_prior():
    rows = adversarial.rows()
    settings = replace(adversarial.SETTINGS, epochs=60, patience=60)
    plain = Reconstruction(adversarial.untrained())
    train_objective(plain, rows, replace(settings, optimisers={}), 5)
    watched = adversarial.Adversarial(adversarial.untrained(), 3)
    train_objective(watched, rows, settings, 5)
    alone, adversary = [
        torch.cov(encode(objective.network, to_items(rows[:, 0])).T)
        for objective in (plain, watched)
    ]
    assert (adversary - torch.eye(3)).norm() < 0.5 * (alone - torch.eye(3)).norm()


def images_of(shape):
    return np.random.default_rng(0).random((8, 2, *shape)).astype(np.float16)


LAYOUTS = (
    {"channels_last": True},
    {"precision": "bfloat16"},
    {
        "channels_last": True,
        "precision": "bfloat16",
    },
)


@pytest.mark.parametrize("changes", LAYOUTS, ids=str)
@pytest.mark.parametrize("spatial", [False, True])
def test_layouts_and_precisions_learn_the_same_and_go_on_to_equal_tensors(
    changes, spatial, tmp_path, monkeypatch
):
    network = AutoencoderSettings((4, 8, 16), 4, "gaussian", 0.2, spatial)
    plain = PretrainingSettings(3e-3, 8, 6, 6, 0.25, channels_last=False)
    values = images_of((2, 16, 16))
    reference, expected, _ = pretrain(values, network, plain, 3, True)
    settings = replace(plain, **changes)
    whole, history, _ = pretrain(values, network, settings, 3, True)
    differences = [
        (tensor - reference.state_dict()[name]).abs().max().item()
        for name, tensor in whole.state_dict().items()
    ]
    assert 0 < max(differences) < 0.2
    tolerance = 0.02 if "precision" in changes else 1e-3
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=tolerance)
    assert all(tensor.is_contiguous() for tensor in whole.state_dict().values())
    assert {tensor.dtype for tensor in whole.parameters()} == {torch.float32}

    interruption = Interruption(CheckpointFolder(tmp_path, {}), interval=0)
    train_epoch = Training.train_epoch

    def until(self, epoch):
        if epoch == 3:
            raise KeyboardInterrupt
        return train_epoch(self, epoch)

    monkeypatch.setattr(Training, "train_epoch", until)
    with pytest.raises(KeyboardInterrupt):
        pretrain(values, network, settings, 3, True, interruption)
    monkeypatch.setattr(Training, "train_epoch", train_epoch)
    resumed, again, _ = pretrain(values, network, settings, 3, True, interruption)
    assert again.equals(history)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name


@pytest.mark.parametrize("shape", [(2, 8, 8, 8), (9,)])
def test_layout_is_of_2d_images_alone(shape):
    likelihood = "real" if len(shape) == 1 else "gaussian"
    network = AutoencoderSettings((4, 4), 3, likelihood, 0.5)
    settings = PretrainingSettings(0.01, 4, 2, channels_last=False)
    plain = pretrain(images_of(shape), network, settings, 0, True)[0].state_dict()
    asked = replace(settings, channels_last=True)
    other = pretrain(images_of(shape), network, asked, 0, True)[0].state_dict()
    assert all(torch.equal(tensor, other[name]) for name, tensor in plain.items())


def test_weights_lie_like_images_while_they_are_trained_and_as_before_afterwards():
    module, images = nn.Sequential(nn.Conv2d(2, 3, 3)), torch.zeros(1, 2, 5, 5)
    with pytest.raises(KeyboardInterrupt), laid_out(module, images, channels_last=True):
        assert module[0].weight.is_contiguous(memory_format=torch.channels_last)
        assert not module[0].weight.is_contiguous()
        raise KeyboardInterrupt
    assert module[0].weight.is_contiguous()
    assert image_format(images, channels_last=False) == torch.contiguous_format


def test_in_bfloat16_each_step_sees_the_weights_that_the_last_one_left():
    """Autocast keeps rounded weights while its context lasts, so that none spans two steps."""
    seen = []

    class Twice(Reconstruction):
        def steps(self, batch):
            for _ in range(2):
                latents = self.network.encode(batch.items)
                seen.append(latents.detach().clone())
                yield Step("network", latents.square().mean(), {})

    objective = Twice(adversarial.untrained())
    settings = LoopSettings(OptimiserSettings(0.1), batch_size=80, precision="bfloat16")
    items = to_items(adversarial.rows()[:, 0])
    watch = BestEpoch(objective, None, 64, 9)
    run_epochs(Training(objective, watch, items, settings, 0), 1)
    assert seen[0].dtype == torch.float32
    assert (seen[0] - seen[1]).abs().mean() > 0.1


def test_validation_is_measured_in_parts_that_do_not_matter():
    torch.manual_seed(0)
    objective = Reconstruction(adversarial.untrained())
    items = to_items(adversarial.rows()[:, 0])
    rows = [BestEpoch(objective, items, size, 9).look({"reconstruction": 1.0}) for size in (7, 80)]
    assert rows[0]["validation_loss"] == pytest.approx(rows[1]["validation_loss"], rel=1e-5)
    assert rows[0]["loss"] == 1 and batch_size_of(80, 7) == 7

"""The autoencoder reconstructs from its latent alone, and its training repeats itself."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cirl.representation.autoencoders import AutoencoderSettings, encode, to_items
from cirl.representation.batches import batch_size_of, batches
from cirl.representation.epochs import Interruption
from cirl.representation.objectives import prior_divergence
from cirl.representation.pretraining import (
    PretrainingSettings,
    pretrain,
    validation_part,
)
from cirl.representation.showing import reconstruct
from cirl.representation.training import Training
from cirl.running.checkpoints import CheckpointFolder

NETWORK = AutoencoderSettings((6, 16, 32, 64), 8, "gaussian", 0.1)
SETTINGS = PretrainingSettings(3e-3, 16, 10, 20, 0.25)


def mean_loss(network, images, latents):
    with torch.no_grad():
        return network.likelihood.loss(network.decode(latents), images).mean().item()


@pytest.mark.parametrize("name", ["ae", "vae"])
def test_reconstruction_needs_its_own_latent(pretrained, planted_slices, name):
    network = pretrained[name][0]
    images = to_items(planted_slices.images[:, 0]).float()
    latents = encode(network, images)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    own = mean_loss(network, images, latents)
    assert mean_loss(network, images, latents[order]) > 1.2 * own


def test_reconstruction_needs_the_own_map_of_a_spatial_latent(planted_slices):
    settings = replace(NETWORK, latent=4, spatial=True)
    training = replace(SETTINGS, epochs=25)
    network, history, _ = pretrain(planted_slices.images, settings, training, 4, True)
    assert history["validation_loss"].min() < 0.75 * history["validation_loss"].iloc[0]
    images = to_items(planted_slices.images[:, 0]).float()
    latents = encode(network, images)
    assert latents.shape == (48, 4, 1, 1)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    own = mean_loss(network, images, latents)
    assert mean_loss(network, images, latents[order]) > 1.2 * own


def test_a_spatial_latent_keeps_places(planted_slices):
    """What is moved in the map is moved in the image."""
    settings = replace(NETWORK, widths=(8, 16), latent=3, spatial=True)
    network = pretrain(planted_slices.images, settings, replace(SETTINGS, epochs=25), 4, True)[0]
    images = to_items(planted_slices.images[:, 0]).float()
    latents = encode(network, images)
    assert latents.shape == (48, 3, 4, 4)
    own = mean_loss(network, images, latents)
    moved = latents.roll(2, dims=3)
    assert mean_loss(network, images, moved) > 1.5 * own
    assert (
        mean_loss(network, images.roll(8, dims=3), moved) < mean_loss(network, images, moved) / 1.2
    )


@pytest.mark.parametrize("variational", [False, True])
def test_interrupted_and_resumed_equals_uninterrupted(
    planted_slices, tmp_path, monkeypatch, variational
):
    """Interrupted twice, and equal to a training at one go, tensor by tensor."""
    arguments = (planted_slices.images, NETWORK, SETTINGS, 4, variational)
    network, history, held_out = pretrain(*arguments)
    interruption = Interruption(CheckpointFolder(tmp_path, {}), interval=0)
    train_epoch = Training.train_epoch
    for stop in (2, 7):

        def until(self, epoch, stop=stop):
            if epoch == stop:
                raise KeyboardInterrupt
            return train_epoch(self, epoch)

        monkeypatch.setattr(Training, "train_epoch", until)
        with pytest.raises(KeyboardInterrupt):
            pretrain(*arguments, interruption)
    monkeypatch.setattr(Training, "train_epoch", train_epoch)
    again, again_history, again_held_out = pretrain(*arguments, interruption)
    weights = again.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())
    assert again_history.equals(history)
    np.testing.assert_array_equal(again_held_out, held_out)


def test_loss_falls_and_the_best_epoch_is_kept(pretrained, planted_slices):
    network, history, held_out = pretrained["vae"]
    assert history["validation_loss"].min() < 0.75 * history["validation_loss"].iloc[0]
    assert (
        held_out.tolist() == validation_part(np.arange(48), 0.25, 4).tolist()
        and len(held_out) == 12
    )
    images = to_items(planted_slices.images[held_out]).float().flatten(0, 1)
    with torch.no_grad():
        mean, log_variance = network.posterior(images)
        loss = network.likelihood.loss(network.decode(mean), images).sum() / len(images)
        loss += prior_divergence(mean, log_variance).mean()
    assert loss.item() == pytest.approx(history["validation_loss"].min(), rel=1e-5)


def test_training_stops_without_progress(planted_slices):
    settings = PretrainingSettings(1e-12, epochs=50, patience=3)
    history = pretrain(planted_slices.images[:6], NETWORK, settings, 0, True)[1]
    best = history["validation_loss"].idxmin()
    assert len(history) == best + 4 < 50


@pytest.mark.parametrize("shape", [(3, 16, 16), (3, 16, 16, 16), (20,)])
@pytest.mark.parametrize("variational", [False, True])
def test_slices_volumes_and_tables_are_learnt(shape, variational):
    values = np.random.default_rng(0).random((6, 1, *shape), dtype=np.float32)
    likelihood = "real" if len(shape) == 1 else "gaussian"
    network_settings = replace(NETWORK, latent=5, likelihood=likelihood, sigma=0.7)
    settings = PretrainingSettings(0.01, epochs=6)
    network, history, _ = pretrain(values, network_settings, settings, 1, variational)
    assert history["reconstruction"].iloc[-1] < history["reconstruction"].iloc[0]
    assert (history["divergence"] > 0).all() == variational
    assert reconstruct(network, values[:, 0]).shape == (6, *shape)


def test_batches_are_nearly_equal_and_complete():
    parts = list(batches(17, 8, torch.Generator().manual_seed(0)))
    assert [len(part) for part in parts] == [9, 8]
    assert sorted(torch.cat(parts).tolist()) == list(range(17))


@pytest.mark.parametrize(
    ("count", "wanted", "expected"), [(24, None, 8), (400, None, 50), (1797, None, 225), (9, 3, 3)]
)
def test_batches_are_an_eighth_of_the_items_unless_told(count, wanted, expected):
    assert batch_size_of(count, wanted) == expected

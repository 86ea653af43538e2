"""The autoencoder reconstructs from its latent alone, and its training repeats itself."""

import numpy as np
import pytest
import torch

from cirl.clustering.vae import (
    ConvVAE,
    VaeSettings,
    batches,
    encode_subjects,
    load_network,
    pretrain,
    prior_divergence,
    reconstruct,
    reconstruct_examples,
    reconstruction_loss,
    save_network,
)

SETTINGS = VaeSettings(latent=8, batch_size=16, epochs=60, learning_rate=3e-3, validation=0.25)


@pytest.fixture(scope="module")
def trained(planted_slices):
    torch.set_num_threads(1)
    return pretrain(planted_slices.images, SETTINGS, seed=4)


def bernoulli_loss(network, images, latents):
    targets = torch.from_numpy(images.astype(np.float32))
    with torch.no_grad():
        return reconstruction_loss(network.decode(latents), targets, SETTINGS).mean().item()


def test_reconstruction_needs_its_own_latent(trained, planted_slices):
    network = trained[0]
    images = planted_slices.images[:, 0]
    with torch.no_grad():
        latents = network.encode(torch.from_numpy(images.astype(np.float32)))[0]
    own = bernoulli_loss(network, images, latents)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    assert bernoulli_loss(network, images, latents[order]) > 1.2 * own


def test_training_repeats_itself_tensor_by_tensor(trained, planted_slices):
    again, history, held_out = pretrain(planted_slices.images, SETTINGS, seed=4)
    weights = trained[0].state_dict()
    assert all(torch.equal(weights[name], value) for name, value in again.state_dict().items())
    assert history.equals(trained[1])
    np.testing.assert_array_equal(held_out, trained[2])


def test_loss_falls_and_the_best_epoch_is_kept(trained, planted_slices):
    network, history, held_out = trained
    assert history["validation_loss"].min() < 0.75 * history["validation_loss"].iloc[0]
    assert len(held_out) == 12
    images = torch.from_numpy(planted_slices.images[held_out].astype(np.float32)).flatten(0, 1)
    with torch.no_grad():
        mean, log_variance = network.encode(images)
        loss = reconstruction_loss(network.decode(mean), images, SETTINGS).sum() / len(images)
        loss += prior_divergence(mean, log_variance).mean()
    assert loss.item() == pytest.approx(history["validation_loss"].min(), rel=1e-5)


def test_training_stops_without_progress(planted_slices):
    settings = VaeSettings(latent=2, epochs=50, patience=3, learning_rate=1e-12)
    history = pretrain(planted_slices.images[:6], settings, seed=0)[1]
    best = history["validation_loss"].idxmin()
    assert len(history) == best + 4 < 50


def test_weights_survive_their_file(trained, planted_slices, tmp_path):
    save_network(trained[0], tmp_path / "pretrained.pt")
    again = load_network(tmp_path / "pretrained.pt")
    images = planted_slices.images
    np.testing.assert_array_equal(
        encode_subjects(again, images), encode_subjects(trained[0], images)
    )


def test_latent_of_a_subject_is_the_mean_over_its_slices(trained, planted_slices):
    images = planted_slices.images[:5]
    apart = [encode_subjects(trained[0], images[:, [part]]) for part in range(2)]
    together = encode_subjects(trained[0], images, batch_size=2)
    np.testing.assert_allclose(together, np.mean(apart, axis=0), atol=1e-5)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_slices_and_volumes_under_both_likelihoods(dimensions, likelihood):
    images = np.random.default_rng(0).random((6, 1, 3) + (16,) * dimensions, dtype=np.float32)
    settings = VaeSettings(latent=5, likelihood=likelihood, epochs=6, learning_rate=0.01)
    network, history, _ = pretrain(images, settings, seed=1)
    assert reconstruct(network, images[:, 0]).shape == (6, 3) + (16,) * dimensions
    assert encode_subjects(network, images).shape == (6, 5)
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]


def test_divergence_from_the_prior():
    mean, variance = torch.tensor([[0.0, 2.0]]), torch.tensor([[1.0, 0.5]])
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, variance.sqrt()), torch.distributions.Normal(0, 1)
    ).sum()
    assert prior_divergence(mean, variance.log()).item() == pytest.approx(expected.item())


def test_network_is_the_papers():
    network = ConvVAE(4, 64, 2, (6, 16, 32, 64), 64)
    convolutions = [part for part in network.encoder.modules() if isinstance(part, torch.nn.Conv2d)]
    assert [part.out_channels for part in convolutions] == [6, 16, 32, 64]
    assert all(part.stride == (2, 2) and part.kernel_size == (3, 3) for part in convolutions)
    assert network.encode(torch.zeros(1, 4, 64, 64))[0].shape == (1, 64)


def test_batches_are_nearly_equal_and_complete():
    parts = list(batches(17, 8, torch.Generator().manual_seed(0)))
    assert [len(part) for part in parts] == [9, 8]
    assert sorted(torch.cat(parts).tolist()) == list(range(17))


def test_examples_show_subjects_held_out_first(trained, planted_slices):
    network, _, held_out = trained
    examples = reconstruct_examples(network, planted_slices, held_out, count=4)
    assert examples.held_out == [True, True, False, False]
    assert examples.subjects[0] == planted_slices.subjects[held_out[0]]
    assert examples.inputs.shape == examples.outputs.shape == (4, 2, 16, 16)

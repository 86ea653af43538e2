"""The terms of the evidence bound against distributions of PyTorch."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from cirl.representation.autoencoders import AutoencoderSettings, build_autoencoder
from cirl.representation.objectives import (
    Batch,
    EvidenceBound,
    Reconstruction,
    pretraining_objective,
    prior_divergence,
)


def test_divergence_from_the_prior():
    mean, variance = torch.tensor([[0.0, 2.0]]), torch.tensor([[1.0, 0.5]])
    expected = kl_divergence(Normal(mean, variance.sqrt()), Normal(0, 1)).sum()
    assert prior_divergence(mean, variance.log()).item() == pytest.approx(expected.item())


def test_divergence_of_maps_is_summed_over_channels_and_places():
    random = torch.Generator().manual_seed(0)
    mean = torch.randn(5, 3, 4, 2, generator=random)
    log_variance = torch.randn(5, 3, 4, 2, generator=random)
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0, 1))
    found = prior_divergence(mean, log_variance)
    torch.testing.assert_close(found, expected.sum(dim=(1, 2, 3)))


@pytest.mark.parametrize("spatial", [False, True])
def test_bound_is_that_of_one_sample(spatial):
    torch.manual_seed(0)
    settings = AutoencoderSettings((4, 8), 3, "gaussian", 0.2, spatial)
    objective = pretraining_objective(build_autoencoder((2, 8, 8), settings, variational=True))
    assert isinstance(objective, EvidenceBound)
    images = torch.rand(6, 2, 8, 8)
    (step,) = objective.steps(Batch(images, torch.arange(6), torch.Generator().manual_seed(1)))
    mean, log_variance = objective.network.posterior(images)
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(1))
    outputs = objective.network.decode(mean + noise * (log_variance / 2).exp())
    pixels = ((torch.sigmoid(outputs) - images) ** 2).sum() / 6 / 0.08
    divergence = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0, 1)).sum() / 6
    assert step.loss.item() == pytest.approx((pixels + divergence).item(), rel=1e-5)
    assert step.measured["divergence"].item() == pytest.approx(divergence.item(), rel=1e-5)
    assert step.optimiser == "network" and not step.measured["reconstruction"].requires_grad


def test_a_plain_autoencoder_draws_nothing_and_regularises_nothing():
    torch.manual_seed(0)
    settings = AutoencoderSettings((5,), 2, "real", 1.0)
    objective = pretraining_objective(build_autoencoder((7,), settings, variational=False))
    assert isinstance(objective, Reconstruction)
    rows, random = torch.randn(4, 7), torch.Generator().manual_seed(1)
    before = random.get_state()
    (step,) = objective.steps(Batch(rows, torch.arange(4), random))
    outputs = objective.network.decode(objective.network.encode(rows))
    assert step.loss.item() == pytest.approx((((outputs - rows) ** 2).sum() / 8).item(), rel=1e-5)
    assert step.measured["divergence"].item() == 0
    assert torch.equal(random.get_state(), before)

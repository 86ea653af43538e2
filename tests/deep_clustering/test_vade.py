"""The terms of the evidence bound against distributions of PyTorch and against sampling."""

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal, kl_divergence

from cirl.deep_clustering.vade import (
    fitting_variance,
    mixture_divergence,
    mixture_log_density,
    mixture_of_groups,
)
from cirl.representation.autoencoders import AutoencoderSettings, build_autoencoder


@pytest.fixture
def prior():
    """Log weights, means and log variances of three components in four dimensions."""
    random = torch.Generator().manual_seed(1)
    weights = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    means = torch.randn(3, 4, generator=random, dtype=torch.float64)
    return weights.log(), means, 0.5 * torch.randn(3, 4, generator=random, dtype=torch.float64)


@pytest.fixture
def posterior():
    """Means and log variances of five items."""
    random = torch.Generator().manual_seed(2)
    mean = torch.randn(5, 4, generator=random, dtype=torch.float64)
    return mean, -1 + 0.3 * torch.randn(5, 4, generator=random, dtype=torch.float64)


def test_density_is_the_mixtures(prior, posterior):
    log_weights, means, log_variances = prior
    mixture = MixtureSameFamily(
        Categorical(logits=log_weights), Independent(Normal(means, (log_variances / 2).exp()), 1)
    )
    found = mixture_log_density(posterior[0], *prior).logsumexp(dim=1)
    torch.testing.assert_close(found, mixture.log_prob(posterior[0]))


def test_with_one_component_it_is_the_divergence_of_two_gaussians(prior, posterior):
    mean, log_variance = posterior
    one = (torch.zeros(1, dtype=torch.float64), prior[1][:1], prior[2][:1])
    found = mixture_divergence(posterior, torch.ones(5, 1, dtype=torch.float64), one)
    expected = kl_divergence(
        Normal(mean, (log_variance / 2).exp()), Normal(one[1], (one[2] / 2).exp())
    ).sum(dim=1)
    torch.testing.assert_close(found, expected)


def test_terms_equal_their_means_over_samples(prior, posterior):
    mean, log_variance = posterior
    gamma = torch.tensor([[0.2, 0.3, 0.5]], dtype=torch.float64).expand(5, 3)
    random = torch.Generator().manual_seed(3)
    samples = 40000
    noise = torch.randn(samples, 5, 4, generator=random, dtype=torch.float64)
    latents = mean + noise * (log_variance / 2).exp()
    encoder = Normal(mean, (log_variance / 2).exp()).log_prob(latents).sum(dim=2)
    joint = mixture_log_density(latents.flatten(0, 1), *prior).view(samples, 5, 3)
    sampled = encoder + (gamma * (gamma.log() - joint)).sum(dim=2)
    found = mixture_divergence(posterior, gamma, prior)
    error = sampled.std(dim=0) / samples**0.5
    assert ((found - sampled.mean(dim=0)).abs() < 4 * error).all()


def test_first_mixture_has_the_moments_of_the_groups():
    latents = torch.tensor([[0.0, 0.0], [2.0, 0.0], [4.0, 9.0], [5.0, 1.0]])
    log_weights, means, log_variances = mixture_of_groups(latents, torch.tensor([0, 0, 1, 2]), 3)
    torch.testing.assert_close(log_weights.exp(), torch.tensor([0.5, 0.25, 0.25]))
    torch.testing.assert_close(means, torch.tensor([[1.0, 0.0], [4.0, 9.0], [5.0, 1.0]]))
    # Of the first dimension, 2 is the sum of squares in the first group and 1/2 the mean of all.
    expected = torch.tensor([2.5 / 3, 0.25, 0.25])
    torch.testing.assert_close(log_variances.exp()[:, 0], expected)
    assert log_variances.isfinite().all()


def test_posteriors_of_a_linear_decoder_have_the_variance_of_linear_gaussian_models():
    """There the posterior's precision is that of the prior plus |column of W|^2 / sigma^2."""
    torch.manual_seed(4)
    network = build_autoencoder((7,), AutoencoderSettings((5,), 3, "real", 0.5), False).eval()
    network.decoder = torch.nn.Linear(5, 7)
    columns = network.decoder.weight @ network.expand.weight
    items, latents = torch.randn(20, 7), torch.randn(20, 3)
    prior = torch.tensor([0.2, 1.0, 3.0])
    found = fitting_variance(network, items, latents, prior, batch_size=8)
    expected = 1 / (1 / prior + (columns**2).sum(dim=0) / 0.5**2)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=0)

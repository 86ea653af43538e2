"""Losses are those of the distributions that they are named after."""

import pytest
import torch

from cirl.representation.likelihood import Likelihood


@pytest.mark.parametrize("kind", ["bernoulli", "gaussian", "real"])
def test_likelihoods_are_densities(kind):
    """The loss of two items differs by as much as their log densities do."""
    outputs, items = torch.tensor([[0.3], [0.3]]), torch.tensor([[0.0], [1.0]])
    mean = outputs if kind == "real" else torch.sigmoid(outputs)
    density = (
        torch.distributions.Bernoulli(mean)
        if kind == "bernoulli"
        else torch.distributions.Normal(mean, 0.7)
    )
    losses = Likelihood(kind, 0.7).loss(outputs, items)
    first, second = density.log_prob(items)
    expected = first - second
    assert (losses[1] - losses[0]).item() == pytest.approx(expected.item(), rel=1e-5)

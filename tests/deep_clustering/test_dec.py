"""Self-sharpening clustering against hand-written loops."""

import math

import numpy as np
import pytest
import torch

from cirl.deep_clustering.dec import DEC, IDEC, VDEC, target_distribution
from cirl.deep_clustering.training import ClusteringBatch, PhaseSettings, soft_assignment
from cirl.representation.autoencoders import encode, to_items


@pytest.mark.parametrize("alpha", [1.0, 3.0])
def test_q_equals_loops(alpha):
    random = np.random.default_rng(0)
    latents, centroids = random.normal(size=(7, 4)), random.normal(size=(3, 4))
    kernel = [
        [
            (1 + sum((z[d] - c[d]) ** 2 for d in range(4)) / alpha) ** (-(alpha + 1) / 2)
            for c in centroids
        ]
        for z in latents
    ]
    expected = [[value / sum(row) for value in row] for row in kernel]
    q = soft_assignment(torch.from_numpy(latents), torch.from_numpy(centroids), alpha)
    np.testing.assert_allclose(q.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("imbalance", [False, True])
def test_p_equals_loops(imbalance):
    q = np.random.default_rng(1).dirichlet([1, 1, 0.05], size=9)
    labels = [max(range(3), key=lambda j: row[j]) for row in q]
    weight = []
    for j in range(3):
        frequency = sum(q[i][j] for i in range(9))
        if imbalance:
            members = max(1, labels.count(j))
            frequency += sum(
                math.sqrt(9 / members) * (1 - q[i][j]) ** 2 * -math.log(q[i][j]) for i in range(9)
            )
        weight.append(frequency)
    sharp = [[q[i][j] ** 2 / weight[j] for j in range(3)] for i in range(9)]
    expected = [[value / sum(row) for value in row] for row in sharp]
    found = target_distribution(torch.from_numpy(q), imbalance).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_cluster_without_members_gives_a_finite_target():
    q = torch.tensor([[0.9, 0.1, 0.0], [0.6, 0.4, 0.0]], dtype=torch.float64)
    found = target_distribution(q, imbalance=True)
    assert torch.isfinite(found).all()
    np.testing.assert_allclose(found.sum(dim=1), 1)


@pytest.mark.parametrize(
    ("method", "settings", "of_reconstruction", "of_divergence"),
    [
        (DEC, {}, 0.0, 1.0),
        (IDEC, {"clustering_weight": 0.2}, 1.0, 0.2),
        (VDEC, {"reconstruction_weight": 0.7}, 0.7, 0.3),
    ],
)
def test_losses_and_their_reductions_are_those_of_the_formulas(
    pretrained, planted_slices, method, settings, of_reconstruction, of_divergence
):
    model = method(2, pretrained["vae"][0], PhaseSettings(), seed=1, **settings)
    images = to_items(planted_slices.images[:4, 0]).float()
    model.network_ = model.network
    latents = encode(model.network, images)
    model.centroids_ = torch.nn.Parameter(latents[:2].clone() + 0.1)
    target = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5], [0.7, 0.3]])
    offsets = torch.full((1, latents.shape[1]), 0.05)
    batch = ClusteringBatch(images, torch.arange(4), torch.Generator(), target, offsets)
    loss, terms = model._losses(batch)
    q = soft_assignment(latents - 0.05, model.centroids_)
    divergence = (target * (target / q).log()).sum() / 4
    outputs = torch.sigmoid(model.network.decode(latents))
    # The mean over 4 x 2 x 16 x 16 pixels, and not a sum; sigma is 0.1.
    pixels = ((outputs - images) ** 2).sum() / 2048 / 0.02
    assert terms["divergence"].item() == pytest.approx(divergence.item(), rel=1e-4)
    expected = of_reconstruction * pixels + of_divergence * divergence
    assert loss.item() == pytest.approx(expected.item(), rel=1e-4)


def test_clustering_loss_draws_items_to_centroids(pretrained, planted_slices):
    """Without reconstruction the latent collapses onto the centroids, with it far less."""
    confidence = {}
    for weight in (0.0, 0.999):
        phase = PhaseSettings(batch_size=16, epochs=12, patience=12)
        fitted = VDEC(3, pretrained["vae"][0], phase, 1, reconstruction_weight=weight)
        confidence[weight] = fitted.fit(planted_slices.images[:, 0]).confidences_.mean()
    assert confidence[0.0] > confidence[0.999] + 0.02

"""Deep embedded clustering against hand-written loops, and on planted clusters."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from cirl.clustering.vae import VaeSettings, encode_subjects, pretrain
from cirl.clustering.vdec import VDEC, VdecSettings, soft_assignment, target_distribution

VAE = VaeSettings(latent=8, batch_size=16, epochs=60, learning_rate=3e-3)
SETTINGS = VdecSettings(batch_size=16, epochs=30)


@pytest.fixture(scope="module")
def network(planted_slices):
    torch.set_num_threads(1)
    return pretrain(planted_slices.images, VAE, seed=4)[0]


@pytest.fixture(scope="module")
def model(network, planted_slices):
    return VDEC(3, network, VAE, SETTINGS, seed=1).fit(planted_slices.images)


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


def test_finds_planted_clusters(model, planted_labels):
    assert adjusted_rand_score(planted_labels, model.labels_) > 0.95
    assert np.bincount(model.labels_).tolist() == [24, 14, 10]
    assert model.confidences_.min() > 1 / 3 and model.confidences_.max() <= 1
    assert model.latents_.shape == (48, 8)


def test_history_tells_losses_changes_and_sizes(model):
    history = model.history_
    expected = ["epoch", "reconstruction", "divergence", "changed", "size_0", "size_1", "size_2"]
    assert history.columns.tolist() == expected
    assert (history[["size_0", "size_1", "size_2"]].sum(axis=1) == 48).all()
    assert (history["changed"].tail(SETTINGS.patience) < SETTINGS.tolerance).all()
    assert len(history) < SETTINGS.epochs


def test_repeats_itself_and_leaves_the_pretrained_network_alone(network, model, planted_slices):
    before = encode_subjects(network, planted_slices.images)
    again = VDEC(3, network, VAE, SETTINGS, seed=1).fit(planted_slices.images)
    np.testing.assert_array_equal(again.latents_, model.latents_)
    np.testing.assert_array_equal(again.labels_, model.labels_)
    np.testing.assert_array_equal(encode_subjects(network, planted_slices.images), before)
    assert not np.allclose(before, model.latents_)


def test_clustering_loss_draws_subjects_to_centroids(network, planted_slices):
    """Without reconstruction the latent collapses onto the centroids, with it far less."""
    confidence = {}
    for weight in (0.0, 0.999):
        settings = VdecSettings(weight, batch_size=16, epochs=15, patience=15)
        fitted = VDEC(3, network, VAE, settings, seed=1).fit(planted_slices.images)
        confidence[weight] = fitted.confidences_.mean()
    assert confidence[0.0] > confidence[0.999] + 0.02


def test_reductions_are_those_of_the_formula(network, planted_slices):
    model = VDEC(2, network, VAE, SETTINGS, seed=1)
    model.network_ = network
    latents = torch.from_numpy(encode_subjects(network, planted_slices.images[:4]))
    model.centroids_ = torch.nn.Parameter(latents[:2].clone() + 0.1)
    target = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5], [0.7, 0.3]])
    images = torch.from_numpy(planted_slices.images[:4].astype(np.float32))
    reconstruction, divergence = model._losses(images, target)
    q = soft_assignment(latents, model.centroids_)
    by_hand = (target * (target / q).log()).sum() / 4
    assert divergence.item() == pytest.approx(by_hand.item(), rel=1e-4)
    assert 0 < reconstruction.item() < 1  # a mean over pixels, not a sum over 2,048 of them

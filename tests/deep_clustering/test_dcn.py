"""Centroids move as the paper's formula says, and the loss is its."""

import pytest
import torch

from cirl.deep_clustering.dcn import DCN, move_centroids
from cirl.deep_clustering.training import ClusteringBatch, PhaseSettings
from cirl.representation.autoencoders import encode, to_items


def test_centroids_move_item_by_item():
    random = torch.Generator().manual_seed(0)
    centroids = torch.randn(3, 5, generator=random, dtype=torch.float64)
    latents = torch.randn(20, 5, generator=random, dtype=torch.float64)
    labels = torch.randint(0, 2, (20,), generator=random)  # the last cluster has no item
    counts = torch.tensor([100.0, 7.0, 100.0], dtype=torch.float64)
    moved, seen = centroids.clone(), counts.clone()
    for latent, label in zip(latents, labels, strict=True):
        seen[label] += 1
        moved[label] = (1 - 1 / seen[label]) * moved[label] + latent / seen[label]
    move_centroids(centroids, counts, latents, labels)
    torch.testing.assert_close(centroids, moved, rtol=1e-12, atol=0)
    assert counts.tolist() == seen.tolist()


def test_loss_is_that_of_the_formula(pretrained, planted_slices):
    model = DCN(2, pretrained["ae"][0], PhaseSettings(), clustering_weight=0.3)
    images = to_items(planted_slices.images[:4, 0]).float()
    model.network_ = model.network
    latents = encode(model.network, images)
    model.centroids_ = latents[:2] + 0.1
    members = torch.tensor([0, 1, 1, 0])
    offsets = torch.zeros(1, latents.shape[1])
    batch = ClusteringBatch(images, torch.arange(4), torch.Generator(), members, offsets)
    loss, _ = model._losses(batch)
    outputs = torch.sigmoid(model.network.decode(latents))
    pixels = ((outputs - images) ** 2).sum() / 4 / 0.02
    distance = sum(((latents[i] - model.centroids_[members[i]]) ** 2).sum() for i in range(4)) / 4
    assert loss.item() == pytest.approx((pixels + 0.15 * distance).item(), rel=1e-4)


def test_counts_start_at_one_hundred(pretrained, planted_slices):
    model = DCN(3, pretrained["ae"][0], PhaseSettings(epochs=2, patience=9), seed=1)
    model.fit(planted_slices.images[:, 0])
    assert model._counts.sum().item() == 300 + 2 * 48

"""CORAL: equal covariances of the bottleneck's features in all domains."""

from itertools import combinations

import torch

from cirl.segmentation.methods.base import Measured, PenaltyMethod, TrainingStep


class Coral(PenaltyMethod):
    """Correlation alignment (Sun and Saenko 2016): equal covariances of features in all domains.

    A domain's samples are the bottleneck's positions in all its items of the batch.
    """

    def over_domains(
        self, step: TrainingStep, items: dict[int, torch.Tensor]
    ) -> tuple[torch.Tensor, Measured]:
        """Add the mean penalty over all pairs of domains to their mean loss."""
        losses = torch.stack([step.loss_of(chosen) for chosen in items.values()])
        spreads = [covariance(step.features[chosen]) for chosen in items.values()]
        pairs = [coral_distance(one, two) for one, two in combinations(spreads, 2)]
        penalty = torch.stack(pairs).mean() if pairs else losses.sum() * 0
        measured = {"train_penalty": penalty.detach()}
        return losses.mean() + self.strength(step.progress) * penalty, measured


def covariance(features: torch.Tensor) -> torch.Tensor:
    """Return the covariance (channels x channels) of items x channels x D x H x W."""
    samples = features.float().movedim(1, -1).flatten(end_dim=-2)
    with torch.autocast(features.device.type, enabled=False):
        return torch.cov(samples.T)


def coral_distance(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    """Return the squared Frobenius norm of a difference of covariances over 4 d^2, d channels."""
    return (one - two).square().sum() / (4 * len(one) ** 2)

"""Losses of the segmentation. Targets are binary channels, predictions are logits."""

from pkgutil import resolve_name

import torch
from monai.losses import DiceLoss
from torch import nn
from torch.nn import functional

from cirl.configuration.registries.losses import LOSSES

SMOOTH = 1e-5
"""Added to numerator and denominator of the Dice, so that empty agrees with empty."""


class CombinedLoss(nn.Module):
    """A weighted sum of a term on the probabilities and the binary cross entropy.

    Args:
        name: a key of ``LOSSES``, which names the term.
        weights: of the first term and of the cross entropy.
    """

    def __init__(self, name: str, weights: tuple[float, float]) -> None:
        super().__init__()
        self.term = resolve_name(LOSSES[name].implementation)()
        self.weights = weights

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of logits and targets (batch x channels x D x H x W)."""
        logits = logits.float()
        first, second = self.weights
        entropy = functional.binary_cross_entropy_with_logits(logits, target)
        loss: torch.Tensor = first * self.term(logits, target) + second * entropy
        return loss


class DeepSupervisionLoss(nn.Module):
    """The loss of every supervised level, halved at each coarser one, weights summing to 1."""

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, levels: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of stacked logits (batch x levels x channels x D x H x W)."""
        weights = [0.5**level for level in range(levels.shape[1])]
        losses = [
            weight * self.loss(logits, target)
            for weight, logits in zip(weights, levels.unbind(dim=1), strict=True)
        ]
        return torch.stack(losses).sum() / sum(weights)


def soft_dice() -> nn.Module:
    """Build the soft Dice loss over the batch, a mean of channels."""
    return DiceLoss(sigmoid=True, batch=True, smooth_nr=SMOOTH, smooth_dr=SMOOTH)


class SquaredError(nn.Module):
    """The mean squared error of the probabilities, the papers' loss."""

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return the loss of logits and targets (batch x channels x D x H x W)."""
        return functional.mse_loss(torch.sigmoid(logits), target)

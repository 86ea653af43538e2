"""Losses against closed forms and MONAI."""

import math

import pytest
import torch
from monai.losses import DiceLoss

from cirl.segmentation.losses import CombinedLoss, DeepSupervisionLoss

SHAPE = (2, 3, 4, 4, 4)


def example() -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    logits = torch.randn(SHAPE, generator=random)
    return logits, (torch.rand(SHAPE, generator=random) > 0.7).float()


def test_at_logit_0_the_losses_have_closed_forms():
    target = torch.zeros(SHAPE)
    target[:, :, :2] = 1
    logits = torch.zeros(SHAPE)
    # Half of the voxels are 1, all probabilities 1/2: Dice = 2 * (n/4) / (n/2 + n/2).
    dice_bce = CombinedLoss("dice_bce", (1.0, 1.0))(logits, target)
    assert dice_bce.item() == pytest.approx(0.5 + math.log(2), abs=1e-5)
    mse_bce = CombinedLoss("mse_bce", (1.0, 0.07))(logits, target)
    assert mse_bce.item() == pytest.approx(0.25 + 0.07 * math.log(2), abs=1e-6)


def test_dice_term_is_monais_over_the_batch():
    logits, target = example()
    ours = CombinedLoss("dice_bce", (1.0, 0.0))(logits, target)
    theirs = DiceLoss(sigmoid=True, batch=True, smooth_nr=1e-5, smooth_dr=1e-5)(logits, target)
    assert ours.item() == theirs.item()
    probability = torch.sigmoid(logits)
    axes = (0, 2, 3, 4)
    overlap = 2 * (probability * target).sum(axes) + 1e-5
    closed = 1 - (overlap / ((probability + target).sum(axes) + 1e-5)).mean()
    assert ours.item() == pytest.approx(closed.item(), abs=1e-6)


def test_a_perfect_prediction_costs_nothing_and_empty_agrees_with_empty():
    for target in (example()[1], torch.zeros(SHAPE)):
        loss = CombinedLoss("dice_bce", (1.0, 1.0))(100 * (2 * target - 1), target)
        assert loss.item() == pytest.approx(0, abs=1e-4)


def test_deep_supervision_halves_the_weight_of_each_coarser_level():
    logits, target = example()
    loss = CombinedLoss("dice_bce", (1.0, 1.0))
    fine, coarse = loss(logits, target).item(), loss(-logits, target).item()
    both = DeepSupervisionLoss(loss)(torch.stack([logits, -logits], dim=1), target).item()
    assert both == pytest.approx((fine + coarse / 2) / 1.5, rel=1e-6)

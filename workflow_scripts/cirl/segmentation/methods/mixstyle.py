"""MixStyle: styles of shallow features mixed between the items of a batch."""

from functools import partial

import torch
from torch import nn

from cirl.configuration.registries.arm_methods import MixStyleSettings
from cirl.running.seeding import generator
from cirl.segmentation.methods.base import DomainTask, Method
from cirl.segmentation.network import Parts

EPSILON = 1e-6
"""Added to variances before their root is taken."""


class MixStyle(Method):
    """MixStyle (Zhou et al. 2021): means and deviations of shallow features mixed between items.

    It acts inside the encoder and leaves the objective as it is. Norms that take each item's own
    statistics away leave it little to mix.
    """

    whole_batch = True

    def __init__(self, settings: MixStyleSettings, parts: Parts, task: DomainTask) -> None:
        super().__init__()
        self.settings = settings
        for number, level in enumerate(parts.skips[: settings.levels]):
            level.register_forward_hook(partial(self._hook, number))

    def _hook(
        self, level: int, module: nn.Module, inputs: object, output: torch.Tensor
    ) -> torch.Tensor | None:
        # By the step's seed, and without a draw from its stream: dropout stays that of other arms.
        random = generator(torch.initial_seed(), "mixstyle", level)
        if not self.training or random.random() >= self.settings.probability:
            return None
        shares = random.beta(self.settings.alpha, self.settings.alpha, len(output))
        partners = torch.from_numpy(random.permutation(len(output)))
        return mix_style(output, partners, torch.from_numpy(shares))


def mix_style(features: torch.Tensor, partners: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """Give each item a mixture of its own and its partner's channel means and deviations.

    Args:
        features: batch x channels x D x H x W.
        partners: for each item the number of another.
        shares: of each item's own statistics, in [0, 1].
    """
    axes = (2, 3, 4)
    mean = features.mean(axes, keepdim=True).detach()
    deviation = (features.var(axes, keepdim=True, unbiased=False) + EPSILON).sqrt().detach()
    own = shares.to(features).reshape(-1, 1, 1, 1, 1)
    partners = partners.to(features.device)
    mixed_mean = own * mean + (1 - own) * mean[partners]
    mixed_deviation = own * deviation + (1 - own) * deviation[partners]
    return (features - mean) / deviation * mixed_deviation + mixed_mean

"""Group DRO: the domains' losses weighed, the largest most."""

import torch

from cirl.configuration.registries.arm_methods import GroupDROSettings
from cirl.segmentation.methods.base import DomainTask, DomainwiseMethod, Measured, TrainingStep
from cirl.segmentation.network import Parts


class GroupDRO(DomainwiseMethod):
    """Distributionally robust optimisation over groups (Sagawa et al. 2020, algorithm 1).

    With discovered clusters as groups it is GEORGE (Sohoni et al. 2020). A group's weight is
    multiplied by exp(step x its loss) whenever a batch shows it. A batch that shows n of K groups
    has their weighted losses times K / n, which in expectation is the sum over all groups.
    """

    def __init__(self, settings: GroupDROSettings, parts: Parts, task: DomainTask) -> None:
        super().__init__()
        self.step_size = settings.step
        self.register_buffer("group_weights", torch.full((task.count,), 1 / task.count))
        self.group_weights: torch.Tensor

    def over_domains(
        self, step: TrainingStep, items: dict[int, torch.Tensor]
    ) -> tuple[torch.Tensor, Measured]:
        """Update the weights of the groups, and return their weighted loss."""
        losses = {domain: step.loss_of(chosen) for domain, chosen in items.items()}
        weights = self.group_weights.clone()
        for domain, loss in losses.items():
            weights[domain] *= torch.exp(self.step_size * loss.detach())
        self.group_weights.copy_(weights / weights.sum())
        total = torch.stack([self.group_weights[d].clone() * loss for d, loss in losses.items()])
        measured = {"train_largest_group_weight": self.group_weights.max().clone()}
        return total.sum() * len(self.group_weights) / len(losses), measured

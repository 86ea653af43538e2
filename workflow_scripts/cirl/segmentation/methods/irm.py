"""IRM: a scale of the logits that fits all domains."""

import torch

from cirl.segmentation.methods.base import Measured, PenaltyMethod, TrainingStep


class IRM(PenaltyMethod):
    """Invariant risk minimisation (Arjovsky et al. 2019, IRMv1): one scale fits all domains."""

    def over_domains(
        self, step: TrainingStep, items: dict[int, torch.Tensor]
    ) -> tuple[torch.Tensor, Measured]:
        """Add the mean squared gradient at scale 1 to the domains' mean loss."""
        losses, penalties = [], []
        for chosen in items.values():
            scale = torch.ones((), device=step.logits.device, requires_grad=True)
            loss = step.loss_of(chosen, scale)
            (gradient,) = torch.autograd.grad(loss, scale, create_graph=True)
            losses.append(loss)
            penalties.append(gradient.square())
        penalty = torch.stack(penalties).mean()
        objective = torch.stack(losses).mean() + self.strength(step.progress) * penalty
        return objective, {"train_penalty": penalty.detach()}

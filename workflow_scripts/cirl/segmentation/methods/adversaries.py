"""Methods that make the encoder unlearn what tells domains, against a head that tells them."""

from typing import Any

import torch

from cirl.configuration.registries.arm_methods import AdversarySettings
from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.methods.base import DomainTask, Measured, Method, TrainingStep
from cirl.segmentation.methods.crop_memory import CropMemory, gather, join
from cirl.segmentation.methods.domain_head import (
    DomainHead,
    adversary_strength,
    domain_loss,
    pool,
    scale_gradient,
)
from cirl.segmentation.network import Parts


class Adversary(Method):
    """Gradient reversal (Ganin and Lempitsky 2015): the encoder unlearns what tells domains.

    The head learns at full rate, from each step's crops and together with the network; only what
    enters the encoder is scaled, and reversed.
    """

    def __init__(self, settings: AdversarySettings, parts: Parts, task: DomainTask) -> None:
        super().__init__()
        self.settings = settings
        self.head = DomainHead(parts.channels, task.count, settings.hidden)
        self.register_buffer("class_weights", task.weights)
        self.class_weights: torch.Tensor

    def strength(self, progress: float) -> float:
        """Return the factor on the gradient that enters the encoder, without its sign."""
        share = adversary_strength(progress) if self.settings.schedule == "rising" else 1.0
        return share * self.settings.weight

    def objective(self, step: TrainingStep) -> tuple[torch.Tensor, Measured]:
        """Add the head's loss."""
        sign = -1 if self.settings.reversal else 1
        logits, told, domains = self.tell(step, sign * self.strength(step.progress))
        loss = domain_loss(logits, domains, self.class_weights)
        known = domains != NO_DOMAIN
        hits = (told == domains)[known].float()
        measured = {
            "train_domain_loss": loss.detach(),
            "train_domain_accuracy": hits.mean() if known.any() else hits.sum(),
        }
        return step.plain_loss + self.settings.loss_weight * loss, measured

    def tell(
        self, step: TrainingStep, factor: float
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return what the loss has for the head's logits, the told and the true domains of crops.

        The gradient that the logits send to the encoder has the factor. What is told of a crop
        depends on no true domain.
        """
        logits: torch.Tensor = self.head(pool(scale_gradient(step.features, factor)))
        return logits, logits.argmax(dim=1), step.domains


class RememberingAdversary(Adversary):
    """An adversary whose head learns from many recent crops, before it judges the step's.

    A head that sees a step's two crops alone is left behind by the encoder, stays at chance, and
    then sends noise. This one learns apart from the network, and what it measures is the accuracy
    on crops that it has not seen. Until the memory is full the encoder gets no gradient from it.

    Two things would let an encoder deceive such a head without unlearning anything. It moves on
    faster than the head follows: so the remembered crops are looked at anew every few steps. And
    it makes all crops look like one domain: so only differences between a batch's domains count
    (the logits are taken from their mean over these, as the relativistic discriminator of
    Jolicoeur-Martineau 2018 does), and a batch of one domain sends nothing.
    """

    HEAD_STEPS = 4
    """Steps of the head at each step of the network."""

    LEARNING_RATE = 2e-3

    WEIGHT_DECAY = 15.0
    """Of AdamW, which multiplies it by the rate: the features are more than the crops."""

    LOOKED_AT = 8
    """Remembered crops a step that go through the encoder again: all of them, every so often."""

    def __init__(self, settings: AdversarySettings, parts: Parts, task: DomainTask) -> None:
        super().__init__(settings, parts, task)
        self.memory = CropMemory(settings.memory, self.head.features)
        self.interval = max(1, settings.memory // self.LOOKED_AT)  # in steps
        self.age = 0  # steps since the memory was looked at
        self.optimiser = torch.optim.AdamW(
            self.head.parameters(), lr=self.LEARNING_RATE, weight_decay=self.WEIGHT_DECAY
        )
        # The network's optimiser leaves the head alone, and the devices do not average it: from
        # the same memory it becomes the same on all.
        self.head.requires_grad_(False)

    def get_extra_state(self) -> dict[str, Any]:
        """Return the state of the head's optimiser and the memory's age, for the checkpoint."""
        return {"optimiser": self.optimiser.state_dict(), "age": self.age}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Take up the state of the head's optimiser and the memory's age."""
        self.optimiser.load_state_dict(state["optimiser"])
        self.age = state["age"]

    def tell(
        self, step: TrainingStep, factor: float
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the same, the logits centred, of all devices' crops; the memory then grows."""
        pooled, domains = join(pool(step.features)), gather(step.domains)
        crops = gather(step.image), pooled.detach(), domains
        if self.memory.held:
            self.learn(step)
            pooled = self.memory.standardise(pooled)
        present = domains[domains != NO_DOMAIN].unique()
        sent = factor if self.memory.full and len(present) > 1 else 0.0
        logits: torch.Tensor = self.head(scale_gradient(pooled, sent))
        # Before they are centred, which knows the true domains.
        told = logits.argmax(dim=1)
        if len(present) > 1:
            means = [logits[domains == domain].mean(dim=0) for domain in present]
            logits = logits - torch.stack(means).mean(dim=0)
        self.memory.push(*crops)
        return logits, told, domains

    def learn(self, step: TrainingStep) -> None:
        """Take some steps with the head on what the memory holds."""
        self.age += 1
        if self.age == self.interval:
            self.memory.refresh(lambda images: pool(step.encode(images)))
            self.age = 0
        features, domains = self.memory.recall()
        self.head.requires_grad_(True)
        for _ in range(self.HEAD_STEPS):
            with torch.autocast(features.device.type, enabled=False):
                loss = domain_loss(self.head(features), domains, self.class_weights)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
        self.optimiser.zero_grad()
        self.head.requires_grad_(False)


def build_adversary(settings: AdversarySettings, parts: Parts, task: DomainTask) -> Adversary:
    """Build the adversary with or without a memory."""
    kind = RememberingAdversary if settings.memory else Adversary
    return kind(settings, parts, task)

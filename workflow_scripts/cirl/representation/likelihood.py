"""How what a decoder says of items is compared with them."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Likelihood:
    """How outputs of a decoder are compared with items.

    Attributes:
        kind: ``bernoulli`` (cross entropy) or ``gaussian`` (squared error) of intensities in
            [0, 1], the outputs being logits; ``real``, squared error of any numbers.
        sigma: standard deviation of ``gaussian`` and ``real``, in units of the items.
    """

    kind: str = "bernoulli"
    sigma: float = 0.1

    def loss(self, outputs: Tensor, items: Tensor) -> Tensor:
        """Return the negative log likelihood of every value, up to a constant."""
        if self.kind == "bernoulli":
            return functional.binary_cross_entropy_with_logits(outputs, items, reduction="none")
        return (self.mean(outputs) - items) ** 2 / (2 * self.sigma**2)

    def mean(self, outputs: Tensor) -> Tensor:
        """Return the items that the outputs stand for."""
        return outputs if self.kind == "real" else torch.sigmoid(outputs)

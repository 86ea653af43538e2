"""Access to what layers of a network give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import nn


class _AllRead(Exception):
    """Ends a forward pass of which nothing more is wanted."""


class FeatureReader:
    """Keeps what modules gave in the latest forward pass.

    Args:
        modules: by the name of what they give.
    """

    def __init__(self, modules: Mapping[str, nn.Module]) -> None:
        self.features: dict[str, torch.Tensor] = {}
        self.wanted = len(modules)
        self.alone = False
        for name, module in modules.items():
            module.register_forward_hook(self._keep(name))

    def _keep(self, name: str) -> "_Hook":
        return _Hook(self, name)

    def take(self, name: str) -> torch.Tensor:
        """Hand over the latest features, so that their graph is not kept alive here.

        Raises:
            RuntimeError: if the network was not run since they were taken last.
        """
        if name not in self.features:
            raise RuntimeError(f"the network was not run, there are no features of {name}")
        return self.features.pop(name)

    def read(
        self, network: Callable[[torch.Tensor], object], images: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Return the features of images by name, without what the network computes after them.

        Of a U-Net's encoder that is a fraction of the time: the decoder is not run.
        """
        self.features.clear()
        self.alone = True
        try:
            network(images)
        except _AllRead:
            pass
        finally:
            self.alone = False
        found, self.features = self.features, {}
        return found


@dataclass(frozen=True)
class _Hook:
    reader: FeatureReader
    name: str

    def __call__(self, module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        self.reader.features[self.name] = output
        if self.reader.alone and len(self.reader.features) == self.reader.wanted:
            raise _AllRead

"""The file of trained weights: tensors and plain values, enough to rebuild the network."""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from monai.networks.nets import DynUNet

from cirl.checkpoints import write_atomically
from cirl.segmentation.network import build_network
from cirl.segmentation.settings import NetworkSettings, build_settings
from cirl.segmentation.targets import OUTPUTS


@dataclass(frozen=True)
class TrainedNetwork:
    """A network and what its channels are.

    Attributes:
        network: the U-Net.
        settings: its shape.
        contrasts: its input channels.
        outputs: ``regions`` or ``labels``.
    """

    network: DynUNet
    settings: NetworkSettings
    contrasts: tuple[str, ...]
    outputs: str


def save_weights(trained: TrainedNetwork, path: str | Path) -> None:
    """Write a trained network."""
    state = {name: tensor.detach().cpu() for name, tensor in trained.network.state_dict().items()}
    content = {
        "state_dict": state,
        "network": asdict(trained.settings),
        "contrasts": list(trained.contrasts),
        "outputs": trained.outputs,
    }
    write_atomically(content, Path(path))


def load_weights(path: str | Path) -> TrainedNetwork:
    """Read a trained network, in evaluation mode, without unpickling any code."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    settings = build_settings(NetworkSettings, content["network"])
    contrasts, outputs = tuple(content["contrasts"]), content["outputs"]
    network = build_network(settings, len(contrasts), len(OUTPUTS[outputs]))
    network.load_state_dict(content["state_dict"])
    return TrainedNetwork(network.eval(), settings, contrasts, outputs)

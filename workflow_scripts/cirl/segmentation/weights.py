"""The file of trained weights: tensors and plain values, enough to rebuild the network."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import nn

from cirl.running.checkpoints import read_tensors, write_atomically
from cirl.segmentation.network import build_network
from cirl.segmentation.settings import NetworkSettings, build_settings
from cirl.segmentation.targets import OUTPUTS


@dataclass(frozen=True)
class TrainedNetwork:
    """A network and what its channels are.

    Attributes:
        network: the network.
        settings: its kind and shape.
        contrasts: its input channels.
        outputs: ``regions`` or ``labels``.
    """

    network: nn.Module
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
    """Read a trained network, in evaluation mode, without unpickling any code.

    Raises:
        ValueError, RuntimeError: if its tensors are not those of the network that it describes.
        DamagedError: if the file is not what was written.
    """
    content = read_tensors(path)
    settings = build_settings(NetworkSettings, content["network"])
    contrasts, outputs = tuple(content["contrasts"]), content["outputs"]
    _check_size(settings, content["state_dict"])
    network = build_network(settings, len(contrasts), len(OUTPUTS[outputs]))
    network.load_state_dict(content["state_dict"])
    return TrainedNetwork(network.eval(), settings, contrasts, outputs)


def load_start(trained: TrainedNetwork, path: str | Path) -> None:
    """Give a network the weights of another training.

    Raises:
        ValueError: if these are of another kind, shape, input or output.
    """
    start = load_weights(path)
    for name in ("settings", "contrasts", "outputs"):
        ours, theirs = getattr(trained, name), getattr(start, name)
        if ours != theirs:
            raise ValueError(f"{path}: cannot start from weights with {name} {theirs}, not {ours}")
    trained.network.load_state_dict(start.network.state_dict())


def digest_of(path: str | Path) -> str:
    """Return a digest of the tensors in a file of weights, which its bytes do not determine."""
    digest = hashlib.sha256()
    content = read_tensors(path)
    for name, tensor in sorted(content["state_dict"].items()):
        digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _check_size(settings: NetworkSettings, state: Mapping[str, torch.Tensor]) -> None:
    """Refuse a description of a network, before it is built, that the tensors are too few for.

    Every network has a weight for each pair of features of successive levels, and one for each
    voxel of a feature's kernel.
    """
    filters, numbers = settings.filters, sum(tensor.numel() for tensor in state.values())
    needed = [one * other for one, other in pairwise(filters)]
    if max(*needed, settings.kernel**3 * max(filters), len(filters)) > numbers:
        raise ValueError(f"{numbers:,} numbers are too few for the network that it describes")

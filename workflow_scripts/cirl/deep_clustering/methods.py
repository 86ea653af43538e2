"""The deep clustering methods, built by their names in the configuration."""

from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any

from cirl.configuration.registries.deep_clusterers import DEEP_CLUSTERERS
from cirl.deep_clustering.training import DeepClusterer, PhaseSettings
from cirl.deep_clustering.votes import VotingClusterer
from cirl.representation.autoencoders import Autoencoder

METHODS: dict[str, type[DeepClusterer]] = {
    name: resolve_name(row.implementation) for name, row in DEEP_CLUSTERERS.items()
}


def build_method(
    algorithm: str,
    k: int,
    network: Autoencoder,
    phase: PhaseSettings,
    seed: int,
    settings: Mapping[str, Any],
) -> VotingClusterer:
    """Return an unfitted clusterer of subjects.

    Args:
        algorithm: a key of ``METHODS``.
        k: number of clusters.
        network: pretrained; variational or plain, as the registry says.
        phase: what all methods share.
        seed: the study's; each method and k derives its own.
        settings: further parameters of that method.
    """
    return VotingClusterer(METHODS[algorithm](k, network, phase, seed, **settings))

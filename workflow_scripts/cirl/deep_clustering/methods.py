"""The deep clustering methods by their names in the configuration."""

from collections.abc import Mapping
from typing import Any

from cirl.deep_clustering.dcn import DCN
from cirl.deep_clustering.dec import DEC, IDEC, VDEC
from cirl.deep_clustering.training import DeepClusterer, PhaseSettings
from cirl.deep_clustering.vade import VaDE
from cirl.deep_clustering.votes import VotingClusterer
from cirl.representation.autoencoders import Autoencoder

METHODS: dict[str, type[DeepClusterer]] = {
    method.name: method for method in (DEC, IDEC, DCN, VaDE, VDEC)
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
        network: pretrained; variational for ``vdec``, plain for the others.
        phase: what all methods share.
        seed: the study's; each method and k derives its own.
        settings: further parameters of that method.
    """
    return VotingClusterer(METHODS[algorithm](k, network, phase, seed, **settings))

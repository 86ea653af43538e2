"""Arms: of which kind one is, as its row in the configuration says."""

from collections.abc import Mapping
from typing import Any

from cirl.configuration.registries.arm_methods import method_in

CLUSTERS, PLACEBO, OTHER = "clusters", "placebo", "other"
"""What an arm trains with: discovered clusters; domains that were shuffled; anything else."""


def kind_of_arm(entry: Mapping[str, Any]) -> str:
    """Tell from an arm's row in the configuration what it trains with.

    Raises:
        ValueError: naming a key of the row that is no registered method.
    """
    method = method_in(entry)
    settings = method[1] if method else {}
    if settings.get("shuffled"):
        return PLACEBO
    return CLUSTERS if isinstance(settings.get("domains"), Mapping) else OTHER

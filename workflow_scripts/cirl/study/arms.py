"""Arms: what the rows of the configuration say of the domains that an arm sees."""

from collections.abc import Mapping
from typing import Any

CLUSTERS, PLACEBO, OTHER = "clusters", "placebo", "other"
"""What an arm trains with: discovered clusters; domains that were shuffled; anything else."""


def arm_domains(arm: Mapping[str, Any]) -> str | Mapping[str, Any] | None:
    """Return the domains that an arm's method sees, or None."""
    method = _method_with_domains(arm)
    found: str | Mapping[str, Any] | None = method.get("domains")
    return found


def kind_of_arm(arm: Mapping[str, Any]) -> str:
    """Tell from an arm's row in the configuration what it trains with."""
    if _method_with_domains(arm).get("shuffled"):
        return PLACEBO
    return CLUSTERS if isinstance(arm_domains(arm), Mapping) else OTHER


def _method_with_domains(arm: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings of an arm's method, of which it has at most one; empty for none."""
    for key, value in arm.items():
        # Shares of cohorts, one of which may be called so.
        if key != "sampling" and isinstance(value, Mapping) and "domains" in value:
            return value
    return {}

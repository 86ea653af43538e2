"""Arms: what the rows of the configuration say of the domains that an arm sees."""

from collections.abc import Mapping
from typing import Any


def arm_domains(arm: Mapping[str, Any]) -> str | Mapping[str, Any] | None:
    """Return the domains that an arm's method, of which it has at most one, sees, or None."""
    for key, value in arm.items():
        # Shares of cohorts, one of which may be called so.
        if key != "sampling" and isinstance(value, Mapping) and "domains" in value:
            found: str | Mapping[str, Any] = value["domains"]
            return found
    return None

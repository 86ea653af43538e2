"""Arms: what the rows of the configuration say of the domains that an arm sees."""

from collections.abc import Mapping
from typing import Any


def sections_with_domains(arm: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the parts of an arm's row that name domains, by their keys: its method, its sampling.

    The share of a cohort that is called domains is a number, and names none.
    """
    return {
        key: value
        for key, value in arm.items()
        if isinstance(value, Mapping) and isinstance(value.get("domains"), str | Mapping)
    }


def arm_domains(arm: Mapping[str, Any]) -> str | Mapping[str, Any] | None:
    """Return the domains that an arm sees, which one part of its row names at most, or None."""
    for section in sections_with_domains(arm).values():
        domains: str | Mapping[str, Any] = section["domains"]
        return domains
    return None

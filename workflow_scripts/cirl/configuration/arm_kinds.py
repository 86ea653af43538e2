"""Arms: of which kind one is, and which is its placebo, as the rows of the configuration say."""

import json
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


def fixed_clusterings(arms: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, int]]:
    """Return algorithm and k of each arm that trains with the clusters of one k, unshuffled.

    Arms whose k is selected are left out: they are not run where nothing is.

    Args:
        arms: rows of the configuration by name.
    """
    found = {}
    for name, row in arms.items():
        method = method_in(row)
        if method is None or kind_of_arm(row) != CLUSTERS:
            continue
        domains = method[1]["domains"]
        if domains["k"] != "selected":
            found[name] = (str(domains["clustering"]), int(domains["k"]))
    return found


def placebos_of(arms: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Name the placebo of each arm that has one: the same row, weight included, but shuffled.

    Where there is none of the same domains, one of others stands in, because domains that are
    dealt out at random keep nothing but their sizes. Of arms with one row, such as those of
    further rules of selection, the second has the second placebo, and so on.

    Args:
        arms: rows of the configuration by name, in order.

    Raises:
        ValueError: naming a key of an arm that is no registered method.
    """
    rows = {name: _parts(row) for name, row in arms.items()}
    earlier: list[tuple[str, str, bool]] = []
    found = {}
    for name, (rest, domains, shuffled) in rows.items():
        number = earlier.count((rest, domains, shuffled))
        earlier.append((rest, domains, shuffled))
        if not domains or shuffled:
            continue
        like = {other: own for other, own in rows.items() if own[0] == rest and own[2]}
        same = [other for other, own in like.items() if own[1] == domains]
        first = next(iter(like.values()), None)
        others = same or [other for other, own in like.items() if own == first]
        if number < len(others):
            found[name] = others[number]
    return found


def _parts(arm: Mapping[str, Any]) -> tuple[str, str, bool]:
    """Return all of a row but its domains; its domains, if any; and whether they are shuffled."""
    method = method_in(arm)
    settings = dict(method[1]) if method else {}
    domains, shuffled = settings.pop("domains", ""), bool(settings.pop("shuffled", False))
    key = method[0].name if method else ""
    rest = {own: value for own, value in arm.items() if own != key}
    texts = [json.dumps(part, sort_keys=True) for part in ([key, settings, rest], domains)]
    return texts[0], texts[1] if domains else "", shuffled

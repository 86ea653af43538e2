"""Arms: of which kind one is, and which control it, as the rows of the configuration say."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from cirl.configuration.registries.arm_methods import method_in
from cirl.study.arm_domains import arm_domains, sections_with_domains

CLUSTERS, PLACEBO, CONTROL, OTHER = "clusters", "placebo", "control", "other"
"""What an arm trains with: discovered clusters; domains that were shuffled; clusters that its
batches are drawn from, without a method that sees them; anything else."""


def kind_of_arm(entry: Mapping[str, Any]) -> str:
    """Tell from an arm's row in the configuration what it trains with.

    Raises:
        ValueError: naming a key of the row that is no registered method.
    """
    method_in(entry)  # refuses unknown ones
    for key, section in sections_with_domains(entry).items():
        if section.get("shuffled"):
            return PLACEBO
        if isinstance(section["domains"], Mapping):
            return CONTROL if key == "sampling" else CLUSTERS
    return OTHER


def fixed_clusterings(arms: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, int]]:
    """Return algorithm and k of each arm that trains with the clusters of one k, unshuffled.

    Among them are those whose batches alone are drawn from them. Arms whose k is selected are left
    out: they are not run where nothing is.

    Args:
        arms: rows of the configuration by name.
    """
    found = {}
    for name, row in arms.items():
        domains = arm_domains(row)
        if kind_of_arm(row) not in (CLUSTERS, CONTROL) or not isinstance(domains, Mapping):
            continue
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


def sampling_controls_of(arms: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Name the control of sampling of each arm whose batches are drawn from domains, if it has one.

    That is an arm without a method, whose batches are drawn from the same domains, shuffled or not
    as they are, and whose row is the same otherwise: it sees the same crops in the same order. Of
    arms with one row the second has the second control, as with placebos.

    Args:
        arms: rows of the configuration by name, in order.

    Raises:
        ValueError: naming a key of an arm that is no registered method.
    """
    drawn = {name: batches for name, row in arms.items() if (batches := _batches(row))}
    plain = [name for name in drawn if method_in(arms[name]) is None]
    earlier: Counter[str] = Counter()
    found = {}
    for name, batches in drawn.items():
        if name in plain:
            continue
        row = json.dumps(arms[name], sort_keys=True)
        controls = [other for other in plain if drawn[other] == batches]
        if earlier[row] < len(controls):
            found[name] = controls[earlier[row]]
        earlier[row] += 1
    return found


def _batches(arm: Mapping[str, Any]) -> str | None:
    """Return the domains that batches are drawn from, with the row beside the method, or None."""
    method, sampling = method_in(arm), arm.get("sampling")
    compares = method is not None and method[0].compares_domains and sampling is None
    section = next(iter(sections_with_domains(arm).values()), None)
    if section is None or not (compares or sampling == "domains" or sampling is section):
        return None
    left_out = ("sampling", method[0].name if method else "")
    rest = {key: value for key, value in arm.items() if value is not None and key not in left_out}
    seen = [section["domains"], bool(section.get("shuffled"))]
    return json.dumps([seen, rest], sort_keys=True)


def _parts(arm: Mapping[str, Any]) -> tuple[str, str, bool]:
    """Return all of a row but its domains; its domains, if any; and whether they are shuffled."""
    method = method_in(arm)
    settings = dict(method[1]) if method else {}
    domains, shuffled = settings.pop("domains", ""), bool(settings.pop("shuffled", False))
    key = method[0].name if method else ""
    rest = {own: value for own, value in arm.items() if own != key}
    texts = [json.dumps(part, sort_keys=True) for part in ([key, settings, rest], domains)]
    return texts[0], texts[1] if domains else "", shuffled

"""What has to agree in the sections folds and arms of a configuration, beyond its schema."""

import difflib
from collections.abc import Iterable
from typing import Any


def fold_count(config: dict[str, Any], protocol: str) -> int:
    """Return how many folds a protocol has, which the configuration alone decides."""
    settings = config["folds"][protocol]
    if protocol != "lodo":
        return int(settings["folds"])
    return len(held_out_domains(config))


def held_out_domains(config: dict[str, Any]) -> list[str]:
    """Return the domains that lodo leaves out, in the order of its folds.

    Known columns have none unless they are named: what is in them is not known beforehand.
    """
    settings = config["folds"]["lodo"]
    domains = settings["domains"]
    if settings["held_out"] or isinstance(domains, list):
        return list(settings["held_out"])
    if domains == "cohort":
        return sorted(config["use"]["cohorts"])
    return cluster_names(domains["k"])


def cluster_names(k: int) -> list[str]:
    """Return the names of the clusters of a clustering."""
    return [f"cluster {number}" for number in range(k)]


def clusterings_of(config: dict[str, Any]) -> list[str]:
    """Return the names of the sweep's clusterings, as ``kmeans_k3``."""
    smallest, largest = config["clustering"]["k"]
    return [
        f"{algorithm}_k{k}"
        for algorithm in config["clustering"]["algorithms"]
        for k in range(smallest, largest + 1)
    ]


def nearest(name: str, known: Iterable[Any]) -> str:
    """Return what to say of an unknown name: the most similar known one, or all of them."""
    known = list(known)
    near = difflib.get_close_matches(name, [str(key) for key in known], n=1, cutoff=0.5)
    if near:
        return f", did you mean {near[0]!r}?"
    return f", known are: {', '.join(map(str, known))}" if known else ""


def check_protocols(config: dict[str, Any]) -> list[str]:
    """Return a line for everything that is wrong with the protocols that the study uses."""
    protocols = config["folds"]["protocols"] if config["use"]["arms"] else []
    lines = []
    if "lodo" in protocols:
        lines += _check_lodo(config)
    if "transfer" in protocols:
        lines += _check_transfer(config)
    return lines


def _check_lodo(config: dict[str, Any]) -> list[str]:
    settings = config["folds"]["lodo"]
    domains, cohorts = settings["domains"], config["use"]["cohorts"]
    if isinstance(domains, list):
        return _check_columns(config, domains)
    if domains == "cohort":
        known: list[str] = sorted(cohorts)
        if len(known) < 2:
            return [f"  folds.lodo.domains: cohort, but use.cohorts has {len(known)}, expected 2"]
    else:
        name, known = f"{domains['clustering']}_k{domains['k']}", cluster_names(domains["k"])
        if name not in clusterings_of(config):
            near = nearest(name, clusterings_of(config))
            return [f"  folds.lodo.domains: {name} is not in the sweep{near}"]
    return _unknown("folds.lodo.held_out", settings["held_out"], known)


def _check_columns(config: dict[str, Any], columns: list[str]) -> list[str]:
    cohorts = [config["cohorts"].get(name) or {} for name in config["use"]["cohorts"]]
    known = sorted({column for cohort in cohorts for column in cohort.get("domains", [])})
    lines = _unknown("folds.lodo.domains", columns, known)
    if not config["folds"]["lodo"]["held_out"]:
        example = "+".join(f"<{column}>" for column in columns)
        lines.append(
            f"  folds.lodo.held_out: names no domain of {', '.join(columns)}, expected at least "
            f"one, as {example}"
        )
    return lines


def _check_transfer(config: dict[str, Any]) -> list[str]:
    settings, used = config["folds"]["transfer"], config["use"]["cohorts"]
    lines = []
    for key in ("source", "target"):
        lines += _unknown(f"folds.transfer.{key}", settings[key], used)
        if not settings[key]:
            lines.append(f"  folds.transfer.{key}: names no cohort, expected at least one")
    both = sorted(set(settings["source"]) & set(settings["target"]))
    if both:
        lines.append(f"  folds.transfer: {', '.join(both)} is both source and target")
    return lines


def _unknown(key: str, names: Iterable[str], known: list[str]) -> list[str]:
    return [
        f"  {key}: the study has no {name!r}{nearest(name, known)}"
        for name in names
        if name not in known
    ]

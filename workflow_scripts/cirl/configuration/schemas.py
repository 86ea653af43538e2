"""The schemas of a study's configuration: files of JSON Schema, completed from the registries."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from cirl.configuration.registries.algorithms import ALGORITHMS
from cirl.configuration.registries.arm_methods import ARM_METHODS, DomainSampling
from cirl.configuration.registries.detectors import DETECTORS, RECONSTRUCTION_LOSSES
from cirl.configuration.registries.encoders import ENCODERS
from cirl.configuration.registries.layouts import LAYOUTS
from cirl.configuration.registries.losses import LOSSES
from cirl.configuration.registries.networks import NETWORKS
from cirl.configuration.registries.rows import Row, schema_of


def load_schemas(folder: str | Path) -> dict[str, Any]:
    """Return the schemas by their files' names, with what the registries offer written in.

    Args:
        folder: of the schemas (JSON Schema as YAML).
    """
    schemas = {path.name: text_keys(_read(path)) for path in sorted(Path(folder).glob("*.yaml"))}
    clustering = schemas["clustering.yaml"]["properties"]
    _offer(clustering["algorithms"], clustering["algorithms"]["items"], ALGORITHMS)
    for name, algorithm in ALGORITHMS.items():
        clustering[name] = {**schema_of(algorithm.settings), "default": {}}
    layout = schemas["cohorts.yaml"]["additionalProperties"]["properties"]["layout"]
    _offer(layout, layout, LAYOUTS)
    arm = schemas["arms.yaml"]["additionalProperties"]["properties"]
    # The last that is tried: it fills in defaults, which are no shares.
    arm["sampling"]["anyOf"].append(schema_of(DomainSampling))
    for name, method in ARM_METHODS.items():
        nullable = {"type": ["object", "null"], "default": None}
        arm[name] = {**schema_of(method.settings), **nullable}
    texture = schemas["texture.yaml"]["properties"]
    signature = texture["signatures"]["additionalProperties"]["properties"]
    _offer(signature["encoders"], signature["encoders"]["items"], ENCODERS)
    signature["maps"]["items"]["enum"] = list(ENCODERS)
    for name, encoder in ENCODERS.items():
        texture["encoders"]["properties"][name] = {**schema_of(encoder.settings), "default": {}}
    segmentation = schemas["segmentation.yaml"]["properties"]
    for section, key, rows in (("network", "name", NETWORKS), ("training", "loss", LOSSES)):
        part = segmentation[section]["properties"][key]
        _offer(part, part, rows)
    anomaly = schemas["anomaly.yaml"]["properties"]
    detector = anomaly["detectors"]["additionalProperties"]["properties"]
    _offer(detector["model"], detector["model"], DETECTORS)
    _offer(detector["loss"], detector["loss"], RECONSTRUCTION_LOSSES)
    for name, model in DETECTORS.items():
        anomaly["models"]["properties"][name] = {**schema_of(model.settings), "default": {}}
    return schemas


@cache
def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def text_keys(value: Any) -> Any:
    """Return a copy whose keys are text: YAML reads 1, 2, 3 as numbers, JSON Schema knows names."""
    if isinstance(value, dict):
        return {str(key): text_keys(part) for key, part in value.items()}
    if isinstance(value, list):
        return [text_keys(part) for part in value]
    return value


def _offer(described: dict[str, Any], chosen: dict[str, Any], rows: Mapping[str, Row]) -> None:
    """Let a key have the rows' names as values, and its description tell what they are."""
    chosen["enum"] = list(rows)
    offered = "; ".join(f"{name}: {row.title} ({row.source})" for name, row in rows.items())
    described["description"] = f"{described['description']} {offered}."

"""Checking a study's configuration against its schema, and filling in the defaults."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from cirl.configuration.cohorts import check_cohort, check_kinds
from cirl.configuration.detectors import check_detectors, write_out_detectors
from cirl.configuration.given_paths import expand_paths
from cirl.configuration.layouts import lay_out
from cirl.configuration.references import (
    check_arms,
    check_network,
    check_primary,
    check_probes,
    check_protocols,
    check_selection,
    nearest,
    write_out_doses,
)
from cirl.configuration.registries.clusterers import CLUSTERERS
from cirl.configuration.registries.deep_clusterers import DEEP_CLUSTERERS
from cirl.configuration.schemas import load_schemas, text_keys
from cirl.configuration.signatures import check_signatures
from cirl.study.arm_domains import sections_with_domains
from cirl.study.clusterings import SELECTED, Clustering
from cirl.study.names import StudyNames


class ConfigurationError(Exception):
    """The configuration is wrong. Each line names a key, what was found and what was expected."""


def validate(config: dict[str, Any], schemas: str | Path) -> dict[str, Any]:
    """Check a configuration and complete it in place: defaults, null for all, lists of doses.

    Args:
        config: the merged configuration of the study.
        schemas: folder of the schemas (JSON Schema as YAML); ``config.yaml`` is the outermost.

    Raises:
        ConfigurationError: with a line for every key that is unknown, missing or of a wrong value.
    """
    fresh = text_keys(config)
    config.clear()
    config.update(fresh)
    loaded = load_schemas(schemas)
    usual = loaded["config.yaml"]["properties"]["contrasts"]["default"]
    lines = expand_paths(config) or lay_out(config, usual)
    if lines:
        raise ConfigurationError("\n".join(["The configuration cannot be used:", *lines]))
    validator = _with_defaults(Draft202012Validator)(
        loaded["config.yaml"],
        registry=Registry().with_resources(
            (name, Resource.from_contents(schema, DRAFT202012)) for name, schema in loaded.items()
        ),
    )
    lines = [line for error in validator.iter_errors(config) for line in _explain(error)]
    if lines:
        raise ConfigurationError("\n".join(["The configuration cannot be used:", *lines]))
    _write_out_all(config)
    write_out_doses(config)
    _write_out_clusterings(config)
    write_out_detectors(config)
    return config


def check_references(config: dict[str, Any]) -> None:
    """Check what a schema cannot: that names used in one place are defined in another.

    Raises:
        ConfigurationError: naming the key and the nearest defined name.
    """
    lines = []
    for kind in ("cohorts", "arms"):
        for name in config["use"][kind]:
            if name not in config[kind]:
                lines.append(f"  use.{kind}: {name!r} is not defined{nearest(name, config[kind])}")
    for name in config["use"]["cohorts"]:
        lines += check_cohort(name, config)
    lines += _check_clusterings(config)
    lines += _check_sources(config)
    lines += _check_evidence(config)
    lines += _check_values(config)
    lines += check_protocols(config)
    lines += check_kinds(config)
    lines += check_network(config)
    lines += check_arms(config)
    lines += check_selection(config)
    lines += check_probes(config)
    lines += check_primary(config)
    lines += check_signatures(config)
    lines += check_detectors(config)
    if lines:
        raise ConfigurationError("\n".join(["The configuration cannot be used:", *lines]))


def _write_out_all(config: dict[str, Any]) -> None:
    """Name all cohorts, and all arms where there are images, in the place of null."""
    use = config["use"]
    if use["cohorts"] is None:
        use["cohorts"] = list(config["cohorts"])
    if use["arms"] is None:
        use["arms"] = list(config["arms"]) if use["cohorts"] else []


def _write_out_clusterings(config: dict[str, Any]) -> None:
    """Name the clusterings that arms have as domains, in the place of null."""
    of_arms = [
        f"{domains['clustering']}_k{domains['k']}"
        for _, domains in _arm_clusterings(config)
        if domains["k"] != "selected"
    ]
    for section, key in (("evaluation", "clusterings"), ("probes", "domains")):
        if config[section][key] is None:
            config[section][key] = list(dict.fromkeys(of_arms))


def _check_values(config: dict[str, Any]) -> list[str]:
    """What has to be in order, and names of cohorts that are used elsewhere."""
    lines = []
    pairs = {
        "preprocessing.clip": tuple(config["preprocessing"]["clip"]),
        "evaluation.thresholds": tuple(
            config["evaluation"]["thresholds"][key] for key in ("low", "high")
        ),
    }
    for key, (low, high) in pairs.items():
        if low >= high:
            lines.append(f"  {key}: {low} to {high}, expected the smaller one first")
    nyul = config["preprocessing"]["nyul"]
    if nyul["percentiles"] != sorted(nyul["percentiles"]):
        lines.append(f"  preprocessing.nyul.percentiles: {nyul['percentiles']}, expected ascending")
    if nyul["fit"] == "fold":
        lines += [
            f"  preprocessing.nyul.{key}: {nyul[key]!r}, but with fit: fold the scale is learnt "
            f"from the training subjects of each fold; leave it out, or take fit: all"
            for key in ("standard", "cohorts")
            if nyul[key]
        ]
    sizes = config["evaluation"]["lesion_sizes"]
    if sizes != sorted(sizes):
        lines.append(f"  evaluation.lesion_sizes: {sizes}, expected ascending")
    shown = config["quality"]["contact_sheet"]["contrast"]
    if shown and shown not in config["contrasts"]:
        near = nearest(shown, config["contrasts"])
        lines.append(f"  quality.contact_sheet.contrast: the study does not use {shown!r}{near}")
    used = config["use"]["cohorts"]
    named = {"evaluation.lesions_of": list(config["evaluation"]["lesions_of"])}
    named["preprocessing.nyul.cohorts"] = nyul["cohorts"]
    for arm in config["use"]["arms"]:
        named[f"arms.{arm}.cohorts"] = (config["arms"].get(arm) or {}).get("cohorts", [])
    for key, names in named.items():
        lines += [
            f"  {key}: the study uses no cohort {name!r}{nearest(name, used)}"
            for name in names
            if name not in used
        ]
    if config["use"]["arms"] and not used:
        lines.append("  use.arms: arms need images, but use.cohorts names no cohort")
    return lines


def _check_clusterings(config: dict[str, Any]) -> list[str]:
    """Every clustering that an arm or the evaluation names must be one of the sweep."""
    smallest, largest = config["clustering"]["k"]
    if smallest > largest:
        return [f"  clustering.k: [{smallest}, {largest}], expected [smallest, largest]"]
    study = StudyNames(config)
    known = list(map(str, study.clusterings))
    wanted = {}
    if config["use"]["arms"]:
        wanted["evaluation.clusterings"] = config["evaluation"]["clusterings"]
    known += [str(Clustering(algorithm, SELECTED)) for algorithm in study.algorithms]
    for key, domains in _arm_clusterings(config):
        wanted[key] = [str(Clustering.parse(domains))]
    return [
        f"  {key}: {name} is not in the sweep{nearest(name, known)}"
        for key, names in wanted.items()
        for name in names
        if name not in known
    ]


def _arm_clusterings(config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The clusterings that arms have as domains, and their keys."""
    for name in config["use"]["arms"]:
        for key, section in sections_with_domains(config["arms"].get(name) or {}).items():
            if isinstance(section["domains"], dict):
                yield f"arms.{name}.{key}.domains", section["domains"]


def _check_sources(config: dict[str, Any]) -> list[str]:
    """What the clusterings are made of must be there, and a fold's must not need a mask."""
    clustering = config["clustering"]
    source, position = clustering["features"]["source"], clustering["slices"]["position"]
    on_slices = clustering["deep"]["input"] == "slices"
    lines = []
    if source != "radiomics" and on_slices and not config["use"]["cohorts"]:
        lines.append(
            f"  clustering.features.source: {source} needs images, but use.cohorts names no cohort"
        )
    for key, domains in _arm_clusterings(config):
        deep = source != "radiomics" or domains["clustering"] not in CLUSTERERS
        fit = domains["fit"] or clustering["fit"]
        if fit == "fold" and deep and on_slices and position == "largest_lesion":
            lines.append(
                f"  {key}: with fit: fold no slice may depend on a test subject's mask, but "
                "clustering.slices.position is 'largest_lesion', take mid or an index"
            )
    return lines


def _check_evidence(config: dict[str, Any]) -> list[str]:
    """As many draws as the level of the test needs, unless none are wanted.

    Each deep algorithm with draws enough is a family beside that of the algorithms on features.
    """
    clustering = config["clustering"]
    draws, alpha = clustering["evidence"]["draws"], clustering["selection"]["alpha"]
    deep = clustering["deep"]["evidence"]["null_draws"]
    names = set(clustering["algorithms"]) & set(DEEP_CLUSTERERS)
    families = 1 + len(names) * (alpha * (1 + deep) >= 1)
    needed = math.ceil(families / alpha) - 1
    if draws == 0 or draws >= needed:
        return []
    return [
        f"  clustering.evidence.draws: with {draws} no p, corrected for {families} families of "
        f"algorithms, can be {alpha:g} (clustering.selection.alpha) or less, take at least "
        f"{needed}; or 0 for no test"
    ]


def _explain(error: ValidationError) -> Iterator[str]:
    where = ".".join(str(part) for part in error.absolute_path)
    prefix = f"{where}." if where else ""
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        properties: Any = error.schema
        known = list(properties.get("properties", {}))
        for key in error.instance:
            if key not in known:
                yield f"  {prefix}{key}: unknown key{nearest(str(key), known)}"
    elif error.validator == "required":
        yield f"  {prefix}{error.message.split(' is ')[0].strip(chr(39))}: is missing"
    else:
        schema: Any = error.schema
        hint = schema.get("description", "") if isinstance(schema, dict) else ""
        yield f"  {where}: {error.message}" + (f" ({' '.join(hint.split())})" if hint else "")


def _with_defaults(validator: Any) -> Any:
    check_properties = validator.VALIDATORS["properties"]

    def fill_then_check(
        self: Any, properties: dict[str, Any], instance: Any, schema: dict[str, Any]
    ) -> Iterator[ValidationError]:
        if isinstance(instance, dict):
            for key, part in properties.items():
                default = _default(self, part)
                if default is not None and key not in instance:
                    instance[key] = default[0]
        yield from check_properties(self, properties, instance, schema)

    return extend(validator, {"properties": fill_then_check, "pattern": _check_pattern})


def _check_pattern(
    validator: Any, pattern: str, instance: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """Check a text against a pattern whose ``$`` is the end, and not a line break before it."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _default(validator: Any, schema: Any) -> tuple[Any] | None:
    """Return a fresh copy of the default in a one-tuple, since None may be the default."""
    if not isinstance(schema, dict):
        return None
    if "$ref" in schema and "default" not in schema:
        return _default(validator, validator._resolver.lookup(schema["$ref"]).contents)
    return (text_keys(schema["default"]),) if "default" in schema else None

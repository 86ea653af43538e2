"""What has to agree in the sections folds and arms of a configuration, beyond its schema.

An arm with a list of doses is written out here as one arm a dose (``write_out_doses``).
"""

import copy
import difflib
from collections.abc import Iterable
from typing import Any

from cirl.configuration.registries.arm_methods import ARM_METHODS, methods_in
from cirl.configuration.registries.networks import NETWORKS
from cirl.study.arm_domains import arm_domains, sections_with_domains
from cirl.study.clusterings import Clustering
from cirl.study.names import StudyNames


def nearest(name: str, known: Iterable[Any]) -> str:
    """Return what to say of an unknown name: the most similar known one, or all of them."""
    known = list(known)
    near = difflib.get_close_matches(name, [str(key) for key in known], n=1, cutoff=0.5)
    if near:
        return f", did you mean {near[0]!r}?"
    return f", known are: {', '.join(map(str, known))}" if known else ""


def write_out_doses(config: dict[str, Any]) -> None:
    """Put an arm a dose in the place of each arm that lists doses, named like ``dann_w0.1``."""
    for name, arm in list(config["arms"].items()):
        for key, settings in methods_in(arm).items():
            method = ARM_METHODS[key]
            doses = settings.get(method.dose)
            if not isinstance(doses, list):
                continue
            rows = {}
            for dose in doses:
                row = copy.deepcopy(arm)
                row[key][method.dose] = dose
                rows[name + method.dose_suffix(dose)] = row
            del config["arms"][name]
            config["arms"] |= rows
            config["use"]["arms"] = [
                new
                for used in config["use"]["arms"]
                for new in (list(rows) if used == name else [used])
            ]


def check_arms(config: dict[str, Any]) -> list[str]:
    """Return a line for everything that is wrong with the arms that the study uses."""
    lines = []
    for name in config["use"]["arms"]:
        arm = config["arms"].get(name)
        if arm is not None:
            lines += _check_arm(name, arm, config)
    return lines


def _check_arm(name: str, arm: dict[str, Any], config: dict[str, Any]) -> list[str]:
    used, key = config["use"]["arms"], f"arms.{name}"
    methods = list(methods_in(arm))
    lines = []
    if len(methods) > 1:
        lines.append(f"  {key}: has {', '.join(methods)}, expected one of them at most")
    if arm["start"] and arm["start"] not in used:
        near = nearest(arm["start"], [other for other in used if other != name])
        lines.append(
            f"  {key}.start: {name} starts from {arm['start']}, which is not in use.arms{near}"
        )
    elif arm["start"] and name in _ancestors(name, config["arms"]):
        lines.append(f"  {key}.start: {name} starts from itself, by way of {arm['start']}")
    if arm["frozen"] and not arm["start"]:
        lines.append(f"  {key}.frozen: {arm['frozen']}, but without a start its weights are random")
    if arm["sampling"] == "domains" and arm_domains(arm) is None:
        lines.append(f"  {key}.sampling: domains, but the arm has no method that sees any")
    sees = sections_with_domains(arm)
    if "sampling" in sees and len(sees) > 1:
        others = ", ".join(sorted(sees.keys() - {"sampling"}))
        lines.append(
            f"  {key}.sampling: names domains beside those of {others}; expected the word domains"
        )
    elif isinstance(arm["sampling"], dict) and "sampling" not in sees:
        trained = arm["cohorts"] or config["use"]["cohorts"]
        lines += _unknown(f"{key}.sampling", arm["sampling"], trained)
    batch = arm["training"].get("batch_size") or config["segmentation"]["training"]["batch_size"]
    lines += [
        f"  {key}: {method} compares the items of a batch, but batch_size is {batch}"
        for method in methods
        if batch < ARM_METHODS[method].smallest_batch
    ]
    return lines


def _ancestors(name: str, arms: dict[str, Any]) -> list[str]:
    """Return the arms that an arm starts from, directly or not, up to a repetition."""
    found: list[str] = []
    start = arms[name]["start"]
    while start in arms and start not in found:
        found.append(start)
        start = arms[start]["start"]
    return found


def check_network(config: dict[str, Any]) -> list[str]:
    """Return a line for every setting of the network that its kind does not have."""
    network = config["segmentation"]["network"]
    return [f"  {line}" for line in NETWORKS[network["name"]].refused(network)]


def check_probes(config: dict[str, Any]) -> list[str]:
    """Return a line for every domain or arm that is to be probed and is not there."""
    probes = config["probes"]
    if not config["use"]["arms"]:
        return []
    cohorts = [config["cohorts"].get(name) or {} for name in config["use"]["cohorts"]]
    known = sorted({column for cohort in cohorts for column in cohort.get("domains", [])})
    study = StudyNames(config)
    known += ["cohort", *map(str, study.clusterings)]
    return _unknown("probes.domains", probes["domains"], known) + _unknown(
        "probes.arms", probes["arms"], study.arms
    )


def check_primary(config: dict[str, Any]) -> list[str]:
    """Return a line for every region of the primary endpoint that is not scored."""
    scored = config["evaluation"]["regions"]
    return [
        f"  evaluation.primary.regions: {region} is not among evaluation.regions "
        f"({', '.join(scored)}), expected regions that are scored"
        for region in config["evaluation"]["primary"]["regions"]
        if region not in scored
    ]


def check_selection(config: dict[str, Any]) -> list[str]:
    """Return a line for everything that is wrong with the rules that select an epoch's weights."""
    rules = config["segmentation"]["selection"]
    lines = []
    for protocol in config["folds"]["protocols"] if "best" in rules else []:
        if config["folds"][protocol]["validation"] == 0:
            lines.append(
                f"  segmentation.selection: best, but folds.{protocol}.validation is 0 and nobody "
                "is watched"
            )
    training = config["segmentation"]["training"]
    for name in config["use"]["arms"] if rules != ["last"] else []:
        arm = config["arms"].get(name) or {}
        own = {key: value for key, value in arm.get("training", {}).items() if value is not None}
        both = {**training, **own}
        if both["validation_interval"] > both["epochs"]:
            lines.append(
                f"  segmentation.selection: {', '.join(rules)}, but {name} has "
                f"{both['epochs']} epochs and looks every {both['validation_interval']}"
            )
    for name in config["use"]["arms"]:
        for rule in rules[1:]:
            if f"{name}_{rule}" in config["use"]["arms"]:
                lines.append(f"  use.arms: {name}_{rule} is what {rule} selects of {name}, too")
    return lines


def check_protocols(config: dict[str, Any]) -> list[str]:
    """Return a line for everything that is wrong with the protocols that the study uses."""
    protocols = list(config["folds"]["protocols"]) if config["use"]["arms"] else []
    protocols += config["anomaly"]["protocols"] if config["anomaly"]["use"] else []
    lines = []
    if "holdout" in protocols:
        lines += _check_holdout(config)
    if "lodo" in protocols:
        lines += _check_lodo(config)
    if "transfer" in protocols:
        lines += _check_transfer(config)
    if "given" in protocols and not config["folds"]["given"]["path"]:
        lines.append("  folds.given.path: names no file, expected the splits that are used")
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
        clustering, sweep = Clustering.parse(domains), StudyNames(config).clusterings
        known = clustering.cluster_names
        if clustering not in sweep:
            near = nearest(str(clustering), sweep)
            return [f"  folds.lodo.domains: {clustering} is not in the sweep{near}"]
    return _unknown("folds.lodo.held_out", settings["held_out"], known)


def _check_holdout(config: dict[str, Any]) -> list[str]:
    settings = config["folds"]["holdout"]
    cohorts = [config["cohorts"].get(name) or {} for name in config["use"]["cohorts"]]
    columns = {
        column for cohort in cohorts for key in ("domains", "clinical") for column in cohort[key]
    }
    lines = _unknown("folds.holdout.column", [settings["column"]], ["cohort", *sorted(columns)])
    if not sum(settings["test"].values()):
        lines.append("  folds.holdout.test: tests nobody, expected numbers, as {high: 20, low: 10}")
    return lines


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

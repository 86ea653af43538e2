"""The defaults: written out whole in config.yaml, sound, and out of other studies' way."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cirl.configuration.arm_kinds import sampling_controls_of
from cirl.configuration.schemas import load_schemas
from cirl.configuration.validation import check_references, validate
from frontdoor.study import read_study

PROJECT = Path(__file__).parents[2]
SCHEMAS = PROJECT / "rules/schemas"
TEXT = (PROJECT / "config.yaml").read_text()
STUDIES = {
    path.stem: [str(path.relative_to(PROJECT))]
    for path in [*PROJECT.glob("studies/*.yaml"), *PROJECT.glob("tests/*/*.yaml")]
}
STUDIES["replication"] = ["studies/goat.yaml", "studies/replication.yaml"]
STUDIES["steatosis"] = ["studies/texture.yaml", "studies/steatosis.yaml"]
STUDIES["anomaly_questions"] = ["studies/anomaly.yaml", "studies/anomaly_questions.yaml"]
STUDIES["first_look"] = ["studies/goat.yaml", "studies/first_look.yaml"]


def leaves(config: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Return every value of a configuration that has no keys of its own."""
    if not isinstance(config, dict) or not config:
        return {path: config}
    found = {}
    for key, part in config.items():
        found |= leaves(part, (*path, str(key)))
    return found


def with_examples() -> str:
    """Return config.yaml with its examples in force."""
    lines: list[str] = []
    for line in f"study:{TEXT.partition(chr(10) + 'study:')[2]}".splitlines():
        if re.match(r"#   ", line):
            if not lines[-1].startswith("#"):
                lines[-1] = lines[-1].replace(": {} ", ": ", 1)
            lines.append(line[2:])
        else:
            lines.append(line)
    return "\n".join(lines)


def known_keys(schema: Any, schemas: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the path of every key of a schema; * stands for a name that the user gives."""
    if schema.get("$ref", "") in schemas:
        yield from known_keys(schemas[schema["$ref"]], schemas)
    named = schema.get("additionalProperties")
    for key, below in [*schema.get("properties", {}).items(), *([("*", named)] if named else [])]:
        # A method that has no settings need not be shown where others have theirs.
        if key != "*" and below.get("properties") != {}:
            yield (key,)
        yield from ((key, *rest) for rest in known_keys(below, schemas))


def has_key(config: Any, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    if not isinstance(config, dict):
        return False
    places = config.values() if path[0] == "*" else [config[path[0]]] if path[0] in config else []
    return any(has_key(place, path[1:]) for place in places)


def test_config_yaml_is_what_the_schemas_default_to_in_every_leaf() -> None:
    written = leaves(validate(yaml.safe_load(TEXT), SCHEMAS))
    assert written == leaves(validate({"study": "mine"}, SCHEMAS))
    assert len(written) > 300


def test_config_yaml_shows_every_key_each_with_a_comment() -> None:
    text = with_examples()
    shown = yaml.safe_load(text)
    schemas = load_schemas(SCHEMAS)
    known = list(known_keys(schemas["config.yaml"], schemas))
    assert ("cohorts", "*", "participants_key") in known
    assert ("arms", "*", "mixstyle", "alpha") in known
    assert [".".join(path) for path in known if not has_key(shown, path)] == []
    keys = [line for line in text.splitlines() if re.match(r"\s*\w+:", line)]
    assert [line for line in keys if " # " not in line] == []


def test_its_examples_are_valid(tmp_path: Path) -> None:
    config = validate(yaml.safe_load(with_examples()), SCHEMAS)
    assert list(config["cohorts"]) == config["use"]["cohorts"] == ["clinic", "phantom"]
    methods = ["group_dro", "coral", "irm", "mixstyle"]
    assert config["use"]["arms"][-4:] == methods
    assert config["arms"]["mixstyle"]["mixstyle"]["alpha"] == 0.1
    assert sampling_controls_of(config["arms"]) == dict.fromkeys(methods[:3], "domain_batches")
    config["cohorts"]["clinic"]["root"] = str(tmp_path)
    check_references(config)
    # What stands in them is what holds without them.
    bare = {"study": "mine", "cohorts": {"clinic": {}, "phantom": {"simulate": {}}}}
    bare["arms"] = {name: {name: {}} for name in methods}
    for name in methods[:3]:
        bare["arms"][name][name] = {"domains": {"clustering": "kmeans", "k": 3}}
    bare["evaluation"] = {"lesions_of": {"clinic": {"dilation": 1, "smallest": 2, "penalty": 374}}}
    bare["texture"] = {"signatures": {"grade": {"target": "grade", "positive": ["high"]}}}
    own = {"use", "clusterings", "root", "patterns", "participants", "domains", "clinical"}
    own.add("batch_size")
    differing = {
        path
        for path, value in leaves(validate(bare, SCHEMAS)).items()
        if leaves(config).get(path) != value and not own.intersection(path)
    }
    assert differing == set()


def test_they_are_what_a_reviewer_accepts() -> None:
    config = validate({"study": "mine", "cohorts": {"clinic": {"root": "."}}}, SCHEMAS)
    clustering, segmentation = config["clustering"], config["segmentation"]
    assert config["preprocessing"]["spacing"] == config["evaluation"]["surface_tolerance"] == 1
    assert (clustering["k"], clustering["fit"]) == ([2, 10], "fold")
    # 99 draws for two families at 0.05; 39 of the deep ones can reach it.
    assert clustering["evidence"]["draws"] >= 99 and clustering["evidence"]["resamplings"] >= 50
    assert clustering["deep"]["evidence"]["null_draws"] >= 39
    assert config["folds"]["cv"]["folds"] == 5 and len(segmentation["seeds"]) >= 3
    assert segmentation["network"]["filters"] == [64, 96, 128, 192, 256, 384, 512]
    assert segmentation["prediction"]["window"] == segmentation["training"]["crop"]
    assert all(segmentation["augmentation"][key] for key in ("gain", "bias", "noise", "blur"))
    assert config["use"]["arms"] == ["baseline", "dann_kmeans", "dann_vdec", "dann_placebo"]
    assert config["arms"]["dann_placebo"]["adversary"]["shuffled"]
    check_references(config)


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_a_study_writes_what_it_has_other_than_the_defaults(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = read_study(PROJECT, STUDIES[name])
    assert study.overlays == tuple(STUDIES[name])  # and nothing is laid under
    written: set[tuple[str, ...]] = set()
    for path in STUDIES[name]:
        written |= set(leaves(yaml.safe_load((PROJECT / path).read_text())))
    defaults = leaves(validate({"study": "mine"}, SCHEMAS))
    # A named row is filled up with its own section's defaults, which other tests check.
    rows = {path[:2] for path in written if path[0] in ("cohorts", "arms")}
    wings = (("anomaly", "detectors"), ("texture", "signatures"))
    rows |= {path[:3] for path in written if path[:2] in wings}
    differing = [
        ".".join(path)
        for path, value in leaves(study.config).items()
        if defaults.get(path, value if path[:2] in rows else None) != value
        and not any(path[: len(whole)] == whole for whole in written)
        and not _is_derived(path, study.config)
        and not _dose_of(path, rows)
        and path[:3] not in rows
        and not _is_completed(path, study.config)
    ]
    assert differing == []
    monkeypatch.chdir(tmp_path)
    for cohort in study.config["use"]["cohorts"]:
        root = study.config["cohorts"][cohort]["root"]
        if root:
            (tmp_path / root).mkdir(parents=True)
    check_references(study.config)


def _is_completed(path: tuple[str, ...], config: dict[str, Any]) -> bool:
    """Return whether a default detector that is used had null in its row."""
    return path[:2] == ("anomaly", "detectors") and path[2] in config["anomaly"]["use"]


def _dose_of(path: tuple[str, ...], rows: set[tuple[str, ...]]) -> bool:
    """Return whether a row is of an arm that lists doses."""
    return path[0] == "arms" and ("arms", re.sub(r"_[a-z][\d.]+$", "", path[1])) in rows


def _is_derived(path: tuple[str, ...], config: dict[str, Any]) -> bool:
    """Return whether null stood for what the study names elsewhere."""
    if path == ("use", "cohorts"):
        return config["use"]["cohorts"] == list(config["cohorts"])
    return path in {("use", "arms"), ("evaluation", "clusterings"), ("probes", "domains")}


PHANTOMS = ["demo", "tour", "phantom", "phantom_domains", "generalise", "tiny", "small"]


def test_no_setting_of_the_demo_reaches_a_study_of_the_papers() -> None:
    for name in ("goat", "replication", "transfer_ssa"):
        config = read_study(PROJECT, STUDIES[name]).config
        augmentation = config["segmentation"]["augmentation"]
        assert config["evaluation"]["surface_tolerance"] == config["preprocessing"]["spacing"] == 1
        assert (augmentation["noise"], augmentation["bias"]) == (0.2, 0.2)
        assert config["segmentation"]["seeds"] == [0]  # as published
        assert "phantom" not in config["cohorts"]
    assert read_study(PROJECT, STUDIES["goat"]).config["clustering"]["fit"] == "all"
    for name in PHANTOMS:
        config = read_study(PROJECT, STUDIES[name]).config
        assert config["preprocessing"]["spacing"] in (3, None)
        assert config["cohorts"]["phantom"]["domains"] == ["tumour_type", "scanner"]
        if config["use"]["arms"]:
            assert config["evaluation"]["surface_tolerance"] == 3
            assert config["segmentation"]["training"]["optimiser"] == "adamw"
            assert not config["segmentation"]["training"]["workers"]


def test_the_tour_is_the_demo_under_another_name() -> None:
    """With wings, which are off in the demo."""
    demo, tour = (read_study(PROJECT, STUDIES[name]).config for name in ("demo", "tour"))
    wings = {wing: tour[wing] for wing in ("anomaly", "texture")}
    folds = demo["folds"] | {"holdout": tour["folds"]["holdout"]}
    assert demo | {"study": "tour", "folds": folds} | wings == tour
    assert not any(demo[wing]["use"] for wing in wings) and all(
        wings[wing]["use"] for wing in wings
    )


def test_null_names_all_that_there_is() -> None:
    arms = {"plain": {}, "dann": {"adversary": {"domains": "cohort", "weight": [0.1, 1]}}}
    config = validate({"study": "mine", "cohorts": {"a": {}, "b": {}}, "arms": arms}, SCHEMAS)
    assert config["use"] == {"cohorts": ["a", "b"], "arms": ["plain", "dann_w0.1", "dann_w1"]}
    assert config["evaluation"]["clusterings"] == config["probes"]["domains"] == []
    # A table of features has no images to train on.
    table = {"study": "mine", "radiomics": {"table": {"path": "features.csv"}}}
    assert validate(table, SCHEMAS)["use"] == {"cohorts": [], "arms": []}
    # Names that are given stay.
    use = {"cohorts": ["b"], "arms": []}
    assert validate({"study": "mine", "use": use, "cohorts": {"a": {}}}, SCHEMAS)["use"] == use


def test_arms_are_scored_and_probed_on_the_clusterings_that_they_have() -> None:
    of = {"clustering": "ward", "k": 4}
    arms = {
        "first": {"coral": {"domains": of}},
        "second": {"adversary": {"domains": {"clustering": "kmeans", "k": 2}}},
        "again": {"adversary": {"domains": of}},
        "chosen": {"adversary": {"domains": {"clustering": "gmm", "k": "selected"}}},
        "unused": {"irm": {"domains": {"clustering": "gmm", "k": 9}}},
    }
    study = {"study": "mine", "cohorts": {"a": {}}, "arms": arms}
    study["use"] = {"arms": ["first", "second", "again", "chosen", "nowhere"]}
    config = validate(study | {"evaluation": {"clusterings": []}}, SCHEMAS)
    assert config["probes"]["domains"] == ["ward_k4", "kmeans_k2"]
    assert config["evaluation"]["clusterings"] == []

"""Protocols and arms that cannot be are refused before any job, with the key."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cirl.configuration import ConfigurationError, check_references, validate
from cirl.configuration_checks import fold_count, held_out_domains


@pytest.fixture
def config(project: Path) -> dict:
    made = yaml.safe_load((project / "config.yaml").read_text())
    made["cohorts"]["clinic"] = {**made["cohorts"]["phantom"]}
    made["use"]["cohorts"] = ["phantom", "clinic"]
    return validate(made, project / "rules/schemas")


def refused(config: dict, protocol: str, **settings: Any) -> str:
    config["folds"]["protocols"] = [protocol]
    config["folds"][protocol] |= settings
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    return str(caught.value)


def test_the_configuration_alone_tells_how_many_folds_there_are(config: dict) -> None:
    assert fold_count(config, "cv") == 3
    assert fold_count(config, "lodo") == 2
    config["folds"]["lodo"]["domains"] = {"clustering": "kmeans", "k": 4}
    assert fold_count(config, "lodo") == 4
    assert held_out_domains(config) == [f"cluster {number}" for number in range(4)]
    config["folds"]["lodo"] |= {"domains": ["scanner"], "held_out": ["low_field"]}
    assert fold_count(config, "lodo") == 1
    assert fold_count(config, "transfer") == 10
    config["folds"] |= {"protocols": ["cv", "lodo", "transfer"]}
    config["folds"]["transfer"] |= {"source": ["phantom"], "target": ["clinic"]}
    check_references(config)


def test_what_is_left_out_must_be_there(config: dict) -> None:
    text = refused(config, "lodo", domains=["scaner"])
    assert "folds.lodo.domains: the study has no 'scaner', did you mean 'scanner'?" in text
    assert "folds.lodo.held_out: names no domain of scaner, expected at least one, as" in text
    text = refused(config, "lodo", domains={"clustering": "kmean", "k": 3})
    assert "folds.lodo.domains: kmean_k3 is not in the sweep, did you mean 'kmeans_k3'?" in text
    text = refused(config, "lodo", domains={"clustering": "gmm", "k": 2}, held_out=["cluster 2"])
    assert "folds.lodo.held_out: the study has no 'cluster 2', did you mean" in text
    config["use"]["cohorts"] = ["phantom"]
    assert "cohort, but use.cohorts has 1" in refused(config, "lodo", domains="cohort")


def test_a_transfer_needs_two_sides(config: dict) -> None:
    text = refused(config, "transfer", source=["phantom", "clinik"], target=["phantom"])
    assert "folds.transfer.source: the study has no 'clinik', did you mean 'clinic'?" in text
    assert "folds.transfer: phantom is both source and target" in text
    text = refused(config, "transfer", source=["phantom"], target=[])
    assert "folds.transfer.target: names no cohort" in text
    config["use"]["arms"] = []
    check_references(config)

"""Protocols and arms that cannot be are refused before any job, with the key."""

from pathlib import Path
from typing import Any

import pytest

from cirl.configuration.registries.arm_methods import ARM_METHODS, DomainSettings
from cirl.configuration.validation import ConfigurationError, check_references, validate
from cirl.evaluation.dose import family_table
from cirl.study.arm_domains import arm_domains


@pytest.fixture
def config(demo: dict, project: Path) -> dict:
    made = demo
    made["cohorts"]["clinic"] = {**made["cohorts"]["phantom"]}
    made["use"]["cohorts"] = ["phantom", "clinic"]
    return validate(made, project / "rules/schemas")


def refused(config: dict, protocol: str, **settings: Any) -> str:
    config["folds"]["protocols"] = [protocol]
    config["folds"][protocol] |= settings
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    return str(caught.value)


def test_every_protocol_may_be_used_at_once(config: dict) -> None:
    config["folds"]["lodo"] |= {"domains": ["scanner"], "held_out": ["low_field"]}
    config["folds"] |= {"protocols": ["cv", "lodo", "transfer"]}
    config["folds"]["transfer"] |= {"source": ["phantom"], "target": ["clinic"]}
    check_references(config)
    text = refused(config, "transfer", target=[])
    assert "folds.transfer.target: names no cohort" in text and "folds.lodo" not in text


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


def with_arms(config: dict, project: Path, arms: dict, used: list[str] | None = None) -> dict:
    config["arms"] = arms
    config["use"]["arms"] = list(arms) if used is None else used
    return validate(config, project / "rules/schemas")


COHORT = {"domains": "cohort"}


def test_a_list_of_weights_is_an_arm_a_weight(config: dict, project: Path) -> None:
    arms = {
        "baseline": {},
        "dann": {"adversary": COHORT | {"weight": [0.1, 1, 2.5]}},
        "coral": {"coral": COHORT | {"weight": [0.5]}},
        "placebo": {"adversary": COHORT | {"weight": 1, "shuffled": True}},
    }
    made = with_arms(config, project, arms, ["baseline", "dann", "placebo"])
    weights = ["dann_w0.1", "dann_w1", "dann_w2.5"]
    assert made["use"]["arms"] == ["baseline", *weights, "placebo"]
    assert [made["arms"][name]["adversary"]["weight"] for name in weights] == [0.1, 1, 2.5]
    assert made["arms"]["coral_w0.5"]["coral"]["weight"] == 0.5 and "dann" not in made["arms"]
    assert made["arms"]["dann_w1"]["adversary"]["hidden"] == 64
    check_references(made)
    # Once more changes nothing.
    assert validate(made, project / "rules/schemas")["use"]["arms"] == made["use"]["arms"]


@pytest.mark.parametrize("method", [name for name, row in ARM_METHODS.items() if row.dose])
def test_a_list_of_any_method_s_doses_is_an_arm_a_dose(
    config: dict, project: Path, method: str
) -> None:
    row = ARM_METHODS[method]
    domains = COHORT if issubclass(row.settings, DomainSettings) else {}
    arms = {"arm": {method: domains | {row.dose: [0.25, 1]}, "training": {"batch_size": 2}}}
    made = with_arms(config, project, arms)
    letter = {"weight": "w", "step": "s", "probability": "p"}[row.dose]
    names = [f"arm_{letter}0.25", f"arm_{letter}1"]
    assert made["use"]["arms"] == names and list(made["arms"]) == names
    assert [made["arms"][name][method][row.dose] for name in names] == [0.25, 1]
    first, second = ({**made["arms"][name], method: None} for name in names)
    assert first == second and first["training"]["batch_size"] == 2
    check_references(made)
    assert family_table(made["arms"])["dose"].tolist() == [0.25, 1]
    assert family_table(made["arms"])["family"].tolist() == ["arm", "arm"]


def test_every_method_has_a_dose() -> None:
    assert {name: row.dose for name, row in ARM_METHODS.items()} == {
        "adversary": "weight",
        "group_dro": "step",
        "coral": "weight",
        "irm": "weight",
        "mixstyle": "probability",
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"group_dro": COHORT | {"step": [0.1, 0]}}, "arms.x.group_dro.step: [0.1, 0] is not"),
        ({"mixstyle": {"probability": [0.5, 1.5]}}, "arms.x.mixstyle.probability: [0.5, 1.5] is"),
        ({"mixstyle": {"probability": -1}}, "arms.x.mixstyle.probability: -1 is not valid"),
        ({"group_dro": COHORT | {"stp": [1]}}, "stp: unknown key, did you mean 'step'?"),
        ({"sampling": {"domain": COHORT}}, "arms.x.sampling: {'domain': {'domains': 'cohort'}"),
        ({"sampling": {"domains": {"clustering": "kmeans"}}}, "arms.x.sampling: {'domains': {"),
    ],
)
def test_a_dose_or_a_sampling_that_cannot_be_is_refused(
    config: dict, project: Path, settings: dict, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        with_arms(config, project, {"x": settings})
    assert message in str(caught.value)


def test_batches_may_be_drawn_from_domains_or_by_shares(config: dict, project: Path) -> None:
    shares = {"phantom": 1, "clinic": 3}
    arms = {
        "drawn": {"sampling": {"domains": {"clustering": "kmeans", "k": 3}}},
        "shares": {"sampling": shares},
        "cohorts": {"sampling": COHORT | {"shuffled": True}},
    }
    made = with_arms(config, project, arms)
    check_references(made)
    domains = {"clustering": "kmeans", "k": 3, "fit": None}
    assert made["arms"]["drawn"]["sampling"] == {"domains": domains, "shuffled": False}
    assert made["arms"]["shares"]["sampling"] == shares
    assert made["arms"]["cohorts"]["sampling"] == {"domains": "cohort", "shuffled": True}
    made["arms"]["drawn"]["sampling"]["domains"]["k"] = 17
    with pytest.raises(ConfigurationError, match="drawn.sampling.domains: kmeans_k17 is not in"):
        check_references(made)


def test_domains_of_every_method_are_looked_up_in_the_sweep(config: dict, project: Path) -> None:
    domains = {"clustering": "kmean", "k": 3}
    made = with_arms(config, project, {"dro": {"group_dro": {"domains": domains}}})
    assert arm_domains(made["arms"]["dro"]) == domains | {"fit": None}
    with pytest.raises(ConfigurationError) as caught:
        check_references(made)
    assert "arms.dro.group_dro.domains: kmean_k3 is not in the sweep" in str(caught.value)


def test_what_a_network_does_not_have_is_refused_before_any_job(config: dict) -> None:
    config["segmentation"]["network"] |= {"name": "mednext", "deep_supervision": 1}
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    wanted = "segmentation.network.deep_supervision: mednext has 0 only, not 1"
    assert wanted in str(caught.value)


@pytest.mark.parametrize(
    ("arms", "message"),
    [
        (
            {"fine": {"start": "source"}, "sauce": {}},
            "arms.fine.start: fine starts from source, which is not in use.arms, did you mean "
            "'sauce'?",
        ),
        (
            {"one": {"start": "two"}, "two": {"start": "one"}},
            "arms.one.start: one starts from itself, by way of two",
        ),
        ({"x": {"frozen": "decoder"}}, "arms.x.frozen: decoder, but without a start"),
        (
            {"x": {"coral": COHORT, "irm": COHORT}},
            "arms.x: has coral, irm, expected one of them at most",
        ),
        ({"x": {"sampling": "domains"}}, "arms.x.sampling: domains, but the arm has no method"),
        (
            {"x": {"sampling": COHORT, "irm": COHORT}},
            "arms.x.sampling: names domains beside those of irm; expected the word domains",
        ),
        (
            {"x": {"sampling": {"klinic": 1}}},
            "arms.x.sampling: the study has no 'klinic', did you mean 'clinic'?",
        ),
        (
            {"x": {"mixstyle": {}, "training": {"batch_size": 1}}},
            "arms.x: mixstyle compares the items of a batch, but batch_size is 1",
        ),
    ],
)
def test_an_arm_that_cannot_be_is_named(
    config: dict, project: Path, arms: dict, message: str
) -> None:
    made = with_arms(config, project, arms)
    with pytest.raises(ConfigurationError) as caught:
        check_references(made)
    assert message in str(caught.value)


def test_an_unknown_key_of_an_arm_is_refused_with_the_nearest(config: dict, project: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        with_arms(config, project, {"x": {"group_dr": COHORT, "coral": COHORT | {"wait": 1}}})
    text = str(caught.value)
    assert "arms.x.group_dr: unknown key, did you mean 'group_dro'?" in text
    assert "arms.x.coral.wait: unknown key" in text


def test_rules_of_selection_need_somebody_to_look_at(config: dict, project: Path) -> None:
    made = with_arms(config, project, {"a": {}, "a_best": {"training": {"epochs": 1}}})
    made["segmentation"]["selection"] = ["last", "best"]
    made["folds"]["cv"]["validation"] = 0
    with pytest.raises(ConfigurationError) as caught:
        check_references(made)
    text = str(caught.value)
    assert "segmentation.selection: best, but folds.cv.validation is 0" in text
    assert "segmentation.selection: last, best, but a_best has 1 epochs and looks every 2" in text
    assert "use.arms: a_best is what best selects of a, too" in text


def test_the_primary_endpoint_is_asked_of_regions_that_are_scored(config: dict) -> None:
    config["evaluation"]["regions"] = ["WT", "NCR"]
    text = refused(config, "cv")
    assert "evaluation.primary.regions: TC is not among evaluation.regions (WT, NCR)" in text
    assert "evaluation.primary.regions: ET" in text
    config["evaluation"]["primary"]["regions"] = ["NCR"]
    check_references(config)


@pytest.mark.parametrize("margin", [0, 1, -0.1])
def test_a_margin_lies_between_0_and_1(demo: dict, project: Path, margin: float) -> None:
    demo["evaluation"] = {"primary": {"margin": margin}}
    with pytest.raises(ConfigurationError, match=r"evaluation\.primary\.margin"):
        validate(demo, project / "rules/schemas")

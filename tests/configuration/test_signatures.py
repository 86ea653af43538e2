"""What the section texture of a configuration refuses, and what it means."""

from pathlib import Path
from typing import Any

import pytest

from cirl.configuration.signatures import USUAL_REGIONS
from cirl.configuration.validation import ConfigurationError, check_references, validate
from cirl.imaging.regions import BRAIN, REGIONS
from cirl.study.names import StudyNames


@pytest.fixture
def schemas(project: Path) -> Path:
    return project / "rules/schemas"


def study(**changes: Any) -> dict[str, Any]:
    row = {"target": "grade", "positive": ["2"], "region": "parenchyma", "encoders": ["random"]}
    return {
        "study": "x",
        "contrasts": ["t1n"],
        "use": {"arms": []},
        "cohorts": {
            "organs": {
                "simulate": {"kind": "parenchyma", "subjects": 7},
                "contrasts": {"t1n": "t1n"},
                "label_map": {5: "parenchyma"},
                "participants": "participants.tsv",
                "domains": ["scanner"],
                "clinical": ["grade"],
            }
        },
        "texture": {
            "use": ["s"],
            "regions": ["parenchyma"],
            "signatures": {"s": row | changes},
        },
    }


def test_a_signature_is_written_out(schemas: Path) -> None:
    config = validate(study(k=[4, 8], fit=["fold", "all"]), schemas)
    check_references(config)
    names = StudyNames(config)
    row = names.signatures["s"]
    assert (row.contrasts, row.maps, row.number) == (("t1n",), (), 10)
    signings = names.signings("s")
    assert len(signings) == 2 * (10 + 1)
    assert [one["k"] for one in signings if one["fit"] == "all"] == [4, 8]
    config["texture"]["signatures"]["s"]["folds"]["protocol"] = "subject"
    assert len(StudyNames(config).texture_folds("s")) == 7
    assert config["texture"]["encoders"]["random"] == {"filters": 24, "size": 5, "dilation": 3}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"region": "parenchima"}, "no 'parenchima', did you mean 'parenchyma'"),
        ({"target": "score"}, "target: the study has no 'score'"),
        ({"contrasts": ["t2f"]}, "contrasts: the study has no 't2f'"),
        ({"maps": ["dcn"]}, "maps: the study has no 'dcn'"),
        ({"standardise": ["site"]}, "standardise: the study has no 'site'"),
        ({"folds": {"protocol": "scanner"}}, "folds.column: the study has no None"),
        (
            {"folds": {"protocol": "scanner", "column": "scanner"}},
            "held_out: names no value of scanner",
        ),
    ],
)
def test_what_the_study_does_not_have_is_named(
    changes: dict[str, Any], said: str, schemas: Path
) -> None:
    config = validate(study(**changes), schemas)
    with pytest.raises(ConfigurationError, match=said):
        check_references(config)


def test_a_label_that_is_no_part_of_a_tumour_is_named_twice(schemas: Path) -> None:
    config = study()
    config["texture"] = {}
    with pytest.raises(ConfigurationError, match="'parenchyma' is no part of a tumour"):
        check_references(validate(config, schemas))
    config = study()
    config["texture"]["use"] = ["t"]
    with pytest.raises(ConfigurationError, match="texture.use: 't' is not defined"):
        check_references(validate(config, schemas))


def test_usual_regions_are_those_of_images() -> None:
    assert set(USUAL_REGIONS) == {*REGIONS, BRAIN}

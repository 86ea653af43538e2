"""A study's names, of the default configuration with some keys changed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from cirl.configuration.validation import validate
from cirl.study.names import StudyNames


@pytest.fixture
def names(project: Path) -> Callable[..., StudyNames]:
    """Names of a study of two cohorts, of which one is simulated, and four arms."""

    def made(**sections: dict) -> StudyNames:
        config = yaml.safe_load((project / "config.yaml").read_text())
        config["study"] = "mine"
        config["cohorts"] = {
            "phantom": {"simulate": {"subjects": 3, "spacing": 4}, "domains": ["scanner", "type"]},
            "clinic": {"root": "data/clinic/", "domains": ["scanner", "site"]},
        }
        config["arms"] = {
            "pre": {"cohorts": ["clinic"]},
            "base": {"start": "pre", "cohorts": ["phantom"]},
            "dann": {
                "start": "base",
                "adversary": {"domains": {"clustering": "kmeans", "k": 3}, "weight": [0.1, 1]},
            },
            "dro": {"group_dro": {"domains": {"clustering": "vdec", "k": "selected"}}},
        }
        config["use"] = {"cohorts": ["phantom", "clinic"], "arms": list(config["arms"])}
        config["folds"]["cv"]["folds"] = 3
        for section, keys in sections.items():
            config[section] = {**config.get(section, {}), **keys}
        return StudyNames(validate(config, project / "rules/schemas"))

    return made

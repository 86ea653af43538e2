"""Rows of detectors: what null stands for, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from cirl.configuration.registries.detectors import DETECTORS
from cirl.configuration.validation import ConfigurationError, check_references, validate
from cirl.study.names import StudyNames

SCHEMAS = Path(__file__).parents[2] / "rules/schemas"


def study(**anomaly: Any) -> dict[str, Any]:
    config = {"study": "mine", "cohorts": {"a": {"simulate": {}, "clinical": ["grade"]}}}
    return validate(config | {"use": {"arms": ["baseline"]}, "anomaly": anomaly}, SCHEMAS)


def test_none_runs_without_being_asked_and_null_asks_for_all() -> None:
    assert study()["anomaly"]["use"] == []
    assert study(use=None)["anomaly"]["use"] == ["flair", "location", "dae", "vae"]


def test_null_becomes_contrasts_kinds_of_scores_and_seeds() -> None:
    config = study(use=["location", "vae", "dae"], seeds=[3, 4])
    names = StudyNames(config)
    location, vae = names.detector_row("location"), names.detector_row("vae")
    assert location["contrasts"] == ["t1n", "t1c", "t2w", "t2f"]
    assert location["scores"][:2] == ["distance", "deviation_t2f"]
    assert vae["scores"] == ["residual_t2f", "residual_t1c", "absolute", "whitened"]
    assert (location["seeds"], vae["seeds"]) == ([3], [3, 4])
    assert names.detector_row("dae")["scores"] == ["whitened", "residual_t2f"]
    runs = names.detections()
    assert len(runs) == 5 * (1 + 2 + 2)
    assert runs[0] == {"protocol": "cv", "detector": "location", "seed": 3, "fold": 0}
    assert len(names.detections(["holdout"], ["dae"])) == 2


def test_kinds_of_scores_of_a_model_without_flair_keep_the_order() -> None:
    assert DETECTORS["vae"].kinds(["t2w", "t1n"])[:2] == ["residual_t2w", "residual_t1n"]
    assert DETECTORS["threshold"].kinds(["t2f"]) == ["zscore", "equalised"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"model": "location", "scores": ["distanc"]}, "scores: location has no 'distanc' here, "),
        ({"model": "vae", "contrasts": ["t2"]}, "contrasts: vae has no 't2' here, did you mean"),
        ({"model": "vae", "cohorts": ["b"]}, "cohorts: vae has no 'b' here"),
        ({"model": "dae", "train_on": "voxels"}, "train_on: voxels, but dae sees whole slices"),
        ({"model": "threshold"}, "contrasts: 4 of them, expected one, as [t2f]"),
        (
            {"model": "vae", "contrasts": ["t1c"], "scores": ["residual_t2f"]},
            "scores: vae has no 'residual_t2f' here",
        ),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_its_key(row: dict[str, Any], message: str) -> None:
    config = study(use=["mine"], detectors={"mine": row})
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    assert f"anomaly.detectors.mine.{message}" in str(caught.value)


def test_a_detector_that_is_not_there_or_called_like_an_arm_is_refused() -> None:
    config = study(use=["lokation", "baseline"], detectors={"baseline": {"model": "location"}})
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    assert "anomaly.use: 'lokation' is not defined" in str(caught.value)
    assert "anomaly.detectors.baseline: an arm has this name too" in str(caught.value)


def test_a_held_out_set_of_nobody_or_by_an_unknown_column_is_refused() -> None:
    config = study(use=["location"], protocols=["holdout"])
    config["folds"]["holdout"]["column"] = "grad"
    with pytest.raises(ConfigurationError) as caught:
        check_references(config)
    assert "folds.holdout.column: the study has no 'grad', did you mean 'grade'?" in str(
        caught.value
    )
    assert "folds.holdout.test: tests nobody" in str(caught.value)

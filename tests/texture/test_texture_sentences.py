"""What the report says of a signature follows from its numbers."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from cirl.study.tables.texture_evidence import DIFFERENCES, STABILITY, SUMMARY
from cirl.texture.design import Target
from cirl.texture.published import PAPER, Confusion
from cirl.texture.sentences import (
    difference_sentences,
    stability_sentences,
    verdict_sentences,
    warning_sentences,
)


def _row(encoder: str, value: float, p: float = np.nan, **given: object) -> dict[str, object]:
    return dict.fromkeys(SUMMARY.names, np.nan) | {
        "target": "grade_high",
        "encoder": encoder,
        "k": 0 if encoder in ("oracle", "first order", "radiomics") else 10,
        "classifier": "l1",
        "fit": "fold",
        "standardise": "",
        "metric": "auc",
        "value": value,
        "ci_low": value - 0.1,
        "ci_high": value + 0.1,
        "null_mean": 0.49,
        "p_family": p,
        "family": 2,
        "smallest_p": 0.001,
        "share_of_oracle": (value - 0.5) / 0.4,
        **given,
    }


def _summary(p: float, **given: object) -> pd.DataFrame:
    rows = [_row("spectrum", 0.8, p, **given), _row("dcn", 0.6, 0.4, **given)]
    return pd.DataFrame([*rows, _row("oracle", 0.9), _row("first order", 0.51)])


def test_evidence_is_said_up_to_alpha_and_not_above():
    (said,) = verdict_sentences(_summary(0.05), alpha=0.05)
    assert "grade_high: the signature tells it. spectrum with 10 textures has AUC 0.80" in said
    assert "p 0.050 after correction, the best of 2 signatures (no less than 0.001" in said
    assert "first order 0.51" in said and "the signature has 75% of that above chance." in said
    (said,) = verdict_sentences(_summary(0.051), alpha=0.05)
    assert (
        "no evidence that a signature tells it" in said and "tells it." not in said.split("AUC")[1]
    )


def test_the_classifier_that_is_first_decides_and_the_forest_stands_beside():
    forest = [_row("dcn", 0.7, 0.01, classifier="forest", smallest_p=0.01)]
    table = pd.concat([_summary(0.3), pd.DataFrame(forest)])
    (said,) = verdict_sentences(table, alpha=0.05)
    assert "no evidence" in said
    assert said.endswith("p 0.010 after correction, no less than 0.010.")


def test_a_leak_is_named_wherever_it_speaks():
    table = pd.concat([_summary(0.3), _summary(0.01, fit="all").iloc[:2]])
    strict, leak = verdict_sentences(table, alpha=0.05)
    assert "no evidence" in strict and "learnt from all" not in strict
    assert "tells it." in leak and "Textures were learnt from all subjects" in leak


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.01, 0.3, "better"), (-0.3, -0.01, "worse"), (-0.1, 0.1, "not told apart")],
)
def test_differences(low, high, said):
    row = dict.fromkeys(DIFFERENCES.names, "") | {
        "target": "grade_high",
        "classifier": "l1",
        "metric": "auc",
        "k": 10,
        "first": "dcn",
        "second": "ae",
        "difference": (low + high) / 2,
        "ci_low": low,
        "ci_high": high,
    }
    (sentence,) = difference_sentences(pd.DataFrame([row]))
    assert sentence.startswith("dcn minus ae: ") and sentence.endswith(f"{said}.")


def test_warnings(design, grades):
    target = Target("grade", np.where(np.arange(60) == 0, 9.0, grades), binary=False)
    said = warning_sentences(design, [target], "subject", ["fold", "all"])
    assert "a leak, named as such" in said[0]
    assert "left out alone" in said[1]
    assert "grade: fewer subjects than folds have the value 9 (1)" in said[2]
    assert warning_sentences(design, [], "stratified", ["fold"]) == []


def test_stability_stands_beside_that_of_nothing():
    row = dict.fromkeys(STABILITY.names, "") | {
        "encoder": "dcn",
        "measure": "ranking",
        "value": 0.92,
        "null_mean": 0.78,
        "p": 0.2,
    }
    (said,) = stability_sentences(pd.DataFrame([row]), "dcn")
    assert "0.92, 0.78 on permuted labels (p 0.200)" in said


def test_the_published_counts_are_the_only_ones():
    published = {"accuracy": 0.70, "sensitivity": 0.78, "specificity": 0.52, "f1": 0.78}
    fitting = [
        counts
        for counts in product(range(50), range(22))
        if all(
            round(Confusion(counts[0], 49 - counts[0], counts[1], 21 - counts[1]).measures[name], 2)
            == value
            for name, value in published.items()
            if counts[0]
        )
        and counts[0]
    ]
    assert fitting == [(PAPER.true_positive, PAPER.true_negative)]
    assert PAPER.measures["balanced_accuracy"] == pytest.approx(0.65, abs=0.001)
    assert PAPER.balanced_interval() == pytest.approx((0.53, 0.77), abs=0.005)
    assert PAPER.always_high["accuracy"] == pytest.approx(0.70)
    assert PAPER.always_high["f1"] == pytest.approx(0.82, abs=0.005)

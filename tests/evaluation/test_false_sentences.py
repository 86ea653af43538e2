"""Whole simulated studies: what is not so is seldom said, and what is so is found.

The full study is benchmarks/false_sentences.py.
"""

import gc

import pytest
from benchmark_modules import benchmark_module
from scipy.stats import binom

pytestmark = pytest.mark.long

MOST = 0.07
"""Share of studies in which a sentence may be false: 5 % and its chance in 400 studies."""


@pytest.fixture(scope="module")
def simulated():
    with benchmark_module("simulated_studies") as module:
        yield module


@pytest.fixture(autouse=True)
def without_collecting_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which statsmodels does at every correction, and is most of a simulation's time."""
    monkeypatch.setattr(gc, "collect", lambda generation=2: 0)


def over(said) -> bool:
    """Whether false sentences are so many that their true share is surely above the bound."""
    return bool(said.sum() > binom.ppf(0.999, len(said), MOST))


def test_where_no_arm_differs_seldom_anything_is_said(simulated) -> None:
    """By the trainings at hand alone 7 of these 25 studies would say that something helped."""
    design = simulated.Design(36, 2, domains=3, protocols=("lodo",), trainings=0.6)
    said = simulated.studies(design, 25, seed=11)
    assert not over(said["helped"]) and not over(said["worse"])


def test_where_no_arm_differs_seldom_a_worst_domain_does(simulated) -> None:
    """By the trainings at hand alone all but one of these studies would say so."""
    design = simulated.Design(60, 2, domains=3, protocols=("lodo",), trainings=0.9)
    worst = simulated.studies(design, 6, seed=12, worst=True)
    assert not over(worst["worst domain better"]) and not over(worst["worst domain worse"])


def test_arms_that_differ_by_the_margin_are_seldom_called_equivalent(simulated) -> None:
    design = simulated.Design(64, 3, folds=3, protocols=("cv",), deviation=0.03)
    said = simulated.studies(simulated.with_gain(design, 0.02, True), 15, seed=13)
    assert not over(said["equivalent"])
    assert simulated.studies(design, 5, seed=14)["equivalent"].all()


def test_what_shuffled_clusters_gain_too_is_seldom_said_of_clusters(simulated) -> None:
    design = simulated.Design(48, 3, folds=3, protocols=("cv",), deviation=0.06)
    alike = simulated.studies(simulated.with_gain(design, 0.05, True), 15, seed=15)
    assert alike["helped"].all() and not over(alike["more than shuffled"])
    assert simulated.studies(simulated.with_gain(design, 0.08), 5, seed=16)[
        "more than shuffled"
    ].all()

"""Through the whole stage: nothing is selected without clusters, and planted ones are found.

The full studies are benchmarks/clustering_level.py and benchmarks/clustering_power.py.
"""

from dataclasses import replace

import numpy as np
import pytest
from benchmark_modules import benchmark_module
from sklearn.metrics import adjusted_rand_score

from cirl.clustering.selection import evidence_sentence
from cirl.configuration.registries.algorithms import TITLES

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def simulated():
    with benchmark_module("simulated_tables") as module:
        yield module


@pytest.fixture(scope="module")
def stage(simulated):
    return replace(
        simulated.Stage(),
        algorithms=("kmeans", "ward"),
        ks=(2, 3, 4, 5, 6),
        draws=19,
        resamplings=6,
        settings={"kmeans": {"starts": 3}},
    )


@pytest.mark.parametrize("kind", ["gaussian", "correlated", "skewed", "heavy", "tied"])
def test_without_clusters_nothing_is_selected(kind, simulated, stage):
    table = simulated.noise_table(kind, 0, 150, 20)
    sweep, _ = simulated.run_stage(table, stage, seed=1)
    assert not sweep["selected"].any()
    assert evidence_sentence(sweep, TITLES) == "No cluster structure was found."


@pytest.mark.parametrize("number", [0, 3])
def test_a_bend_is_more_than_the_null_has_but_no_valley(number, simulated, stage):
    """An arc and a ring: stable, better than any draw, and divided where nothing divides them."""
    table = simulated.noise_table("curved", number, 150, 20)
    sweep, _ = simulated.run_stage(table, stage, seed=1)
    assert sweep["p"].min() <= 0.05
    assert not sweep["selected"].any()
    assert sweep.loc[~sweep["degenerate"], "valley"].min() > 0.4


def test_outliers_reach_a_high_silhouette_and_are_flagged(simulated, stage):
    table = simulated.noise_table("skewed", 0, 150, 20)
    sweep, _ = simulated.run_stage(table, replace(stage, degenerate_below=0.04), seed=1)
    best = sweep.loc[sweep["silhouette"].idxmax()]
    assert best["silhouette"] > 0.7
    assert best["degenerate"] and not best["selected"]


def test_any_correlation_beats_a_permutation(simulated, stage):
    """This is why the copula is the default."""
    table = simulated.noise_table("correlated", 1, 150, 20)
    smallest = {
        reference: simulated.run_stage(table, replace(stage, reference=reference), 1)[0]["p"].min()
        for reference in ("permutation", "copula")
    }
    assert smallest["permutation"] == pytest.approx(1 / 20)
    assert smallest["copula"] > 0.1


@pytest.mark.parametrize("groups", [3, 5])
def test_planted_clusters_are_found(groups, simulated, stage):
    table, labels = simulated.planted_table(groups, 0, 200, 30, 8)
    assert np.bincount(labels).min() == round(200 * min(simulated.SHARES[groups]))
    sweep, fits = simulated.run_stage(table, stage, seed=1)
    chosen = sweep[sweep["selected"]]
    assert (chosen["k"] == groups).any()
    for number in chosen.index[chosen["k"] == groups]:
        assert adjusted_rand_score(labels, fits[number].labels) >= 0.9

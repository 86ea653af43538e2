"""The test against the null is exact over a whole sweep."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.significance import (
    null_columns,
    stability_columns,
)
from cirl.study.tables.clustering import NULLS, STABILITIES


def nulls(values, family="features"):
    """Draws of some clusterings, given as {(algorithm, k): silhouettes}."""
    rows = [
        (family, number, algorithm, k, value, 0.3)
        for (algorithm, k), draws in values.items()
        for number, value in enumerate(draws)
    ]
    return pd.DataFrame(rows, columns=NULLS.names)


def observed(values):
    return pd.DataFrame(
        [(algorithm, k, value) for (algorithm, k), value in values.items()],
        columns=["algorithm", "k", "silhouette"],
    )


def test_p_of_one_clustering_counts_draws_that_are_not_below():
    draws = nulls({("ward", 2): [0.1, 0.2, 0.3, 0.4]})
    for silhouette, expected in ((0.5, 1 / 5), (0.4, 2 / 5), (0.25, 3 / 5), (0.0, 5 / 5)):
        row = null_columns(observed({("ward", 2): silhouette}), draws, 0.5).iloc[0]
        assert row["p"] == row["p_uncorrected"] == pytest.approx(expected)
    assert row["null_mean"] == pytest.approx(0.25)
    assert row["null_sd"] == pytest.approx(np.std([0.1, 0.2, 0.3, 0.4], ddof=1))
    assert row["silhouette_z"] == pytest.approx(-0.25 / row["null_sd"])


def test_correction_counts_draws_that_stand_out_anywhere():
    """Draw 0 stands out at k = 2, draw 1 at k = 3: each counts against both."""
    draws = {
        ("ward", 2): [0.9, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2],
        ("ward", 3): [0.1, 0.9, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2],
    }
    found = null_columns(observed({("ward", 2): 0.5, ("ward", 3): 0.0}), nulls(draws), 0.1)
    assert found["p_uncorrected"].tolist() == pytest.approx([2 / 10, 10 / 10])
    assert found["p"].iloc[0] == pytest.approx(3 / 10)


def test_a_scale_of_its_own_gives_no_clustering_more_weight():
    random = np.random.default_rng(0)
    draws = {("a", 2): random.normal(size=50), ("b", 2): 100 + 1000 * random.normal(size=50)}
    real = {("a", 2): 6.0, ("b", 2): 100.0}
    found = null_columns(observed(real), nulls(draws), 0.1)
    assert found["p"].iloc[0] == pytest.approx(1 / 51) and found["p"].iloc[1] > 0.5


def test_corrected_test_keeps_its_level_over_the_sweep():
    """Of correlated clusterings without structure, 10 % of the sweeps have a p up to 0.1."""
    random = np.random.default_rng(1)
    keys = [(algorithm, k) for algorithm in ("a", "b", "c") for k in range(2, 8)]
    smallest, uncorrected = [], []
    for _ in range(200):
        shared = random.normal(size=(20, 1))
        values = shared + np.exp(random.normal(size=(20, len(keys))))
        draws = nulls(dict(zip(keys, values[1:].T, strict=True)))
        found = null_columns(observed(dict(zip(keys, values[0], strict=True))), draws, 0.1)
        smallest.append(found["p"].min())
        uncorrected.append(found["p_uncorrected"].min())
    assert np.mean(np.array(smallest) <= 0.1) == pytest.approx(0.1, abs=0.05)
    assert np.mean(np.array(uncorrected) <= 0.1) > 0.4


def test_families_are_corrected_by_holm():
    values = {("ward", 2): np.linspace(0, 0.2, 19), ("ward", 3): np.linspace(0, 0.2, 19)}
    tables = [
        nulls(values),
        nulls({("vdec", 2): np.linspace(0, 0.2, 19)}, "vdec"),
        nulls({("dec", 2): np.linspace(0, 0.2, 19)}, "dec"),
    ]
    real = observed({("ward", 2): 0.9, ("ward", 3): 0.0, ("vdec", 2): 0.5, ("dec", 2): 0.195})
    found = null_columns(real, pd.concat(tables), 0.05).set_index(
        real["algorithm"] + real["k"].map(str)
    )
    # Smallest p of the families: 1/20, 1/20, 2/20; times 3, 2 and 1.
    assert found.loc["ward2", "p"] == pytest.approx(3 / 20)
    assert found.loc["vdec2", "p"] == pytest.approx(3 / 20)
    assert found.loc["dec2", "p"] == pytest.approx(3 / 20)
    assert found.loc["ward3", "p"] == 1
    assert found.loc["dec2", "p_uncorrected"] == pytest.approx(2 / 20)


def test_without_draws_nothing_is_known():
    real = observed({("ward", 2): 0.9, ("gmm", 2): np.nan})
    assert null_columns(real, NULLS.read_all([]), 0.05).isna().all(axis=None)
    one = null_columns(real, nulls({("ward", 2): [0.1, 0.2], ("gmm", 2): [0.1, 0.2]}), 0.05)
    assert one["p"].notna().tolist() == [True, False]
    none = stability_columns(real, STABILITIES.read_all([]))
    assert none.isna().all(axis=None)


def test_draws_with_an_undefined_silhouette_do_not_count_as_high():
    draws = nulls({("gmm", 2): [0.1, np.nan, 0.3], ("ward", 2): [0.1, 0.2, 0.3]})
    found = null_columns(observed({("gmm", 2): 0.4, ("ward", 2): 0.4}), draws, 0.05)
    assert found["p"].tolist() == pytest.approx([1 / 4, 1 / 4])
    assert found["null_mean"].tolist() == pytest.approx([0.2, 0.2])


def test_stability_is_the_mean_over_subsamples_and_over_seeds():
    rows = [("f", "vdec", 2, "resample", n, ari) for n, ari in enumerate((0.5, 0.7))]
    rows += [("f", "vdec", 2, "seed", n, ari) for n, ari in enumerate((0.1, 0.3, 0.2))]
    rows += [("f", "ward", 2, "resample", 0, 0.9)]
    table = pd.DataFrame(rows, columns=STABILITIES.names)
    found = stability_columns(observed({("ward", 2): 0, ("vdec", 2): 0, ("vdec", 3): 0}), table)
    assert found["stability"].tolist() == pytest.approx([0.9, 0.6, np.nan], nan_ok=True)
    assert found["stability_seeds"].tolist() == pytest.approx([np.nan, 0.2, np.nan], nan_ok=True)


def test_family_of_too_few_draws_takes_nothing_from_the_others():
    real = observed({("ward", 2): 0.9, ("vdec", 2): 0.9})
    deep = nulls({("vdec", 2): [0.1, 0.2, 0.3]}, "vdec")
    found = null_columns(
        real, pd.concat([nulls({("ward", 2): np.linspace(0, 0.2, 19)}), deep]), 0.05
    )
    assert found["p"].tolist() == pytest.approx([1 / 20, 1 / 4])

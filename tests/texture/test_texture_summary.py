"""What is planted is found, beside who knows it and who knows nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from planted_shares import planted_shares

from cirl.metrics.statistics import Bootstrap
from cirl.study.tables.texture_evidence import (
    DIFFERENCES,
    IMPORTANCES,
    NULL_MEASURES,
    PREDICTIONS,
    STABILITY,
    SUMMARY,
)
from cirl.texture.design import read_targets, small_classes
from cirl.texture.examination import Evidence, examine
from cirl.texture.models import Models
from cirl.texture.summary import compare, summarise


def _encoded(shares: np.ndarray, noise: float, seed: int) -> np.ndarray:
    """Return shares of six clusters, in another order in each fold."""
    random = np.random.default_rng(seed)
    book = random.dirichlet(np.full(6, 0.3), 4)
    mixed = (shares @ book) * np.exp(noise * random.normal(size=(len(shares), 6)))
    mixed /= mixed.sum(axis=1, keepdims=True)
    return np.stack([mixed[:, random.permutation(6)] for _ in range(10)])


@pytest.fixture(scope="module")
def examined(design, folds, grades):
    shares = planted_shares(grades)
    targets = read_targets(folds, "grade")
    settings = Evidence(99, 0.5, trees=20, forest_draws=1, seed=0, classifiers=["l1"])
    both = replace(settings, classifiers=["l1", "forest"])
    noise = np.random.default_rng(5).dirichlet(np.ones(4), 60)
    spectra = [_encoded(shares, 0.1, seed) for seed in (0, 1)]
    models = {
        ("spectrum", 6, "fold"): dict(enumerate(spectra)),
        ("dcn", 6, "fold"): {0: _encoded(noise, 0.1, 2)},
        ("ae", 6, "fold"): {0: _encoded(noise, 0.1, 3)},
        ("dcn", 6, "all"): {0: _encoded(noise, 0.1, 2)},
        ("oracle", 0, "fold"): {0: np.broadcast_to(shares, (10, 60, 4))},
        ("first order", 0, "fold"): {0: np.broadcast_to(noise, (10, 60, 4))},
    }
    return targets, [
        examine(
            {"encoder": encoder, "k": k, "fit": fit, "standardise": ""},
            features,
            design,
            targets,
            both if encoder == "spectrum" else settings,
            clusters=k > 0,
        )
        for (encoder, k, fit), features in models.items()
    ]


@pytest.fixture(scope="module")
def models(examined, design):
    targets, parts = examined
    predictions = pd.concat([part.predictions for part in parts], ignore_index=True)
    return [
        Models(one, design, predictions[predictions["target"] == one.name], Bootstrap(500))
        for one in targets
    ]


@pytest.fixture(scope="module")
def summary(examined, models):
    null = pd.concat([part.null for part in examined[1]], ignore_index=True)
    return summarise(models, null)


def _row(table: pd.DataFrame, **values: object) -> pd.Series:
    chosen = np.logical_and.reduce([table[name] == value for name, value in values.items()])
    assert chosen.sum() == 1
    return table[chosen].iloc[0]


def test_the_planted_signature_is_evidence_and_noise_is_not(summary):
    own = {"target": "grade_high", "classifier": "l1", "fit": "fold", "metric": "auc"}
    planted, noise = (_row(summary, encoder=name, **own) for name in ("spectrum", "dcn"))
    assert planted["value"] > 0.8 and planted["p_family"] == pytest.approx(0.01)
    assert noise["p_family"] > 0.05 and noise["p_family"] >= noise["p"]
    assert planted["family"] == 3 and planted["draws"] == 99 and planted["seeds"] == 2
    assert planted["ci_low"] < planted["value"] < planted["ci_high"] < 1
    oracle = _row(summary, encoder="oracle", **own)
    assert oracle["share_of_oracle"] == 1 and np.isnan(oracle["p_family"])
    expected = (planted["value"] - 0.5) / (oracle["value"] - 0.5)
    assert planted["share_of_oracle"] == pytest.approx(expected)


def test_the_majority_and_the_smallest_p_stand_beside(summary):
    high = summary[summary["target"] == "grade_high"].set_index("metric")["majority"]
    assert high["auc"].eq(0.5).all() and high["balanced_accuracy"].eq(0.5).all()
    graded = summary[summary["target"] == "grade"].set_index("metric")["majority"]
    assert graded["mean_error"].to_numpy() == pytest.approx(1.0)  # of 0 to 3, each as often
    of_l1 = summary[(summary["classifier"] == "l1")]
    assert of_l1["smallest_p"].to_numpy() == pytest.approx(0.01)
    forests = summary[(summary["classifier"] == "forest") & (summary["draws"] > 0)]
    assert forests["smallest_p"].to_numpy() == pytest.approx(0.5)
    assert set(forests["target"]) == {"grade_high"}


def test_an_error_is_better_the_lower_it_is(summary):
    row = _row(summary, encoder="spectrum", target="grade", classifier="l1", metric="mean_error")
    assert row["value"] < row["null_95"] < row["null_mean"] and row["p"] == pytest.approx(0.01)


def test_differences_are_paired(models, summary):
    found = compare(models)
    own = found[(found["metric"] == "auc") & (found["classifier"] == "l1")]
    pairs = set(zip(own["first"], own["second"], strict=True))
    assert {("dcn", "ae"), ("dcn", "spectrum"), ("spectrum", "first order")} <= pairs
    leak = own[own["second"] == "dcn (fitted on all)"].iloc[0]
    assert (leak["difference"], leak["ci_low"], leak["ci_high"]) == (0, 0, 0)
    lost = own[(own["first"] == "dcn") & (own["second"] == "spectrum")].iloc[0]
    values = summary[(summary["target"] == "grade_high") & (summary["metric"] == "auc")].query(
        "classifier == 'l1' and fit == 'fold'"
    )
    by_encoder = values.set_index("encoder")["value"]
    assert lost["difference"] == pytest.approx(by_encoder["dcn"] - by_encoder["spectrum"])
    assert lost["ci_high"] < 0


def test_importances_are_matched_and_beside_their_null(examined):
    planted = examined[1][0]
    own = planted.importances.query("classifier == 'l1' and target == 'grade_high' and seed == 0")
    assert own["cluster"].tolist() == [1, 2, 3, 4, 5, 6]
    strongest = own.loc[own["importance"].idxmax()]
    assert strongest["p_family"] <= 0.05 and strongest["importance"] > strongest["null_95"]
    assert abs(strongest["sign"]) == 1
    stability = planted.stability.query("classifier == 'l1' and target == 'grade_high'")
    clusters = stability[stability["measure"] == "clusters"]
    assert clusters["value"].to_numpy() == pytest.approx(1.0)
    ranking = stability[stability["measure"] == "ranking"]
    assert (ranking["value"] > ranking["null_95"]).all()


def test_tables_have_their_columns(examined, models, summary, tmp_path):
    part = examined[1][0]
    for table, frame in (
        (PREDICTIONS, part.predictions[PREDICTIONS.names]),
        (NULL_MEASURES, part.null),
        (IMPORTANCES, part.importances),
        (STABILITY, part.stability),
        (SUMMARY, summary),
        (DIFFERENCES, compare(models)),
    ):
        table.write(frame, tmp_path / "table.csv")
        pd.testing.assert_frame_equal(
            table.read(tmp_path / "table.csv").reset_index(drop=True),
            frame.reset_index(drop=True),
            check_dtype=False,
            check_column_type=False,
        )


def test_a_class_smaller_than_the_number_of_folds_is_named(design, folds):
    targets = read_targets(folds, "grade")
    assert small_classes(targets[1], design) == {}
    rare = targets[1].values.copy()
    rare[:59] = np.maximum(rare[:59], 1)
    rare[0] = 0
    assert small_classes(replace(targets[1], values=rare), design) == {0.0: 1}

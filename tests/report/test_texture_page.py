"""The page and figures of a texture signature, from small tables."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from planted_shares import fold_table, planted_shares

from cirl.metrics.statistics import Bootstrap
from cirl.report.figures import texture_areas, texture_importances, texture_predictions
from cirl.report.pages.texture import texture_page
from cirl.study.tables.texture import TEXTURE_FOLDS
from cirl.study.tables.texture_evidence import (
    DIFFERENCES,
    IMPORTANCES,
    PLANTED,
    PREDICTIONS,
    STABILITY,
    SUMMARY,
)
from cirl.texture.examination import Evidence, examine
from cirl.texture.models import Models
from cirl.texture.summary import compare, summarise
from cirl.texture.tasks import read_question


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signature")
    paths = {
        name: folder / f"{name}.csv"
        for name in ("folds", "summary", "differences", "predictions", "importances", "stability")
    }
    grades = np.arange(32) % 4
    TEXTURE_FOLDS.write(fold_table(grades, 4), paths["folds"])
    question = read_question(paths["folds"], "grade", "stratified")
    shares = planted_shares(grades)
    found = [
        examine(
            {"encoder": name, "k": k, "fit": "fold", "standardise": ""},
            {0: np.broadcast_to(values, (4, 32, 4))},
            question.design,
            question.targets,
            Evidence(49, 0.5, 0, 0, 0, classifiers=["l1"]),
            clusters=k > 0,
        )
        for name, k, values in (
            ("<b>spectrum", 4, shares),
            ("dcn", 4, np.random.default_rng(9).dirichlet(np.ones(4), 32)),
            ("oracle", 0, shares),
        )
    ]
    tables = {
        name: pd.concat([getattr(part, name) for part in found], ignore_index=True)
        for name in ("predictions", "null", "importances", "stability")
    }
    models = [
        Models(one, question.design, own, Bootstrap(200))
        for one in question.targets
        for own in [tables["predictions"][tables["predictions"]["target"] == one.name]]
    ]
    SUMMARY.write(summarise(models, tables["null"]), paths["summary"])
    DIFFERENCES.write(compare(models), paths["differences"])
    PREDICTIONS.write(tables["predictions"][PREDICTIONS.names], paths["predictions"])
    IMPORTANCES.write(tables["importances"], paths["importances"])
    STABILITY.write(tables["stability"], paths["stability"])
    return {name: str(path) for name, path in paths.items()}


def test_the_page_says_what_the_tables_say(files, tmp_path):
    planted = pd.DataFrame(
        [["dcn", 4, "fold", 0, fold, 100, 0.2 + 0.1 * fold, 1.2] for fold in (0, 1)],
        columns=PLANTED.names,
    )
    PLANTED.write(planted, tmp_path / "planted.csv")
    question = read_question(files["folds"], "grade", "stratified")
    args = ("grade", question, "stratified", ["fold"])
    html = texture_page(*args, 0.05, files, [tmp_path / "planted.csv"])
    assert "the signature tells it. &lt;b&gt;spectrum with 4 textures" in html
    assert "<b>spectrum" not in html
    assert "balanced accuracy 0.65 [0.53, 0.77]" in html
    assert "0.250" in html and "0.200 to 0.300" in html  # nats, over two folds
    summary = SUMMARY.read(files["summary"])
    row = summary[(summary["encoder"] == "dcn") & (summary["metric"] == "auc")].iloc[0]
    assert f"{row['value']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}]" in html
    strict = texture_page(*args, 0.001, files)
    assert "no evidence that a signature tells it" in strict and "planted" not in strict


def test_areas_have_a_dot_a_model_filled_where_it_is_evidence(files):
    figure = texture_areas.draw(files["summary"])
    summary = SUMMARY.read(files["summary"])
    for axis, metric in zip(figure.axes, ("auc", "concordance"), strict=True):
        rows = summary[summary["metric"] == metric]
        dots = [line for line in axis.lines if line.get_marker() == "o"]
        assert [line.get_xdata()[0] for line in dots] == rows["value"].tolist()
        small = rows["p_family"].fillna(rows["p"]) <= 0.05
        assert [line.get_fillstyle() == "full" for line in dots] == small.tolist()
    plt.close(figure)


def test_predictions_have_a_panel_a_model_and_a_dot_a_subject(files):
    figure = texture_predictions.draw(files["predictions"])
    assert [axis.get_title() for axis in figure.axes] == [
        "<b>spectrum\n4 textures",
        "dcn\n4 textures",
        "oracle",
    ]
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "."]
    assert len(dots[0].get_xdata()) == 32
    plt.close(figure)


def test_importances_are_sorted_beside_their_null(files):
    figure = texture_importances.draw(files["importances"])
    own = IMPORTANCES.read(files["importances"])
    own = own[(own["encoder"] == "dcn") & (own["target"] == "grade_high")]
    axis = figure.axes[1]
    heights = [bar.get_height() for bar in axis.patches]
    assert heights == sorted(own["importance"], reverse=True)
    labels = [int(label.get_text()) for label in axis.get_xticklabels()]
    assert labels == own.sort_values("importance", ascending=False)["cluster"].tolist()
    plt.close(figure)

"""No subject is lost for want of features, and excluded ones are not used."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.assembly import Features
from cirl.clustering.assignments import (
    assignment_table,
    read_assignment,
    read_domains,
    used_subjects,
)
from cirl.clustering.clusterers import KMeans
from cirl.clustering.features import FeatureSpace, Projection
from cirl.clustering.missing import add_missing, add_others

VALUES = np.array([[0.0], [0.2], [0.4], [10.0], [10.2]])
LABELS = np.array([0, 0, 0, 1, 1])
EVERYONE = ["a_1", "a_2", "a_3", "a_4", "a_5", "a_0", "b_9"]


@pytest.fixture
def table():
    return assignment_table(["a_1", "a_2", "a_3", "a_4", "a_5"], LABELS, np.full(5, 0.8))


@pytest.mark.parametrize(
    ("missing", "cluster"), [("own_domain", 2), ("nearest", 0), ("exclude", pd.NA)]
)
def test_every_subject_has_a_row(table, missing, cluster, tmp_path):
    full = add_missing(table, EVERYONE, 2, missing, VALUES)
    assert full["subject"].tolist() == sorted(EVERYONE)
    added = full[full["subject"].isin(["a_0", "b_9"])]
    assert added["confidence"].isna().all()
    assert [value is cluster or value == cluster for value in added["cluster"]] == [True, True]
    full.to_csv(tmp_path / "k2.csv", index=False)
    fitted = read_assignment(tmp_path / "k2.csv")
    assert fitted.to_dict() == dict(zip(EVERYONE[:5], LABELS, strict=True))


def test_nearest_is_the_cluster_nearest_to_the_mean_of_all():
    values = np.array([[0.0], [0.0], [0.0], [9.0], [30.0]])
    labels = np.array([0, 0, 0, 1, 2])
    table = assignment_table(list("abcde"), labels, np.ones(5))
    full = add_missing(table, list("abcdef"), 3, "nearest", values)
    # The mean is 7.8: nearest to 9, although the largest cluster is at 0.
    assert full["cluster"].tolist() == [0, 0, 0, 1, 2, 1]


def test_nothing_is_added_where_all_have_features(table):
    full = add_missing(table, EVERYONE[:5], 2, "own_domain", VALUES)
    pd.testing.assert_frame_equal(full, table)


@pytest.mark.parametrize("policy", ["exclude", "nearest"])
def test_subjects_that_were_not_fitted_are_assigned_and_outliers_by_policy(policy, tmp_path):
    index = pd.Index(["a_1", "a_2", "a_3", "a_4", "a_5", "a_6", "a_7"], name="subject")
    values = pd.DataFrame({"x": [0.0, 0.2, 0.4, 10.0, 10.2, 9.0, 99.0]}, index=index)
    status = pd.Series(["fitted"] * 5 + ["assigned", "outlier"], index=index)
    features = Features(values, status)
    model = KMeans(2).fit(VALUES)
    table = assignment_table(features.fitted.index, model.labels_, model.confidences_)
    projection = Projection(FeatureSpace()).fit(features.fitted)
    full = add_others(table, model, features, projection, policy)
    assert full["status"].tolist() == status.tolist()
    assert full["cluster"].tolist()[:6] == [0, 0, 0, 1, 1, 1]
    held_out, unlike = full.iloc[5], full.iloc[6]
    # Its distance to 10.1 over that to 0.2.
    assert held_out["confidence"] == pytest.approx(1 - 1.1 / 8.8)
    assert unlike["cluster"] is pd.NA if policy == "exclude" else unlike["cluster"] == 1
    assert np.isnan(unlike["confidence"]) == (policy == "exclude")
    full.to_csv(tmp_path / "k2.csv", index=False)
    assert read_assignment(tmp_path / "k2.csv").index.tolist() == [f"a_{n}" for n in range(1, 6)]


def test_excluded_subjects_are_not_used(tmp_path):
    cohort = pd.DataFrame(
        {
            "subject": ["a_1", "a_2", "a_3"],
            "status": ["ok", "excluded", "ok"],
            "scanner": ["x", "y", ""],
        }
    )
    cohort.to_csv(tmp_path / "subjects.csv", index=False)
    assert used_subjects(tmp_path / "subjects.csv") == ["a_1", "a_3"]
    domains = read_domains(tmp_path / "subjects.csv", ["scanner"])
    assert domains["scanner"].isna().tolist() == [False, False, True]
    assert read_domains(None, [], ["a_1"]).shape == (1, 0)

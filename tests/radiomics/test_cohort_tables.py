"""Tables of several cohorts become one, on what all of them have."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from cirl.clustering.features import standardise
from cirl.clustering.linkage import cut, ward_linkage
from cirl.clustering.outliers import OutlierDetector, OutlierSettings
from cirl.radiomics.cohort_tables import cohorts_of, harmonise, import_tables
from cirl.radiomics.table import TableSettings, import_table

FOLDER = os.environ.get("CIRL_REAL_DATA")


@pytest.fixture
def settings(tmp_path) -> TableSettings:
    """The published spelling, and columns as this workflow measures them."""
    (tmp_path / "first.csv").write_text(
        "ImageID,original_shape_elongation,original_glcm_Contrast,extra\n"
        "7,0.5,10,1\n"
        "8,0.6,(1+2j),2\n"
        "9,,,\n"
    )
    (tmp_path / "second.csv").write_text(
        "subject,t1c_WT_original_glcm_Contrast,t2f_WT_original_glcm_Contrast,"
        "WT_original_shape_Elongation\n"
        "7,30,99,0.9\n"
    )
    return TableSettings(
        path={"goat": str(tmp_path / "first.csv"), "ms": str(tmp_path / "second.csv")},
        subject_column={"goat": "ImageID", "ms": "subject"},
        strip=["t1c_WT_", "WT_"],
    )


def test_joins_the_columns_that_all_tables_have(settings) -> None:
    features, missing, records = import_tables(settings)
    assert features.index.tolist() == ["goat_7", "goat_8", "ms_7"]
    assert list(features) == ["original_shape_elongation", "original_glcm_Contrast"]
    np.testing.assert_array_equal(features, [[0.5, 10], [0.6, np.nan], [0.9, 30]])
    assert missing.to_dict("records") == [{"subject": "goat_9", "reason": "no number in the table"}]
    left_out = {(r["column"], r["detail"]) for r in records if r["action"] == "not in every table"}
    assert left_out == {("extra", "of goat"), ("t2f_WT_original_glcm_Contrast", "of ms")}
    assert [r["column"] for r in records if r["action"] == "unreadable"] == [
        "original_glcm_Contrast"
    ]
    assert cohorts_of([*features.index, "goat_9"]).to_dict("list") == {
        "subject": ["goat_7", "goat_8", "goat_9", "ms_7"],
        "cohort": ["goat", "goat", "goat", "ms"],
    }


def test_one_table_is_read_as_it_is(settings) -> None:
    single = TableSettings(settings.path["goat"], "ImageID")
    for found, expected in zip(import_tables(single), import_table(single), strict=True):
        assert found.equals(expected) if isinstance(found, pd.DataFrame) else found == expected


def test_columns_that_become_one_and_tables_without_a_common_one_are_refused(settings) -> None:
    strip = ["t1c_WT_", "t2f_WT_"]
    twice = TableSettings(settings.path, settings.subject_column, strip=strip)
    with pytest.raises(ValueError, match="second.csv: more than one column becomes"):
        import_tables(twice)
    with pytest.raises(ValueError, match="no column is in all of the tables; goat: 'original_sh"):
        import_tables(TableSettings(settings.path, settings.subject_column))


@pytest.fixture(scope="module")
def shifted() -> tuple[pd.DataFrame, pd.Series]:
    """Two cohorts of which the second has other means and spreads, and a constant column."""
    random = np.random.default_rng(0)
    values = np.vstack([random.normal(size=(30, 3)), random.normal(5, 4, size=(20, 3))])
    index = pd.Index([f"a_{n}" for n in range(30)] + [f"b_{n}" for n in range(20)])
    table = pd.DataFrame(values, index=index, columns=list("xyz")).assign(still=2.0)
    return table, cohorts_of(index).set_index("subject")["cohort"]


def test_harmonised_features_are_z_scores_within_each_cohort(shifted) -> None:
    table, cohorts = shifted
    table = table.copy()
    table.iloc[3, 0] = np.nan
    found = harmonise(table, cohorts)
    for cohort in ("a", "b"):
        own = found[cohorts[found.index] == cohort]
        np.testing.assert_allclose(own.mean(), 0, atol=1e-12)
        np.testing.assert_allclose(own[list("xyz")].std(ddof=0), 1)
    assert (found["still"] == 0).all() and np.isnan(found.iloc[3, 0])


def test_held_out_subjects_do_not_set_the_scale(shifted) -> None:
    table, cohorts = shifted
    training = [name for name in table.index if not name.endswith("7")]
    before = harmonise(table, cohorts, training)
    changed = table.copy()
    changed.loc["b_17"] *= 1000
    after = harmonise(changed, cohorts, training)
    pd.testing.assert_frame_equal(after.drop("b_17"), before.drop("b_17"))
    with pytest.raises(ValueError, match="no training subject is of cohort b"):
        harmonise(table, cohorts, [name for name in training if name.startswith("a")])


@pytest.mark.real_data
@pytest.mark.skipif(not FOLDER, reason="CIRL_REAL_DATA does not name a folder of real data")
def test_real_tables_of_two_cohorts_cluster_together(tmp_path) -> None:
    """The published table in two halves, one of them as another scanner would have measured it."""
    whole = pd.read_csv(Path(str(FOLDER)) / "goat_radiomics/features.csv", dtype=str)
    halves = {"one": whole.iloc[::2], "two": whole.iloc[1::2].rename(columns=str.lower)}
    for name, half in halves.items():
        half.to_csv(tmp_path / f"{name}.csv", index=False)
    settings = TableSettings(
        {name: str(tmp_path / f"{name}.csv") for name in halves},
        {"one": "ImageID", "two": "imageid"},
        unreadable="zero",
    )
    features, missing, _ = import_tables(settings)
    assert features.shape == (1537, 107) and missing.empty  # four are diagnostics
    cohorts = cohorts_of(features.index).set_index("subject")["cohort"]

    def agreement(table: pd.DataFrame) -> float:
        values = standardise(table)
        usual = ~OutlierDetector(OutlierSettings("distance"), 0).fit(values).outliers(values)
        clusters = cut(ward_linkage(values[usual]), 2)
        return adjusted_rand_score(cohorts[table.index[usual]], clusters)

    assert abs(agreement(features)) < 0.01
    other = features.copy()
    intensities = [name for name in features if "firstorder" in name or "gl" in name]
    other.loc[cohorts == "two", intensities] += 4 * features[intensities].std()
    assert agreement(other) > 0.95
    assert abs(agreement(harmonise(other, cohorts))) < 0.05

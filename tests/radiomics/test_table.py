"""The table of a study: described, written, or brought by the study itself."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cirl.radiomics.table import (
    COLUMNS_AT_A_TIME,
    TableSettings,
    import_table,
    keep_used,
    summarise_features,
    write_features,
)
from cirl.study.tables.radiomics import FEATURE_TABLE


def test_summary_against_closed_forms() -> None:
    features = pd.DataFrame({"a": [1.0, 2.0, 6.0, np.nan], "b": [5.0, 5.0, 5.0, 5.0]})
    summary = summarise_features(features)
    assert list(summary) == ["feature", "mean", "sd", "min", "max", "n", "missing"]
    assert summary.loc[0, ["mean", "min", "max", "n", "missing"]].tolist() == [3, 1, 6, 3, 1]
    assert summary.loc[0, "sd"] == pytest.approx(np.sqrt(7))  # 14 / (3 - 1)
    assert summary.loc[1, "sd"] == 0


def test_summary_in_blocks_is_that_of_the_whole() -> None:
    random = np.random.default_rng(0)
    features = pd.DataFrame(random.lognormal(size=(20, 2 * COLUMNS_AT_A_TIME + 3))).add_prefix("f")
    summary = summarise_features(features).set_index("feature")
    pd.testing.assert_series_equal(
        summary["sd"], features.std(), check_names=False, check_exact=True
    )


def test_tables_are_written_as_pandas_writes_them(tmp_path: Path) -> None:
    values = np.random.default_rng(0).lognormal(sigma=20, size=(7, 3))
    values[2, 1] = np.nan
    features = pd.DataFrame(values, [f"c_{n}" for n in range(6)] + ['c_a "b", c'], ["x", "y", "z"])
    features = features.rename_axis("subject")
    write_features(features, tmp_path / "a.csv", rows=3)
    features.to_csv(tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "a.csv", index_col=0), features, check_exact=True
    )


def test_some_columns_are_read_with_names_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("subject,x,y,z\n007,1.5,2,3\n010,,4,5\n")
    assert FEATURE_TABLE.header(tmp_path / "a.csv") == ["subject", "x", "y", "z"]
    table = FEATURE_TABLE.read(tmp_path / "a.csv", {"subject", "z", "x", "none"}).set_index(
        "subject"
    )
    assert table.index.tolist() == ["007", "010"] and list(table) == ["x", "z"]
    np.testing.assert_array_equal(table["x"], [1.5, np.nan])


OWN = """id,size,entropy,remark
s2,3,(1+2j),stable
s10,-1e-3,inf,
s1,,0.5,7
"""


@pytest.mark.parametrize(("unreadable", "expected"), [("missing", np.nan), ("zero", 0.0)])
def test_own_table(tmp_path: Path, unreadable, expected) -> None:
    (tmp_path / "own.csv").write_text(OWN)
    settings = TableSettings(str(tmp_path / "own.csv"), "id", unreadable)
    features, missing, records = import_table(settings)
    assert list(features.index) == ["s1", "s10", "s2"] and missing.empty
    assert list(features.columns) == ["size", "entropy", "remark"]
    np.testing.assert_equal(features["size"].to_numpy(), [np.nan, -1e-3, 3.0])
    np.testing.assert_equal(features["entropy"].to_numpy(), [0.5, expected, expected])
    np.testing.assert_equal(features["remark"].to_numpy(), [7.0, np.nan, expected])
    cells = [(record["column"], record["detail"].split(" taken")[0]) for record in records]
    assert cells == [
        ("entropy", "s2: '(1+2j)'"), ("entropy", "s10: 'inf'"), ("remark", "s2: 'stable'")
    ]  # fmt: skip
    assert {record["action"] for record in records} == {"unreadable"}


def test_own_table_keeps_a_subject_without_numbers(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("subject,a,b\nx,1,2\ny,,n/a?\n")
    features, missing, _ = import_table(TableSettings(str(tmp_path / "own.csv")))
    assert list(features.index) == ["x"]
    assert missing.to_dict("records") == [{"subject": "y", "reason": "no number in the table"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("patient,a\nx,1\n", "'subject'.*subject_column.*'patient', 'a'"),
        ("subject,a\nx,1\nx,2\n", "line 3: column 'subject' names 'x', as line 2 does"),
        ("subject,a\nx,1\nx ,2\n", "line 3: column 'subject' names 'x', as line 2 does"),
        ("subject,a\nx,1\n,2\n", "line 3: column 'subject' is empty"),
        ("subject,a\nx,1\ny,2,3\n", "line 3: 3 cells"),
        ("subject,a,a\nx,1,2\n", "columns 2 and 3 are both called 'a'"),
        ("subject;a\nx;1\ny;2,5\n", "line 3: column 'a' has '2,5', expected a decimal point"),
        ("subject,a\n", "has no row"),
        ("subject,Label\nx,1\n", "has no column of features"),
    ],
)
def test_own_table_that_cannot_be_used_says_why(tmp_path: Path, text, said) -> None:
    (tmp_path / "own.csv").write_text(text)
    with pytest.raises(ValueError, match=said):
        import_table(TableSettings(str(tmp_path / "own.csv")))


def test_an_own_table_keeps_the_subjects_that_the_images_let_take_part() -> None:
    features = pd.DataFrame({"x": [1.0, 2.0, 3.0]}, index=["c_a", "c_b", "c_z"])
    missing = pd.DataFrame([("c_d", "no number")], columns=["subject", "reason"])
    subjects = pd.DataFrame(
        {
            "subject": ["c_a", "c_b", "c_c"],
            "status": ["ok", "excluded", "ok"],
            "reason": ["", "torn", ""],
        }
    )
    kept, left_out = keep_used(features, missing, subjects)
    assert kept.index.tolist() == ["c_a"]
    assert left_out.to_numpy().tolist() == [
        ["c_d", "no number"],
        ["c_b", "torn"],
        ["c_z", "not among the subjects of the cohorts"],
        ["c_c", "no row in the feature table"],
    ]
    with pytest.raises(ValueError, match="'a' and so on, the cohorts hold 'c_a'"):
        keep_used(features.set_axis(["a", "b", "z"]), missing, subjects)


def test_a_separator_at_the_end_of_the_rows_shifts_no_column(tmp_path: Path) -> None:
    rows = [f"{number:03d},{number}.5,{number}.25" for number in range(4)]
    (tmp_path / "plain.csv").write_text("\n".join(["subject,a,b", *rows]))
    (tmp_path / "ends.csv").write_text("\n".join(["subject,a,b", *(f"{row}," for row in rows)]))
    tables = [import_table(TableSettings(str(tmp_path / f"{n}.csv")))[0] for n in ("plain", "ends")]
    assert tables[1].index.tolist() == ["000", "001", "002", "003"]
    assert tables[1]["a"].tolist() == [0.5, 1.5, 2.5, 3.5]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_what_pyradiomics_writes_in_batch_mode_is_no_feature(tmp_path: Path) -> None:
    """Columns in the order of its own command line, after a table that pandas has numbered."""
    header = ["", "PatientID", "Image", "Mask", "Label", "diagnostics_Versions_PyRadiomics"]
    header += ["diagnostics_Mask-original_VoxelNum", "original_shape_MeshVolume", "Unnamed: 0"]
    rows = [
        [str(n), f"p{n}", f"/d/{n}.nrrd", "m.nrrd", "1", "v3.0.1", "77", f"{n}.5", str(n)]
        for n in range(3)
    ]
    text = "\n".join(",".join(row) for row in [header, *rows])
    (tmp_path / "batch.csv").write_text(text)
    settings = TableSettings(str(tmp_path / "batch.csv"), "PatientID")
    features, missing, records = import_table(settings)
    assert list(features) == ["original_shape_MeshVolume"] and missing.empty
    assert features.iloc[:, 0].to_dict() == {"p0": 0.5, "p1": 1.5, "p2": 2.5}
    said = {record["column"]: record["detail"] for record in records}
    assert {record["action"] for record in records} == {"no feature"}
    assert set(said) == set(header) - {"PatientID", "original_shape_MeshVolume"}
    assert said["Label"] == "says what was measured" and "has no name" in said["Unnamed: 0"]
    with pytest.raises(ValueError, match="no column 'subject'.*PyRadiomics' own output"):
        import_table(TableSettings(str(tmp_path / "batch.csv")))
    long = "\n".join(",".join(row) for row in [header, rows[0], rows[0]])
    (tmp_path / "batch.csv").write_text(long)
    with pytest.raises(ValueError, match="line 3.*names 'p0', as line 2.*regions of it beside"):
        import_table(settings)


def test_the_published_table_is_taken_whole(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("subject,diagnostics_Mask-original_VoxelNum,Label\nx,7,1\n")
    features, _, records = import_table(TableSettings(str(tmp_path / "own.csv"), published=True))
    assert features.loc["x"].tolist() == [7.0, 1.0] and records == []


def test_features_with_like_names_stay_features(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("subject,Labelled,image_mean,Unnamed,index\nx,1,2,3,4\n")
    features, _, records = import_table(TableSettings(str(tmp_path / "own.csv")))
    assert list(features) == ["Labelled", "image_mean", "Unnamed", "index"] and records == []


@pytest.mark.parametrize("cell", ["", "nan", "NaN", "NA", "n/a", "N/A"])
def test_cells_that_say_that_nothing_is_known_are_missing_and_not_zero(
    tmp_path: Path, cell: str
) -> None:
    (tmp_path / "own.csv").write_text(f"subject,a,b\nx,{cell},1\ny,2,3\n")
    settings = TableSettings(str(tmp_path / "own.csv"), unreadable="zero")
    features, _, records = import_table(settings)
    np.testing.assert_equal(features["a"].to_numpy(), [np.nan, 2.0])
    assert records == []


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1e-3", 1e-3), (" 2.5\u00a0", 2.5), ("-.5", -0.5), ("+3", 3.0), ("1E5", 1e5), ("007", 7.0)],
)
def test_numbers_as_people_write_them(tmp_path: Path, cell: str, value: float) -> None:
    (tmp_path / "own.csv").write_text(f"subject,a\nx,{cell}\n", encoding="utf-8")
    features, _, records = import_table(TableSettings(str(tmp_path / "own.csv")))
    assert features.loc["x", "a"] == value and records == []

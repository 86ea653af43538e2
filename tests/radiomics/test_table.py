"""The table of a study: merged, described, or brought by the study itself."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cirl.radiomics.measure import MeasureSettings, measure_subject
from cirl.radiomics.names import FEATURES
from cirl.radiomics.table import TableSettings, import_table, keep_used, merge, summarise
from cirl.store import write_subject

CONTRASTS = ("t1n", "t2f")
VOLUME = "original_shape_VoxelVolume"
MEAN = "original_firstorder_Mean"


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> dict[str, Path]:
    """Files of four subjects: two whole, one without necrosis, one excluded."""
    folder = tmp_path_factory.mktemp("radiomics")
    files = {}
    for number, subject in enumerate(["c_b", "c_a", "c_d", "c_c"]):
        generator = np.random.default_rng(number)
        label = np.zeros((12, 12, 12), np.uint8)
        label[2:9, 2:9, 2 : 8 + number] = 2
        if subject != "c_d":
            label[4:7, 4:7, 4:7] = 1
        status, reason = ("excluded", "no t2f") if subject == "c_c" else ("ok", "")
        metadata = {
            "status": status,
            "reason": reason,
            "contrasts": CONTRASTS,
            "spacing": [1, 1, 2],
        }
        write_subject(folder, subject, generator.normal(size=(2, 12, 12, 12)), label, metadata)
        settings = MeasureSettings(regions=("WT", "NCR"))
        files[subject] = folder / f"{subject}.csv"
        measure_subject(folder, subject, CONTRASTS, settings).to_csv(files[subject], index=False)
    return files


def test_merging_is_a_row_a_subject_and_loses_nobody(measured) -> None:
    features, missing = merge(measured.values())
    assert list(features.index) == ["c_a", "c_b", "c_d"]
    assert missing.to_dict("records") == [{"subject": "c_c", "reason": "no t2f"}]
    # 14 of shape once a region, 93 others a contrast and region.
    assert features.shape[1] == 2 * 14 + 2 * 2 * 93
    assert len(FEATURES) == 14 + 93


def test_merged_numbers_are_those_of_the_files(measured) -> None:
    features, _ = merge(measured.values())
    for subject in features.index:
        table = pd.read_csv(measured[subject])
        rows = table.set_index(["contrast", "region"])
        assert features.loc[subject, f"WT_{VOLUME}"] == rows.loc[("t1n", "WT"), VOLUME]
        assert features.loc[subject, f"t2f_NCR_{MEAN}"] == pytest.approx(
            rows.loc[("t2f", "NCR"), MEAN], nan_ok=True, rel=0
        )
    assert features.loc["c_d", f"NCR_{VOLUME}"] == 0
    assert np.isnan(features.loc["c_d", f"t2f_NCR_{MEAN}"])


def test_the_order_of_the_subjects_changes_nothing(measured) -> None:
    forward, backward = merge(measured.values()), merge(reversed(measured.values()))
    for one, other in zip(forward, backward, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_an_excluded_subject_changes_no_number(measured) -> None:
    whole = [path for subject, path in measured.items() if subject != "c_c"]
    pd.testing.assert_frame_equal(merge(measured.values())[0], merge(whole)[0], check_exact=True)


def test_summary_against_closed_forms() -> None:
    features = pd.DataFrame({"a": [1.0, 2.0, 6.0, np.nan], "b": [5.0, 5.0, 5.0, 5.0]})
    summary = summarise(features)
    assert list(summary) == ["feature", "mean", "sd", "min", "max", "n", "missing"]
    assert summary.loc[0, ["mean", "min", "max", "n", "missing"]].tolist() == [3, 1, 6, 3, 1]
    assert summary.loc[0, "sd"] == pytest.approx(np.sqrt(7))  # 14 / (3 - 1)
    assert summary.loc[1, "sd"] == 0


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
        ("patient,a\nx,1\n", "'subject'.*subject_column.*patient, a"),
        ("subject,a\nx,1\nx,2\n", "names 'x' twice"),
        ("subject,a\nx,1\n,2\n", "is empty in row 3"),
    ],
)
def test_own_table_that_cannot_be_used_says_why(tmp_path: Path, text, said) -> None:
    (tmp_path / "own.csv").write_text(text)
    with pytest.raises(ValueError, match=said):
        import_table(TableSettings(str(tmp_path / "own.csv")))


def test_json_is_not_needed_for_a_merged_table(measured, tmp_path: Path) -> None:
    """Merging reads the measurements alone, so that it needs no store."""
    for path in measured.values():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    features, _ = merge(sorted(tmp_path.glob("*.csv")))
    assert json.loads(features[f"WT_{VOLUME}"].to_json()) == {
        "c_a": 686.0,
        "c_b": 588.0,
        "c_d": 784.0,
    }


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
    ]
    with pytest.raises(ValueError, match="'a' and so on, the cohorts hold 'c_a'"):
        keep_used(features.set_axis(["a", "b", "z"]), missing, subjects)

"""Splits of a study's own: read whole, or refused with names before any job."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cirl.study.before_jobs import check_tables
from cirl.study.names import StudyNames
from cirl.study.own_splits import of_subjects, on_both_sides, read_own_splits
from cirl.study.population import StudyError
from cirl.study.user_table import TableError

FOUND = {"a_1": "1", "a_2": "2", "a_x": "x", "b_x": "x", "b_cafe\u0301": "cafe\u0301"}


def table(folder: Path, *rows: str, header: str = "subject,fold,role") -> str:
    path = folder / "splits.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return str(path)


def nnunet(folder: Path, *folds: dict) -> str:
    path = folder / "splits_final.json"
    path.write_text(json.dumps(list(folds)))
    return str(path)


def test_a_table_gives_roles_fold_by_fold(tmp_path: Path) -> None:
    path = table(tmp_path, "1,10,Test", "2,10,train", "1,9,train", "2,9,test", "x,9,validation")
    assert read_own_splits(path) == [
        {"1": "train", "2": "test", "x": "validation"},
        {"1": "test", "2": "train"},
    ]
    named = table(tmp_path, "1,second,test", "2,second,train", "1,first,train", "2,first,test")
    assert read_own_splits(named)[0] == {"1": "test", "2": "train"}


def test_whom_nnunet_validates_on_is_tested_here(tmp_path: Path) -> None:
    path = nnunet(tmp_path, {"train": ["1"], "val": ["2"]}, {"train": ["2"], "val": ["1"]})
    assert read_own_splits(path) == [{"1": "train", "2": "test"}, {"2": "train", "1": "test"}]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["1,0,val"], r"line 2: subject '1', fold '0', role 'val'; expected .* train, validation"),
        (["1,0,train", "1,0,test"], "line 3: '1' has a role in fold '0' already"),
        (["1,,train"], "line 2: subject '1', fold ''"),
        ([], "has no fold"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(tmp_path: Path, rows: list, said: str) -> None:
    with pytest.raises(TableError, match=said):
        read_own_splits(table(tmp_path, *rows))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "expected a list of folds"),
        ("[", "cannot be read as JSON"),
        ('[{"train": ["1"], "valid": []}]', "fold 0: has 'train', 'valid', expected the lists"),
        ('[{"train": "1", "val": ["2"]}]', "expected the lists train and val"),
    ],
)
def test_a_json_file_that_is_not_nnunets_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(TableError, match=said):
        read_own_splits(str(tmp_path / "s.json"))
    with pytest.raises(TableError, match="no column 'role'"):
        read_own_splits(table(tmp_path, "1,0,x", header="subject,fold,part"))


def test_names_and_ids_are_subjects() -> None:
    roles = [{"1": "train", "a_2": "test", "b_x": "validation", "caf\u00e9": "train"}]
    assert of_subjects(roles, FOUND, "f") == [
        {"a_1": "train", "a_2": "test", "b_x": "validation", "b_cafe\u0301": "train"}
    ]


@pytest.mark.parametrize(
    ("fold", "said"),
    [
        ({"01": "train", "2": "test"}, r"1 of 2 names are no subject .* '01' \(nearest: '1'\)"),
        ({"x": "train", "2": "test"}, "more than one cohort, such as 'x': a_x, b_x"),
        ({"1": "train", "a_1": "test", "2": "test"}, "fold 0 has a subject by its name and by"),
        ({"1": "train", "2": "validation"}, "fold 0 has nobody with the role test"),
        ({"1": "test", "2": "test"}, "fold 0 has nobody with the role train"),
    ],
)
def test_names_that_are_no_subject_are_named(fold: dict, said: str) -> None:
    with pytest.raises(TableError, match=said):
        of_subjects([fold], FOUND, "f")


def test_who_is_tested_twice_is_named() -> None:
    fold = {"1": "test", "2": "train"}
    with pytest.raises(TableError, match="tested in more than one fold, .*: 'a_1'$"):
        of_subjects([fold, fold], FOUND, "f")


def test_a_patient_has_one_role_in_a_fold() -> None:
    patients = {"a_1": "p", "a_2": "p", "a_x": "q", "b_x": "q"}
    roles = [
        {"a_1": "train", "a_2": "train", "a_x": "test"},
        {"a_1": "train", "a_2": "validation", "a_x": "test", "b_x": "test"},
        {"a_1": "train", "a_x": "train", "b_x": "test"},
    ]
    assert on_both_sides(roles, patients) == [
        "p in fold 1 (a_1: train, a_2: validation)",
        "q in fold 2 (a_x: train, b_x: test)",
    ]


@pytest.fixture
def visits(tmp_path: Path, names: Callable[..., StudyNames]) -> Callable[..., StudyNames]:
    """A study of six patients with two visits each, whose splits lie in a file."""

    def made(path: str, **given: object) -> StudyNames:
        for number in range(6):
            for visit in range(2):
                (tmp_path / f"images/P{number}-{visit}").mkdir(parents=True, exist_ok=True)
        return names(
            cohorts={"clinic": {"root": str(tmp_path / "images"), "patient": "{patient}-*"}},
            use={"cohorts": ["clinic"]},
            arms={"pre": {"cohorts": []}, "base": {"start": "pre"}},
            folds={"protocols": ["given"], "given": {"path": path, **given}},
        )

    return made


def test_splits_of_visits_are_refused_before_any_job(
    tmp_path: Path, visits: Callable[..., StudyNames]
) -> None:
    names = [f"P{number}-{visit}" for number in range(6) for visit in range(2)]
    apart = [{"train": names[:4], "val": names[4:8]}, {"train": names[4:8], "val": names[:4]}]
    study = visits(nnunet(tmp_path, *apart))
    assert study.fold_count("given") == 2
    assert check_tables(study) == [
        "cohorts.clinic: 12 subjects are scans of 6 patients",
        f"folds.given: 4 of 12 subjects have no role in {tmp_path}/splits_final.json: "
        "'clinic_P4-0', 'clinic_P4-1', 'clinic_P5-0', 'clinic_P5-1'",
    ]
    mixed = nnunet(tmp_path, {"train": names[:5], "val": names[5:]})
    with pytest.raises(StudyError, match=r"clinic_P2 in fold 0 \(clinic_P2-0: train, .*: test\)"):
        check_tables(visits(mixed))
    assert len(check_tables(visits(mixed, patients="allow"))) == 1
    with pytest.raises(StudyError, match="folds.given: .*nowhere.csv: No such file"):
        check_tables(visits(str(tmp_path / "nowhere.csv")))

"""Two feature tables of the same patients: noticed by values, asked for by names."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cirl.radiomics.cohort_tables import patients_of_tables
from cirl.radiomics.table import TableSettings
from cirl.study.before_jobs import check_tables
from cirl.study.names import StudyNames
from cirl.study.own_features import read_own_features
from cirl.study.population import StudyError
from cirl.study.shared_rows import same_patients, shared_between

RANDOM = np.random.default_rng(0)


def features(subjects: list[str], columns: int = 12) -> pd.DataFrame:
    """Random features of which some have few digits, or are whole numbers."""
    table = pd.DataFrame(RANDOM.lognormal(3, 2, (len(subjects), columns)), index=subjects)
    table = table.rename(columns=lambda number: f"original_shape_F{number}").rename_axis("subject")
    return table.assign(count=RANDOM.integers(0, 9, len(subjects)), half=0.5)


@pytest.fixture
def study(tmp_path: Path, names: Callable[..., StudyNames]) -> Callable[..., StudyNames]:
    """A study of two feature tables and no images."""

    def made(one: pd.DataFrame, other: pd.DataFrame, **table: object) -> StudyNames:
        one.to_csv(tmp_path / "one.csv")
        other.to_csv(tmp_path / "other.csv")
        path = {"goat": str(tmp_path / "one.csv"), "clinic": str(tmp_path / "other.csv")}
        return names(
            use={"cohorts": [], "arms": []},
            radiomics={"table": {"path": path, "subject_column": "subject", **table}},
            clustering={"k": [2, 3]},
        )

    return made


def names_of(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number:04d}" for number in range(count)]


def test_a_table_that_holds_another_is_noticed_and_its_patients_count_once(
    study: Callable[..., StudyNames],
) -> None:
    whole = features(names_of("p", 60))
    part = whole.iloc[10:50].set_axis(names_of("q", 40)).rename_axis("subject").sample(frac=1)
    part = part.rename(columns=str.upper)
    (note,) = check_tables(study(whole, part))
    assert "40 of 40 and 60 rows have the same values in 3 columns or more" in note
    assert "agreement of clusters with the cohort is asked of the others alone" in note
    settings = TableSettings(**study(whole, part).config["radiomics"]["table"])
    ids = [f"goat_p{number:04d}" for number in range(60)] + [
        f"clinic_{name}" for name in part.index
    ]
    patients = patients_of_tables(settings, ids)
    assert len(set(patients.values())) == 60
    assert patients["goat_p0010"] == patients["clinic_q0000"] == "clinic_q0000"
    assert patients["goat_p0001"] == "goat_p0001"


def test_tables_of_others_share_nothing(study: Callable[..., StudyNames]) -> None:
    assert check_tables(study(features(names_of("p", 300)), features(names_of("q", 300)))) == []


def test_rows_that_share_a_few_features_alone_are_the_same(tmp_path: Path) -> None:
    """As where two groups measured one mask with other settings: shape is equal, texture is not."""
    one = features(names_of("p", 50))
    other = features(names_of("p", 50)[::-1])
    other.iloc[:, :4] = one.loc[other.index].iloc[:, :4]
    paths = {}
    for name, table in {"a": one, "b": other}.items():
        paths[name] = tmp_path / f"{name}.csv"
        table.to_csv(paths[name])
    tables = {name: read_own_features(str(path), "subject") for name, path in paths.items()}
    (shared,) = shared_between(tables)
    assert sorted(shared.rows) == [(name, name) for name in names_of("p", 50)]
    assert shared.names == [] and not shared.mostly_names
    other.iloc[:, :2] += 1
    other.to_csv(paths["b"])
    tables["b"] = read_own_features(str(paths["b"]), "subject")
    (shared,) = shared_between(tables)
    assert shared.rows == [] and len(shared.names) == 50
    assert same_patients([shared], False) == []
    assert same_patients([shared], True)[0] == ("a_p0000", "b_p0000")


def test_tables_of_equal_names_make_the_study_ask(study: Callable[..., StudyNames]) -> None:
    one, other = features(names_of("p", 60)), features(names_of("p", 40))
    with pytest.raises(StudyError, match="40 names stand in both, of 40 and 60 rows.*one patient"):
        check_tables(study(one, other))
    (note,) = check_tables(study(one, other, same_names="two"))
    assert note.endswith("taken for two patients (radiomics.table.same_names)")
    assert check_tables(study(one, other, same_names="one")) == []
    settings = TableSettings(**study(one, other, same_names="one").config["radiomics"]["table"])
    ids = [f"goat_{name}" for name in one.index] + [f"clinic_{name}" for name in other.index]
    assert len(set(patients_of_tables(settings, ids).values())) == 60
    few = features([*names_of("p", 10), *names_of("q", 40)])
    assert len(check_tables(study(one, few))) == 1

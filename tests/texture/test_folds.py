"""Folds of a signature: classes spread, patients together, and what cannot be named."""

import logging

import pandas as pd
import pytest

from cirl.study.tables.texture import TEXTURE_FOLDS
from cirl.texture.folds import TextureFoldSettings, make_texture_folds, roles_in

GRADES = "0" * 1 + "1" * 20 + "2" * 32 + "3" * 17


def subjects(patients: list[str] | None = None) -> pd.DataFrame:
    count = len(GRADES)
    table = pd.DataFrame(
        {
            "subject": [f"c_{number:02d}" for number in range(count)],
            "status": "ok",
            "grade": list(GRADES),
            "scanner": ["a" if number % 3 else "b" for number in range(count)],
        }
    )
    return table if patients is None else table.assign(patient=patients)


def settings(**changes: object) -> TextureFoldSettings:
    known = {"target": "grade", "positive": ("2", "3"), "protocol": "stratified", "number": 10}
    return TextureFoldSettings(**known | changes)


def test_every_class_is_spread_and_a_small_one_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        folds = make_texture_folds(subjects(), settings(), 1)
    assert "grade is 0 of 1 patients, fewer than the 10 folds" in caplog.text
    assert list(folds.columns) == TEXTURE_FOLDS.names
    tested = folds[folds["role"] == "test"]
    assert sorted(tested["subject"]) == sorted(subjects()["subject"])
    assert (
        tested.groupby("fold")["target"].value_counts().unstack()[["1", "2", "3"]].stack().max()
        <= 4
    )
    assert tested.groupby("fold")["positive"].mean().between(0.5, 0.9).all()
    assert (folds.groupby("fold").size() == 70).all()
    assert (folds["positive"] == folds["target"].isin(["2", "3"])).all()
    assert (folds["patient"] == folds["subject"]).all()


def test_a_patient_is_never_on_both_sides() -> None:
    twins = [f"p{number // 2}" for number in range(len(GRADES))]
    for changes in ({}, {"protocol": "subject"}):
        folds = make_texture_folds(subjects(twins), settings(**changes), 1)
        sides = folds.groupby(["fold", "patient"])["role"].nunique()
        assert (sides == 1).all()
    assert folds["fold"].nunique() == 35
    left_out = settings(protocol="scanner", column="scanner", held_out=("a", "b"))
    folds = make_texture_folds(subjects(twins), left_out, 1)
    assert (folds.groupby(["fold", "patient"])["role"].nunique() == 1).all()
    tested = folds[folds["role"] == "test"]
    assert tested.groupby("fold")["group"].unique().explode().to_dict() == {0: "a", 1: "b"}
    # Whoever has a twin on the scanner that is left out does not train.
    assert len(folds[folds["fold"] == 0]) < len(GRADES)


def test_leaving_one_out_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        make_texture_folds(subjects(), settings(protocol="subject"), 1)
    assert "each patient is tested alone" in caplog.text


def test_who_has_no_target_takes_no_part_and_one_class_alone_is_refused() -> None:
    table = subjects()
    table.loc[3, "grade"] = None
    table.loc[4, "status"] = "excluded"
    folds = make_texture_folds(table, settings(), 1)
    assert {"c_03", "c_04"}.isdisjoint(folds["subject"])
    with pytest.raises(ValueError, match="of 70 subjects with a known grade 70 are one of 0, 1, 2"):
        make_texture_folds(subjects(), settings(positive=("0", "1", "2", "3")), 1)


def test_roles_are_those_of_the_fold_or_of_all() -> None:
    folds = make_texture_folds(subjects(), settings(), 1)
    roles = roles_in(folds, "fold", 2)
    assert sorted(roles) == sorted(subjects()["subject"])
    assert set(roles_in(folds, "all", 0).values()) == {"all"}
    tested = folds[(folds["fold"] == 2) & (folds["role"] == "test")]["subject"]
    assert {who for who, role in roles.items() if role == "test"} == set(tested)

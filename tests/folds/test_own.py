"""Folds from a study's own splits."""

import json
from pathlib import Path

import pandas as pd
import pytest

from cirl.folds.own import GivenSettings, given_folds

NAMES = [f"p{number:02d}-{visit}" for number in range(20) for visit in range(2)]


def subjects(**columns: object) -> pd.DataFrame:
    table = pd.DataFrame({"name": NAMES, "cohort": "c", "status": "ok"})
    table = table.assign(subject="c_" + table["name"], patient="c_" + table["name"].str[:3])
    return table.assign(wt_volume_ml=[float(number) for number in range(40)], **columns)


@pytest.fixture
def path(tmp_path: Path) -> str:
    folds = [{"train": NAMES[20:], "val": NAMES[:20]}, {"train": NAMES[:20], "val": NAMES[20:38]}]
    (tmp_path / "splits_final.json").write_text(json.dumps(folds))
    return str(tmp_path / "splits_final.json")


def test_roles_are_those_of_the_file_and_the_watched_are_whole_patients(path: str) -> None:
    folds = given_folds(subjects(), GivenSettings(path, 0.2), 3)
    assert folds.groupby(["fold", "role"]).size().to_dict() == {
        (0, "test"): 20, (0, "train"): 16, (0, "validation"): 4,
        (1, "test"): 18, (1, "train"): 16, (1, "validation"): 4,
    }  # fmt: skip
    patients = folds["subject"].str[:5]
    assert (folds.groupby(["fold", patients])["role"].nunique() == 1).all()
    tested = folds[(folds["fold"] == 0) & (folds["role"] == "test")]["subject"]
    assert tested.tolist() == [f"c_{name}" for name in NAMES[:20]]
    assert set(given_folds(subjects(), GivenSettings(path, 0.0), 3)["role"]) == {"train", "test"}


def test_who_is_watched_by_the_file_is_all_who_are(tmp_path: Path) -> None:
    rows = [f"{name},0,{'validation' if name < 'p02' else 'train'}" for name in NAMES[:30]]
    rows += [f"c_{name},0,test" for name in NAMES[30:]]
    (tmp_path / "splits.tsv").write_text("\n".join(["subject,fold,role", *rows]))
    folds = given_folds(subjects(), GivenSettings(str(tmp_path / "splits.tsv"), 0.4), 0)
    watched = folds[folds["role"] == "validation"]["subject"].tolist()
    assert watched == [f"c_{name}" for name in NAMES[:4]]


def test_who_is_excluded_has_no_role_and_a_fold_of_them_alone_is_an_error(path: str) -> None:
    table = subjects()
    table.loc[table["name"] == "p00-0", "status"] = "excluded"
    assert "c_p00-0" not in set(given_folds(table, GivenSettings(path, 0.1), 0)["subject"])
    table.loc[table["name"].isin(NAMES[20:38]), "status"] = "excluded"
    with pytest.raises(ValueError, match="all subjects of fold 1 with the role test are excluded"):
        given_folds(table, GivenSettings(path, 0.1), 0)


def test_patients_whom_their_voxels_told_are_refused_on_both_sides(path: str) -> None:
    table = subjects()
    table.loc[table["name"] == "p15-0", "patient"] = "c_p03"
    with pytest.raises(ValueError, match=r"c_p03 in fold 0 \(c_p03-0: test, .*c_p15-0: train"):
        given_folds(table, GivenSettings(path, 0.1), 0)
    allowed = given_folds(table, GivenSettings(path, 0.0, "allow"), 0)
    assert len(allowed) == 40 + 38

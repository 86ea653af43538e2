"""Jobs read their own files, and say the same whatever the order of rows in them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_shares import planted_shares

from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.radiomics import FEATURE_TABLE
from cirl.study.tables.texture import SIGNATURES, TEXTURE_FOLDS, TRUE_SHARES
from cirl.texture.examination import Evidence
from cirl.texture.tasks import (
    EXAMINED_TABLES,
    Question,
    examine_baselines,
    examine_encoder,
    read_examined,
    read_question,
    write_examined,
)

QUICK = Evidence(9, 0.5, 0, 0, 0, classifiers=["l1"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory, folds, grades) -> Path:
    """Folds, signatures, radiomics and truth of sixty simulated subjects."""
    folder = tmp_path_factory.mktemp("tasks")
    TEXTURE_FOLDS.write(folds, folder / "folds.csv")
    names = sorted(folds["subject"].unique())
    shares = planted_shares(grades)
    for fold in range(10):
        table = pd.DataFrame({"subject": names, "role": "train", "status": "ok", "reason": ""})
        table = table.assign(windows=100)
        table[[f"cluster_{n}" for n in (1, 2, 3, 4)]] = shares[:, np.roll(np.arange(4), fold)]
        SIGNATURES.write(table.sample(frac=1, random_state=fold), folder / f"fold{fold}.csv")
    subjects = pd.DataFrame({"subject": names, **dict.fromkeys(SUBJECTS.names[1:], "")})
    scanner = np.where(np.arange(60) % 2, "one", "two")
    SUBJECTS.write(subjects.assign(scanner=scanner), folder / "subjects.csv")
    random = np.random.default_rng(0)
    measured = pd.DataFrame(
        {
            "subject": names,
            "brain_original_shape_VoxelVolume": random.normal(size=60),
            "t1n_brain_original_firstorder_Mean": random.normal(size=60),
            "t1n_brain_original_glcm_Contrast": shares[:, 0],
        }
    )
    FEATURE_TABLE.write(measured.sample(frac=1, random_state=0), folder / "measured.csv")
    truth = pd.DataFrame(shares, columns=[f"share_{n}" for n in "abcd"])
    truth["name"] = [name.removeprefix("p_") for name in names]
    TRUE_SHARES.write(truth, folder / "truth.csv")
    return folder


@pytest.fixture(scope="module")
def question(folder) -> Question:
    return read_question(folder / "folds.csv", "grade", "stratified")


def _areas(predictions: pd.DataFrame, **by: str) -> pd.Series:
    own = predictions[predictions["target"] == "grade"]
    return own.groupby(list(by.values())).apply(
        lambda rows: np.corrcoef(rows["truth"], rows["score"])[0, 1], include_groups=False
    )


def test_signatures_of_every_fold_and_within_scanners(folder, question, tmp_path):
    files = {(0, fold): str(folder / f"fold{fold}.csv") for fold in range(10)}
    names = {"encoder": "spectrum", "k": 4, "fit": "fold"}
    args = (folder / "subjects.csv", ["scanner"], names, QUICK)
    examined = examine_encoder(question, files, *args)
    told = _areas(examined.predictions, one="standardise")
    assert told.index.tolist() == ["", "scanner"] and (told > 0.7).all()
    # Textures are numbered otherwise in each fold, and found again.
    clusters = examined.stability.query("measure == 'clusters'")
    assert clusters["value"].to_numpy() == pytest.approx(1, abs=0.01)
    paths = {name: str(tmp_path / f"{name}.csv") for name in EXAMINED_TABLES}
    write_examined(examined, paths)
    read = read_examined([paths])
    pd.testing.assert_frame_equal(
        read.predictions,
        examined.predictions[read.predictions.columns],
        check_dtype=False,
        check_column_type=False,
    )
    one = examine_encoder(
        question, {(0, 0): files[0, 3]}, *args[:2], {**names, "fit": "all"}, QUICK
    )
    assert len(one.predictions) == len(examined.predictions)


def test_baselines_of_radiomics_and_truth(folder, question):
    args = (question, folder / "measured.csv")
    found = examine_baselines(*args, {"p": str(folder / "truth.csv")}, "brain", ["t1n"], QUICK)
    told = _areas(found.predictions, one="encoder")
    assert set(told.index) == {"volume", "mean and deviation", "first order", "radiomics", "oracle"}
    assert told["oracle"] > 0.7 and told["radiomics"] > 0.3 and told["volume"] < 0.4
    assert found.importances.empty and (found.predictions["k"] == 0).all()
    # No radiomics of the region, and subjects of which no truth is known.
    nothing = examine_baselines(*args, {"other": str(folder / "truth.csv")}, "WT", ["t1n"], QUICK)
    assert nothing.predictions.empty

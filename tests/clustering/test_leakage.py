"""A clustering that is fitted in a fold knows nothing of the subjects that are tested in it.

The rules' scripts are run as Snakemake does, for everything from the measured features to the
clusters; only the features of one test subject differ between two runs.
"""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

SUBJECTS = [f"a_p{number:02d}" for number in range(40)]
TESTED, FOLD = "a_p39", 1
PARAMS = {
    "fold": FOLD,
    "roles": ["train"],
    "selection": {"contrasts": None, "regions": ["WT"], "classes": None},
    "harmonise": "standardise",
    "cleaning": {"maximum_correlation": 0.95},
    "features": {"source": "radiomics", "columns": ["*"], "components": 3},
    "space": {"source": "radiomics", "columns": ["*"], "components": 3},
    "outliers": {"method": "distance"},
    "missing": "own_domain",
    "seed": 7,
}


class Names(dict):
    """Names that stand for files as Snakemake's do: by attribute, and by position."""

    __getattr__ = dict.__getitem__

    def __getitem__(self, key: str | int) -> object:
        return list(self.values())[key] if isinstance(key, int) else dict.__getitem__(self, key)


def run(script: Path, wildcards: dict, inputs: dict, outputs: dict, **params: object) -> None:
    """Run a rule's script with what Snakemake would give it."""
    job = SimpleNamespace(
        input=Names(inputs),
        output=Names(outputs),
        params=SimpleNamespace(**{**PARAMS, **params}),
        wildcards=SimpleNamespace(**wildcards),
        rule=script.stem,
        resources=SimpleNamespace(mem_mb=2000),
        log=[str(Path(next(iter(outputs.values()))).with_suffix(".log"))],
    )
    runpy.run_path(str(script), init_globals={"snakemake": job})


def cluster_in_fold(scripts: Path, folder: Path, measured: pd.DataFrame) -> dict[str, str]:
    """Run clean_fold, assemble_features, link and cluster_features; return the files' texts."""
    folder.mkdir()
    measured.to_csv(folder / "measured.csv")
    pd.DataFrame({"subject": SUBJECTS, "status": "ok"}).to_csv(folder / "subjects.csv", index=False)
    roles = ["train"] * 28 + ["validation"] * 4 + ["test"] * 8
    folds = pd.DataFrame({"subject": SUBJECTS, "fold": FOLD, "role": roles})
    # In the other fold everyone trains.
    other = folds.assign(fold=0, role="train")
    pd.concat([other, folds]).to_csv(folder / "cv.csv", index=False)
    files = {name: folder / f"{name}.csv" for name in ("measured", "clean", "cleaning", "features")}
    files |= {name: folder / f"{name}.csv" for name in ("outliers", "linkage", "criteria")}
    cv = [folder / "cv.csv"]
    run(
        scripts / "clean_fold.py",
        {},
        {"measured": files["measured"], "folds": cv},
        {"features": files["clean"], "cleaning": files["cleaning"]},
    )
    run(
        scripts / "assemble_features.py",
        {},
        {"radiomics": files["clean"], "latents": [], "folds": cv},
        {"features": files["features"], "outliers": files["outliers"]},
    )
    run(scripts / "link.py", {}, {"features": files["features"]}, {"linkage": files["linkage"]})
    assignments = {}
    for algorithm in ("kmeans", "ward", "gmm", "spectral"):
        assignments[algorithm] = folder / f"{algorithm}_k3.csv"
        run(
            scripts / "cluster_features.py",
            {"algorithm": algorithm, "k": "3"},
            {
                "features": files["features"],
                "subjects": [folder / "subjects.csv"],
                "linkage": [files["linkage"]] if algorithm == "ward" else [],
            },
            {"assignment": assignments[algorithm], "criteria": files["criteria"]},
            settings={"covariance": "diag"} if algorithm == "gmm" else {},
            outliers="nearest",
        )
    written = files | assignments
    return {name: written[name].read_text() for name in written if name != "measured"}


def rows(text: str) -> dict[str, str]:
    """The lines of a table by subject."""
    return {line.split(",")[0]: line for line in text.splitlines()}


@pytest.fixture(scope="module")
def measured() -> pd.DataFrame:
    """Three groups in eight features, with a gap, a duplicate and a constant column."""
    random = np.random.default_rng(0)
    centres = 4 * random.normal(size=(3, 8))
    values = centres[np.arange(40) % 3] + random.normal(size=(40, 8))
    names = [f"t1c_WT_original_firstorder_F{number}" for number in range(8)]
    table = pd.DataFrame(values, pd.Index(SUBJECTS, name="subject"), names)
    table["t2f_WT_original_firstorder_Double"] = 2 * table[names[0]] + 1e-3 * table[names[1]]
    table["t2f_WT_original_firstorder_Still"] = 1.0
    table.iloc[5, 2] = np.nan
    return table


@pytest.fixture(scope="module")
def folds(project, measured, tmp_path_factory) -> tuple[dict[str, str], dict[str, str]]:
    scripts, folder = project / "workflow_scripts", tmp_path_factory.mktemp("fold")
    changed = measured.copy()
    changed.loc[TESTED] = 1e4 * np.arange(1.0, 11.0)
    return (
        cluster_in_fold(scripts, folder / "before", measured),
        cluster_in_fold(scripts, folder / "after", changed),
    )


def test_a_test_subject_changes_its_own_row_and_nothing_else(folds) -> None:
    before, after = folds
    # What the cleaning learnt, and Ward's linkage, to the last digit.
    for name in ("cleaning", "linkage", "criteria"):
        assert after[name] == before[name]
    for name in ("clean", "features", "outliers", "kmeans", "ward", "gmm", "spectral"):
        first, second = rows(before[name]), rows(after[name])
        different = {subject for subject in first if first[subject] != second[subject]}
        assert different == {TESTED}, name
    assert rows(after["kmeans"])[TESTED].endswith("outlier")


def test_training_subjects_are_fitted_and_the_others_assigned(folds) -> None:
    for algorithm in ("kmeans", "ward", "gmm", "spectral"):
        status = {name: line.split(",")[-1] for name, line in rows(folds[0][algorithm]).items()}
        assert {status[name] for name in SUBJECTS[:28]} == {"fitted"}
        assert {status[name] for name in SUBJECTS[28:]} == {"assigned"}


def test_held_out_subjects_join_the_clusters_of_their_groups(folds) -> None:
    for algorithm in ("kmeans", "ward", "gmm", "spectral"):
        lines = rows(folds[0][algorithm])
        clusters = np.array([int(float(lines[name].split(",")[1])) for name in SUBJECTS])
        for group in range(3):
            assert len(set(clusters[group::3])) == 1


def test_the_cleaning_is_that_of_the_training_subjects(folds, measured) -> None:
    text = folds[0]["cleaning"]
    column = "t1c_WT_original_firstorder_F2"
    training = measured.iloc[:28]
    scores = (training[column] - training[column].mean()) / training[column].std(ddof=0)
    assert f"{column},imputed,1 cells set to the median {float(scores.median())!r}" in text
    assert "t2f_WT_original_firstorder_Double,dropped duplicate" in text
    assert "t2f_WT_original_firstorder_Still,dropped constant" in text

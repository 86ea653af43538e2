"""Subjects whose folders' names a shell would obey, each in a job of its own on the cluster."""

from pathlib import Path

import pandas as pd
import pytest
from slurm.cluster_run import ClusterRun
from slurm.lab import Lab
from study import images_in, make_study

from cirl.phantom.settings import SCANNER_NAMES, TUMOUR_TYPES, SimulationSettings
from cirl.phantom.simulate import simulate_subject, write_phantom
from cirl.study.subjects import subject_id

pytestmark = pytest.mark.slurm

NAMES = ["it's; $(touch stolen)\n{x}", 'pt$5, "a" $(touch stolen)', "-rf `touch stolen` "]


def test_no_name_is_run_or_lost(slurm_lab: Lab, tmp_path: Path) -> None:
    settings = SimulationSettings(
        6.0, dict.fromkeys(TUMOUR_TYPES, 1.0), dict.fromkeys(SCANNER_NAMES, 1.0)
    )
    for name in NAMES:
        folder = tmp_path / "images" / name
        write_phantom(simulate_subject(2026, "p0001", settings), folder)
        for path in folder.iterdir():
            path.rename(path.with_name(path.name.replace("p0001", name)))
    overlay = {
        "study": "hostile",
        "cohorts": {"clinic": images_in(tmp_path / "images")},
        "use": {"cohorts": ["clinic"], "arms": []},
        "preprocessing": {"spacing": None},
        "clustering": {"algorithms": ["kmeans"], "k": [2, 2]},
    }
    study = make_study(tmp_path / "study", overlay)
    run = ClusterRun(study, slurm_lab, "--", "results/hostile/cohort/subjects.csv")
    try:
        run.finish()
    finally:
        run.stop()
    subjects = pd.read_csv(study.results / "cohort/subjects.csv", keep_default_na=False)
    assert subjects["name"].tolist() == NAMES
    assert subjects["subject"].tolist() == sorted(subject_id("clinic", name) for name in NAMES)
    assert subjects["status"].tolist() == ["ok"] * 3
    assert sorted(job.what for job in run.jobs("preprocess_subject")) == [
        f"rule_preprocess_subject_wildcards_{subject}" for subject in subjects["subject"]
    ]
    assert list(tmp_path.rglob("stolen")) == []

"""Files that a file system can hold in a subject's place, seen by Snakemake: a row each."""

from pathlib import Path

import pytest
from box_subjects import CONTRASTS, write_box_subject
from broken_subjects import CASES
from study import Study, make_study

from cirl.cohort import Cohort
from cirl.normalisation import read_standard_scale
from cirl.store import read_metadata
from cirl.subjects import SubjectFiles

SPOILT = ["zero bytes", "missing label", "another format", "folder", "dangling link"]


@pytest.fixture
def study(tmp_path: Path, box_cohort: Cohort) -> Study:
    """Two sound subjects and five that are not, histograms matched."""
    for number, name in enumerate(SPOILT):
        write_box_subject(box_cohort, f"bad{number}")
        CASES[name].spoil(SubjectFiles(**box_cohort.files(f"bad{number}")))
    overlay = {
        "study": "broken",
        "batch": 4,
        "use": {"cohorts": ["box"], "arms": []},
        "cohorts": {"box": {"root": box_cohort.root}},
        "preprocessing": {"spacing": None, "normalisation": "nyul"},
    }
    return make_study(tmp_path / "study", overlay)


@pytest.mark.workflow
def test_every_subject_has_a_row_and_only_sound_ones_teach(study: Study) -> None:
    target = ("--", "results/broken/cohort/subjects.csv")
    study.snakemake(*target)
    subjects = study.table("cohort/subjects.csv").set_index("subject")
    assert len(subjects) == 7
    for number, name in enumerate(SPOILT):
        row = subjects.loc[f"box_bad{number}"]
        assert (row["status"], row["problem"]) == ("excluded", CASES[name].problem)
        assert CASES[name].says.replace("s1-", f"bad{number}-") in row["reason"]
    scale = read_standard_scale(study.results / "normalisation/standard_scale.csv", CONTRASTS)
    for name in ("box_s1", "box_s2"):
        assert subjects.loc[name, "status"] == "ok"
        metadata = read_metadata(study.results / "preprocessed", name)
        used = metadata["normalisation"]["t2f"]["standard"]
        assert used == pytest.approx(scale.values["t2f"])
    assert study.planned(*target) == {}

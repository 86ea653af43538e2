"""Files that a file system can hold in a subject's place, seen by Snakemake: a row each."""

from html import escape
from pathlib import Path

import pandas as pd
import pytest
from box_subjects import CONTRASTS, write_box_subject
from broken_subjects import CASES
from study import Study, make_study

from cirl.imaging.normalisation import read_standard_scale
from cirl.imaging.store import read_metadata
from cirl.imaging.subjects import SubjectFiles
from cirl.study.cohorts import Cohort

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
        "clustering": {"k": [2, 4]},
    }
    return make_study(tmp_path / "study", overlay)


def check_what_is_shown(study: Study, subjects: pd.DataFrame) -> None:
    """The page lists every reason; quality control has every subject, and one page of pictures."""
    page = (study.results / "figures/quality/page.html").read_text()
    assert "5 of 7 subjects found were excluded." in page
    for reason in subjects.loc[subjects["status"] == "excluded", "reason"]:
        assert escape(reason) in page
    assert study.table("cohort/quality.csv")["subject"].tolist() == subjects.index.tolist()
    pages = sorted((study.results / "figures/contact_sheet").glob("*.jpg"))
    assert [path.name for path in pages] == ["page001.jpg"]


@pytest.mark.workflow
def test_every_subject_has_a_row_and_only_sound_ones_teach(study: Study) -> None:
    shown = [f"results/broken/figures/{name}" for name in ("quality/page.html", "contact_sheet")]
    target = ("--", "results/broken/cohort/subjects.csv", *shown)
    study.snakemake(*target)
    subjects = study.table("cohort/subjects.csv").set_index("subject")
    assert len(subjects) == 7
    for number, name in enumerate(SPOILT):
        row = subjects.loc[f"box_bad{number}"]
        assert (row["status"], row["problem"]) == ("excluded", CASES[name].problem)
        assert CASES[name].says.replace("s1-", f"bad{number}-") in row["reason"]
    check_what_is_shown(study, subjects)
    scale = read_standard_scale(study.results / "normalisation/standard_scale.csv", CONTRASTS)
    for name in ("box_s1", "box_s2"):
        assert subjects.loc[name, "status"] == "ok"
        metadata = read_metadata(study.results / "preprocessed", name)
        used = metadata["normalisation"]["t2f"]["standard"]
        assert used == pytest.approx(scale.values["t2f"])
    assert study.planned(*target) == {}

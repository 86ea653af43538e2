"""Sites called 01, 1, NA and None are four domains, to every stage that knows domains."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.agreement import AgreementSettings, agreement_table
from cirl.clustering.assignments import assignment_table, read_domains
from cirl.clustering.sweep import read_labelings
from cirl.evaluation.gaps import unseen_tests
from cirl.evaluation.summary import partition_table, partitions_of, read_partitions
from cirl.folds.protocols import LeaveOutSettings, known_domains, leave_one_domain_out
from cirl.imaging.cohort import subjects_table
from cirl.imaging.quality.exclusion_counts import count_cohorts
from cirl.imaging.quality.outliers import QualitySettings, quality_table
from cirl.report.figures.montage import choose_subjects
from cirl.study.columns import SUBJECT_COLUMNS
from cirl.study.participants import ParticipantsTable, read_participants
from cirl.study.tables.clustering import AGREEMENT, ASSIGNMENT
from cirl.study.tables.cohort import QUALITY, SUBJECTS
from cirl.study.tables.evaluation import PARTITIONS
from cirl.study.tables.segmentation import FOLDS

SITES = ["01", "1", "NA", "None"]
COHORTS = ["01", "nan"]
NAMES = [f"{number:03d}" for number in range(16)]
UNKNOWN = "015"
"""Whose site the participants' table leaves empty."""


@pytest.fixture
def subjects(tmp_path: Path) -> Path:
    """``cohort/subjects.csv`` of two cohorts, whose participants' tables name the sites."""
    participants = {}
    rows = [f"{name},{SITES[int(name) % 4]},{int(name) / 2}" for name in NAMES]
    rows[-1] = f"{UNKNOWN},,n/a"
    for cohort in COHORTS:
        path = tmp_path / f"{cohort}.csv"
        path.write_text("\n".join(["name,site,age", *rows]))
        table = ParticipantsTable(cohort, str(path), ("site", "age"))
        participants[cohort] = read_participants(table, NAMES)
    metadata = [
        {
            "subject": f"{cohort}_{name}",
            "cohort": cohort,
            "name": name,
            "status": "ok",
            "reason": "",
            "files": {"t2f": f"{name}.nii.gz", "label": f"{name}-seg.nii.gz"},
            "volume_ml": {"WT": 1.0 + int(name)},
        }
        for cohort in COHORTS
        for name in NAMES
    ]
    path = tmp_path / "subjects.csv"
    SUBJECTS.write(subjects_table(metadata, ["t2f"], participants), path)
    return path


@pytest.fixture
def clustering(tmp_path: Path, subjects: Path) -> Path:
    """A clustering by the sites themselves."""
    table = SUBJECTS.read(subjects)
    labels = np.array([int(name) % 4 for name in table["name"]])
    path = tmp_path / "kmeans" / "k4.csv"
    path.parent.mkdir()
    ASSIGNMENT.write(assignment_table(table["subject"], labels, np.ones(len(labels))), path)
    return path


def test_the_table_of_subjects_keeps_names_and_entries_as_they_are(subjects: Path) -> None:
    table = SUBJECTS.read(subjects)
    assert list(SUBJECTS.columns) == list(SUBJECT_COLUMNS)
    assert set(table["cohort"]) == set(COHORTS)
    assert list(table["name"]) == NAMES * 2
    assert table["site"].value_counts().to_dict() == {"01": 8, "1": 8, "NA": 8, "None": 6}
    assert table.loc[table["name"] == UNKNOWN, ["site", "age"]].isna().all(axis=None)


def test_leaving_a_site_out_leaves_out_just_its_subjects(subjects: Path, tmp_path: Path) -> None:
    table = SUBJECTS.read(subjects)
    settings = LeaveOutSettings(held_out=tuple(SITES), seen_test=0.2, validation=0.1)
    folds = leave_one_domain_out(table, known_domains(table, ["site"]), settings, seed=0)
    FOLDS.write(folds, tmp_path / "lodo.csv")
    back = FOLDS.read(tmp_path / "lodo.csv")
    for fold, site in enumerate(SITES):
        unseen = back[(back["fold"] == fold) & ~back["seen"]]
        assert set(unseen["domain"]) == {site} and set(unseen["role"]) == {"test"}
        assert set(unseen["subject"]) == set(table.loc[table["site"] == site, "subject"])
    assert not back["subject"].str.endswith(UNKNOWN).any()
    settings = replace(settings, unknown="train")
    folds = leave_one_domain_out(table, known_domains(table, ["site"]), settings, seed=0)
    unknown = folds[folds["subject"].str.endswith(UNKNOWN)]
    assert set(unknown["domain"]) == {""} and len(unknown) == 2 * len(SITES)


def test_partitions_hold_every_site_through_their_file(
    subjects: Path, clustering: Path, tmp_path: Path
) -> None:
    table = SUBJECTS.read(subjects)
    partitions = partitions_of(table, ["site"], {"kmeans_k4": clustering}, [5.0])
    volumes = table.set_index("subject")["wt_volume_ml"]
    PARTITIONS.write(partition_table(partitions, volumes), tmp_path / "partitions.csv")
    back, volumes_back = read_partitions(tmp_path / "partitions.csv")
    assert list(back) == list(partitions)
    for name, domain in partitions.items():
        pd.testing.assert_series_equal(back[name], domain, check_names=False)
    pd.testing.assert_series_equal(volumes_back, volumes, check_exact=True)
    sizes = back["site"].value_counts().to_dict()
    assert sizes == {"01": 8, "1": 8, "NA": 8, "None": 6, "none": 2}
    assert set(back["cohort"]) == set(COHORTS)
    folds = pd.DataFrame({"subject": ["01_000", "nan_002"], "fold": 0, "role": ["train", "test"]})
    seen = unseen_tests(folds, back, back["cohort"], []).set_index("partition")["seen"]
    assert not seen["site"] and not seen["cohort"] and seen["all"]


def test_agreement_counts_every_site(subjects: Path, clustering: Path, tmp_path: Path) -> None:
    domains = read_domains(subjects, ["site", "cohort"])
    labelings = read_labelings([clustering], [], [])
    AGREEMENT.write(
        agreement_table(labelings, domains, AgreementSettings(draws=19)), tmp_path / "table.csv"
    )
    site, cohort = AGREEMENT.read(tmp_path / "table.csv").to_dict("records")
    assert (site["n"], site["values"]) == (30, 4) and site["ari"] == pytest.approx(1)
    assert (cohort["n"], cohort["values"]) == (32, 2)


def test_quality_compares_within_cohorts_called_01_and_nan(subjects: Path, tmp_path: Path) -> None:
    table = SUBJECTS.read(subjects)
    rows = [
        {"subject": row.subject, "cohort": row.cohort, "status": "ok", "missing": "NCR"}
        | {"brain_ml": 1000.0 + (300 if row.cohort == "nan" else 0), "tumour_ml": 10.0}
        for row in table.itertuples()
    ]
    # A brain as large as those of the other cohort.
    rows[3]["brain_ml"] = 1300.0
    quality = quality_table(rows, [], QualitySettings(minimum_subjects=5))
    QUALITY.write(quality, tmp_path / "quality.csv")
    back = QUALITY.read(tmp_path / "quality.csv")
    assert list(back.loc[back["outlier"], "subject"]) == ["01_003"]
    assert back.groupby("cohort")["outlier"].sum().to_dict() == {"01": 1, "nan": 0}
    assert count_cohorts(table)["used"].to_dict() == {"01": 16, "nan": 16}


def test_the_montage_shows_every_site(subjects: Path) -> None:
    domains = {cohort: ["site"] for cohort in COHORTS}
    shown = choose_subjects(SUBJECTS.read(subjects), domains, rows=6)
    assert set(SITES) < set(shown["domain"])

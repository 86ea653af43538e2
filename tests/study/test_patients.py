"""Whose scans a cohort's subjects are: by their names, or by the participants table."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cirl.study.before_jobs import check_tables
from cirl.study.names import StudyNames
from cirl.study.participants import NO_ROW, ParticipantsTable, read_participants
from cirl.study.patients import patient_in, patients_of
from cirl.study.population import StudyError
from cirl.study.user_table import TableError


@pytest.mark.parametrize(
    ("template", "name", "patient"),
    [
        ("{patient}-*", "BraTS-GLI-00001-000", "BraTS-GLI-00001"),
        ("BraTS-GLI-{patient}-*", "BraTS-GLI-00001-000", "00001"),
        ("{patient}_ses-*", "sub-x_ses-y", "sub-x"),
        ("sub-{patient}_ses-*", "sub-x_ses-y", "x"),
        ("*_{patient}", "visit2_007", "007"),
        ("{patient}", "p1", "p1"),
        ("{patient}_*", "a.b(1)_2", "a.b(1)"),
        ("{patient}_ses-*", "sub-x", None),
        ("BraTS-{patient}", "brats-1", None),
        ("{patient}-*", "-1", None),
        ("{patient}-*", " -1", None),
        ("{patient}-*", "cafe\u0301-1", "caf\u00e9"),
        ("{patient}-*", "p\n1-2", "p 1"),
    ],
)  # fmt: skip
def test_a_template_says_where_in_a_name_the_patient_is(
    template: str, name: str, patient: str | None
) -> None:
    assert patient_in(template, name) == patient


def test_patients_of_two_cohorts_are_two_and_who_is_not_known_is_his_own() -> None:
    names = ["s1", "s2", "s3", "p"]
    known = {"s1": "p", "s2": "p"}
    assert patients_of("a", names, None, known) == {
        "s1": "a_p", "s2": "a_p", "s3": "a_s3", "p": "a_p",
    }  # fmt: skip
    assert set(patients_of("b", names, "{patient}", {}).values()) == {
        "b_s1", "b_s2", "b_s3", "b_p",
    }  # fmt: skip


def test_names_that_do_not_fit_are_named() -> None:
    names = [f"p{number}-1" for number in range(4)] + [f"odd{number}" for number in range(7)]
    with pytest.raises(ValueError, match=r"patient: 7 of 11 names do not fit .*'odd4' and 2 more"):
        patients_of("c", names, "{patient}-*", {})


def test_a_column_says_whose_scan_a_subject_is(tmp_path: Path) -> None:
    path = tmp_path / "participants.csv"
    path.write_text("name,site,mrn\ns1,A,007\ns2,B,007\ns3,A,7\ns4,B,n/a\ns5,A, 007 \n")
    table = ParticipantsTable("c", str(path), ("site",), patient="mrn")
    known = read_participants(table, ["s1", "s2", "s3", "s4", "s5"])
    assert known.patients == {"s1": "007", "s2": "007", "s3": "7", "s5": "007"}
    assert known.entries["s1"] == {"site": "A"}
    path.write_text("name,site,mrn\ns1,A,1\ns1,A,2\n")
    with pytest.raises(TableError, match="lines 2 and 3: 's1' stands in both"):
        read_participants(table, ["s1"])


def test_a_row_of_a_patient_is_that_of_all_visits_without_one(tmp_path: Path) -> None:
    path = tmp_path / "participants.tsv"
    path.write_text("participant_id\tsite\nsub-1\tA\nsub-2\tB\nsub-2_ses-2\tC\n")
    names = ["sub-1_ses-1", "sub-1_ses-2", "sub-2_ses-1", "sub-2_ses-2", "sub-3_ses-1"]
    table = ParticipantsTable("c", str(path), ("site",), template="{patient}_ses-*")
    known = read_participants(table, names)
    assert {name: entry["site"] for name, entry in known.entries.items()} == dict(
        zip(names[:4], "AABC", strict=True)
    )
    assert [(one.name, one.what) for one in known.unmatched] == [("sub-3_ses-1", NO_ROW)]


@pytest.fixture
def visits(tmp_path: Path, names: Callable[..., StudyNames]) -> Callable[..., StudyNames]:
    """A study of 30 patients with two visits each."""

    def made(**cohort: object) -> StudyNames:
        for number in range(30):
            for visit in range(2):
                (tmp_path / f"images/P{number:03d}-{visit:03d}").mkdir(parents=True, exist_ok=True)
        clinic = {"root": str(tmp_path / "images"), **cohort}
        return names(
            cohorts={"clinic": clinic},
            use={"cohorts": ["clinic"]},
            arms={"pre": {"cohorts": []}, "base": {"start": "pre"}},
        )

    return made


def test_the_number_of_patients_is_said_before_any_job(
    visits: Callable[..., StudyNames],
) -> None:
    study = visits(patient="{patient}-*")
    assert check_tables(study) == ["cohorts.clinic: 60 subjects are scans of 30 patients"]
    with pytest.raises(StudyError, match="60 of 60 names do not fit"):
        check_tables(visits(patient="{patient}_*"))

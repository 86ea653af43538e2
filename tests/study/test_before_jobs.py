"""What is looked at before any job."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cirl.study.before_jobs import check_tables
from cirl.study.names import StudyNames
from cirl.study.population import StudyError

IDS = [f"{number:03d}" for number in range(1, 151)]


@pytest.fixture
def study(tmp_path: Path, names: Callable[..., StudyNames]) -> Callable[..., StudyNames]:
    """A study of 150 subjects in folders 001 to 150, of three sites of which one is left out."""

    def made(rows: list[str], lodo: dict | None = None, **cohort: object) -> StudyNames:
        for name in IDS:
            (tmp_path / "images" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "images/site.csv").write_text("\n".join(["name,site", *rows]))
        clinic = {"root": str(tmp_path / "images"), "participants": "site.csv", "domains": ["site"]}
        left_out = {"domains": ["site"], "held_out": ["A", "B"], **(lodo or {})}
        return names(
            cohorts={"clinic": {**clinic, **cohort}},
            use={"cohorts": ["clinic"]},
            arms={"pre": {"cohorts": []}, "base": {"start": "pre"}},
            folds={"protocols": ["lodo"], "lodo": left_out},
        )

    return made


def rows_of(spell: Callable[[str], str]) -> list[str]:
    return [f"{spell(name)},{'ABC'[int(name) % 3]}" for name in IDS]


def test_a_table_that_is_right_says_nothing(study: Callable[..., StudyNames]) -> None:
    assert check_tables(study(rows_of(str))) == []


def test_who_has_no_domain_is_named_before_any_job(study: Callable[..., StudyNames]) -> None:
    rows = rows_of(lambda name: str(int(name)))
    no_row, no_subject, left_out = check_tables(study(rows))
    assert "99 of 150 subjects found have no row" in no_row
    assert "99 rows of" in no_subject
    assert left_out.startswith(
        "folds.lodo: 99 of 150 subjects have no known domain (site) and take no part in these "
        "folds (folds.lodo.unknown): 'clinic_001', 'clinic_002'"
    )
    assert "train in every fold all the same" in check_tables(study(rows, {"unknown": "train"}))[2]


def test_a_table_that_names_nobody_stops_the_study(study: Callable[..., StudyNames]) -> None:
    with pytest.raises(StudyError, match="'sub-001', .* the subjects are called '001', "):
        check_tables(study(rows_of(lambda name: f"sub-{name}")))


@pytest.mark.parametrize(
    ("lodo", "cohort", "said"),
    [
        ({"held_out": ["A", "D"]}, {}, r"no subject found is of 'D'\. Known .*'A', 'B', 'C'"),
        ({"held_out": ["a"]}, {}, r"is of 'a', did you mean 'A'\?"),
        ({}, {"domains": ["Site"]}, r"no column 'Site'.*did you mean 'site'\?"),
        ({}, {"participants_key": "id"}, r"no column 'id' \(cohorts.clinic.participants_key\)"),
        ({}, {"participants": "sites.csv"}, "sites.csv: No such file"),
    ],
)
def test_what_cannot_be_meant_stops_the_study(
    study: Callable[..., StudyNames], lodo: dict, cohort: dict, said: str
) -> None:
    with pytest.raises(StudyError, match=said):
        check_tables(study(rows_of(str), lodo, **cohort))


def test_domains_are_looked_at_only_where_they_are_left_out(
    study: Callable[..., StudyNames],
) -> None:
    rows = rows_of(str)[:-1]
    assert len(check_tables(study(rows))) == 2
    assert len(check_tables(study(rows, {"domains": "cohort", "held_out": []}))) == 1

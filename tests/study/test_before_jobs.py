"""What is looked at before any job."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cirl.study.before_jobs import check_tables
from cirl.study.names import StudyNames
from cirl.study.population import StudyError
from cirl.study.subjects import subject_id

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


def with_table(
    names: Callable[..., StudyNames], table: Path | dict, k: int = 3, **sections: dict
) -> StudyNames:
    sections = {"use": {"cohorts": [], "arms": []}, **sections}
    path = (
        {name: str(own) for name, own in table.items()} if isinstance(table, dict) else str(table)
    )
    return names(radiomics={"table": {"path": path}}, clustering={"k": [2, k]}, **sections)


def test_more_clusters_than_an_own_table_has_subjects_are_refused(
    tmp_path: Path, names: Callable[..., StudyNames]
) -> None:
    own = tmp_path / "own.csv"
    own.write_text("subject,a,b\nx,1,2\ny,3,4\nz,5,6\n")
    for k, refused in ((2, False), (3, True), (4, True)):
        if not refused:
            assert check_tables(with_table(names, own, k)) == []
            continue
        with pytest.raises(StudyError, match=f"clustering: k: {k} clusters of 3 subjects in .*own"):
            check_tables(with_table(names, own, k))
    other = tmp_path / "other.csv"
    other.write_text("subject,a,b\nu,1,2\nv,3,4\nw,5,6\n")
    assert check_tables(with_table(names, {"a": own, "b": other}, 5)) == []
    with pytest.raises(StudyError, match="6 clusters of 6 subjects"):
        check_tables(with_table(names, {"a": own, "b": other}, 6))


def test_an_own_table_is_read_before_any_job(
    tmp_path: Path, names: Callable[..., StudyNames]
) -> None:
    own = tmp_path / "own.csv"
    own.write_text("subject,a,Label\n" + "".join(f"s{n},{n},1\n" for n in range(9)))
    assert check_tables(with_table(names, own)) == [
        f"radiomics.table: of {own} these columns are no features and are left out: 'Label'"
    ]
    own.write_text("subject,a\nx,1\nx,2\n")
    with pytest.raises(StudyError, match="radiomics.table: .*own.csv, line 3.*names 'x'"):
        check_tables(with_table(names, own))


def test_an_own_table_beside_images_names_who_is_unmatched(
    tmp_path: Path, names: Callable[..., StudyNames]
) -> None:
    own = tmp_path / "own.csv"
    rows = "".join(f"phantom_p{n:04d},{n}\n" for n in range(1, 10))
    own.write_text(f"subject,a\n{rows}phantom_10,1\n")
    phantom = {"simulate": {"subjects": 10, "spacing": 4}}
    sections = {"use": {"cohorts": ["phantom"], "arms": []}, "cohorts": {"phantom": phantom}}
    strange, without = check_tables(with_table(names, own, **sections))
    assert strange.startswith("radiomics.table: 1 rows name no subject of the cohorts: 'phantom_10")
    assert without.startswith("radiomics.table: 1 subjects of the cohorts have no row: ")
    assert "phantom_p0010 (nearest: phantom_" in without
    with pytest.raises(StudyError, match="9 clusters of 9 subjects"):
        check_tables(with_table(names, own, 9, **sections))
    own.write_text("subject,a\np0001,1\n")
    with pytest.raises(StudyError, match="it has 'p0001', the subjects' ids are 'phantom_p0001'"):
        check_tables(with_table(names, own, **sections))


def test_a_row_of_an_own_table_names_a_subject_as_its_folder_or_by_its_id(
    tmp_path: Path, names: Callable[..., StudyNames]
) -> None:
    for name in ("a, b", "pt$5", "c"):
        (tmp_path / "images" / name).mkdir(parents=True)
    clinic = {"root": str(tmp_path / "images")}
    sections = {"use": {"cohorts": ["clinic"], "arms": []}, "cohorts": {"clinic": clinic}}
    own = tmp_path / "own.csv"
    own.write_text(f'subject,a\n"clinic_a, b",1\n{subject_id("clinic", "pt$5")},2\nclinic_c,3\n')
    assert check_tables(with_table(names, own, 2, **sections)) == []


@pytest.mark.parametrize("name", ["x'$(touch stolen).csv", "{subject}.csv", "a\nb.csv"])
def test_a_table_whose_path_a_shell_would_obey_is_refused(
    tmp_path: Path, names: Callable[..., StudyNames], name: str
) -> None:
    (tmp_path / name).write_text("subject,a\np1,1\np2,2\np3,3\n")
    with pytest.raises(StudyError, match=r"radiomics.table.path: .* has signs that a shell") as no:
        check_tables(with_table(names, tmp_path / name, use={"cohorts": [], "arms": []}))
    assert repr(name)[1:-1] in str(no.value)

"""Who is who: every row and every subject is matched, or named with the nearest spelling."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cirl.study.participants import (
    NO_ROW,
    NO_SUBJECT,
    Participants,
    ParticipantsTable,
    find_table,
    read_participants,
)
from cirl.study.subjects import subject_id
from cirl.study.user_table import TableError

DECOMPOSED, COMPOSED = "cafe\u0301", "caf\u00e9"


def match(
    folder: Path, text: str, names: list[str], columns: tuple[str, ...] = ("site",), **wanted
) -> Participants:
    path = folder / wanted.pop("file", "participants.csv")
    path.write_text(text, encoding="utf-8")
    table = ParticipantsTable("c", str(path), columns, domains=columns, **wanted)
    return read_participants(table, names)


def sites(known: Participants) -> dict[str, str | None]:
    return {name: entries["site"] for name, entries in known.entries.items()}


def test_zeros_that_a_spreadsheet_drops_match_nobody_and_are_named(tmp_path: Path) -> None:
    names = [f"{number:03d}" for number in range(1, 151)]
    rows = [f"{number},{'ABC'[number % 3]}" for number in range(1, 151)]
    known = match(tmp_path, "\n".join(["name,site", *rows]), names)
    assert list(known.entries) == [str(number) for number in range(100, 151)]
    subjects = [one for one in known.unmatched if one.what == NO_ROW]
    assert [(one.name, one.nearest) for one in subjects] == [
        (f"{number:03d}", str(number)) for number in range(1, 100)
    ]
    lost = [one for one in known.unmatched if one.what == NO_SUBJECT]
    assert [(one.name, one.line, one.nearest) for one in lost] == [
        (str(number), number + 1, f"{number:03d}") for number in range(1, 100)
    ]
    first, second = known.notes
    assert "99 of 150 subjects found have no row" in first and "'001' (nearest: '1')" in first
    assert "99 rows of" in second and "'99' (nearest: '099')" in second


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        ("A ", "A"), ("A", "A"), ("\u00a0NA", "NA"), ("None", "None"), ("\ufeff001", "001"),
        (COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), ('"DOE,JOHN"', "DOE,JOHN"),
        ("pt$5", "pt$5"), ("it's", "it's"), ("x$\\frac$y", "x$\\frac$y"), ("c_001", "001"),
        ("p  1", "p 1"),
    ],
)  # fmt: skip
def test_names_that_are_the_same_to_a_reader_match(
    tmp_path: Path, written: str, folder: str
) -> None:
    known = match(tmp_path, f"name,site\n{written},X\n", [folder])
    assert sites(known) == {folder: "X"} and not known.unmatched and not known.notes


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        ("1", "001"), ("007", "7"), ("1E2", "100"), ("97.0", "097"), ("097.0", "097"),
        ("p01", "P01"), ("P_01", "P-01"), ("sub-01", "01"),
    ],
)  # fmt: skip
def test_names_that_differ_do_not_match_and_are_told(
    tmp_path: Path, written: str, folder: str
) -> None:
    known = match(tmp_path, f"name,site\n{written},X\nother,Y\n", [folder, "other"])
    assert sites(known) == {"other": "Y"}
    assert [(one.what, one.name, one.nearest) for one in known.unmatched] == [
        (NO_ROW, folder, written),
        (NO_SUBJECT, written, folder),
    ]
    with pytest.raises(TableError, match="no row of .* names a subject") as refused:
        match(tmp_path, f"name,site\n{written},X\n", [folder])
    assert repr(written) in str(refused.value) and repr(folder) in str(refused.value)


def test_entries_are_text_and_only_blanks_around_them_go(tmp_path: Path) -> None:
    rows = ["a,A", "b,A ", "c,\u00a0A", "d,01", "e,1", "f,1.0", "g,NA", "h,None", "i,", "j,n/a"]
    known = match(tmp_path, "\n".join(["name,site", *rows]), list("abcdefghij"))
    found = sites(known)
    assert [found[name] for name in "abc"] == ["A"] * 3
    assert [found[name] for name in "defgh"] == ["01", "1", "1.0", "NA", "None"]
    assert found["i"] is found["j"] is None
    assert [note.partition(": ")[2] for note in known.notes] == [
        "site: not known of 'i', 'j'",
        "site: '01', '1', '1.0' are taken as different, as they are written",
    ]


def test_sites_that_differ_in_case_are_pointed_at(tmp_path: Path) -> None:
    known = match(tmp_path, "name,site\na,Site A\nb,site a\nc,Site B\n", list("abc"))
    assert sites(known) == {"a": "Site A", "b": "site a", "c": "Site B"}
    assert known.notes == [
        "cohorts.c.domains: site: 'Site A', 'site a' are taken as different, as they are written"
    ]


@pytest.mark.parametrize("column", ["subject", "participant_id", "name", "Name", " NAME "])
def test_names_stand_in_one_of_three_columns_without_a_key(tmp_path: Path, column: str) -> None:
    assert sites(match(tmp_path, f"site,{column}\nX,a\n", ["a"])) == {"a": "X"}


def test_of_several_columns_the_one_that_names_most_is_taken(tmp_path: Path) -> None:
    text = "subject,participant_id,name,site\n1,sub-01,Ann,X\n2,sub-02,Bob,Y\n"
    assert sites(match(tmp_path, text, ["sub-01", "sub-02"])) == {"sub-01": "X", "sub-02": "Y"}
    assert sites(match(tmp_path, text, ["01", "02"])) == {"01": "X", "02": "Y"}
    assert sites(match(tmp_path, text, ["Ann", "Bob"])) == {"Ann": "X", "Bob": "Y"}
    assert sites(match(tmp_path, text, ["1", "2"])) == {"1": "X", "2": "Y"}
    with pytest.raises(TableError, match="'name' has 'Ann', 'Bob', the subjects .* '1', '2'"):
        match(tmp_path, text, ["1", "2"], key="name")


def test_a_key_or_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    text = "patient,Site\na,X\n"
    with pytest.raises(TableError, match="no column subject, participant_id, name.*'patient'"):
        match(tmp_path, text, ["a"])
    with pytest.raises(TableError, match=r"'patients' \(cohorts.c.participants_key\).*'patient'"):
        match(tmp_path, text, ["a"], key="patients")
    with pytest.raises(TableError, match=r"no column 'site' .*did you mean 'Site'\?"):
        match(tmp_path, text, ["a"], key="patient")
    with pytest.raises(TableError, match="has no row"):
        match(tmp_path, "name,site\n", ["a"])


def test_rows_of_one_subject_that_agree_are_one_and_others_are_refused(tmp_path: Path) -> None:
    known = match(tmp_path, "name,site,age\na,X,1\na ,X\u00a0,2\nb,Y,3\n", ["a", "b"])
    assert sites(known) == {"a": "X", "b": "Y"} and not known.unmatched
    assert known.notes == ["cohorts.c.participants: in more than one row, which say the same: 'a'"]
    with pytest.raises(
        TableError, match=r"lines 2 and 4: 'a' stands in both, with site 'X' and ''"
    ):
        match(tmp_path, "name,site\na,X\nb,Y\na,\n", ["a", "b"])
    # A row that nobody is named by contradicts nothing.
    known = match(tmp_path, "name,site\na,X\nz,1\nz,2\n", ["a"])
    assert [one.line for one in known.unmatched] == [3, 4]


def test_a_row_without_a_name_is_listed_by_its_line(tmp_path: Path) -> None:
    known = match(tmp_path, "name,site\na,X\n,Y\n", ["a"])
    assert [(one.what, one.name, one.line) for one in known.unmatched] == [(NO_SUBJECT, "", 3)]
    assert known.notes[0].endswith("name no subject found: line 3, without a name")


def test_two_subjects_whose_names_look_the_same_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"'cafe\\u0301' and 'caf\\xe9' are two subjects"):
        match(tmp_path, "name,site\na,X\n", [DECOMPOSED, COMPOSED])


def test_a_table_may_lie_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, home, here = tmp_path / "root", tmp_path / "home", tmp_path / "here"
    for folder in (root, home, here):
        folder.mkdir()
        (folder / "p.csv").touch()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("WHERE", str(tmp_path))
    assert find_table("p.csv", str(root)) == f"{root}/p.csv"
    assert find_table(f"{home}/p.csv", str(root)) == f"{home}/p.csv"
    assert find_table("~/p.csv", str(root)) == f"{home}/p.csv"
    assert find_table("$WHERE/here/p.csv", str(root)) == f"{here}/p.csv"
    (root / "p.csv").unlink()
    assert find_table("p.csv", str(root)) == "p.csv"
    assert find_table("q.csv", str(root)) == f"{root}/q.csv"


names = st.lists(
    st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=5), unique=True
)


@given(names, names)
def test_every_row_and_every_subject_is_matched_or_named(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], subjects: list[str]
) -> None:
    quoted = [f'"{row.replace(chr(34), chr(34) * 2)}",{number}' for number, row in enumerate(rows)]
    folder = tmp_path_factory.mktemp("matched")
    try:
        known = match(folder, "\n".join(["name,site", "sure,X", *quoted]), ["sure", *subjects])
    except TableError as error:
        assert "look the same" in str(error) or "stands in both" in str(error)
        return
    without = {one.name for one in known.unmatched if one.what == NO_ROW}
    assert without | set(known.entries) == {"sure", *subjects} and not without & set(known.entries)
    lost = [one for one in known.unmatched if one.what == NO_SUBJECT]
    assert len(lost) + len(known.entries) == len(rows) + 1


def test_a_row_may_name_a_subject_by_its_id(tmp_path: Path) -> None:
    """Which is not the name where that is not safe for shells and files."""
    made = subject_id("c", "pt$5")
    known = match(tmp_path, f"subject,site\n{made},A\nc_a b,B\n", ["pt$5", "a b"])
    assert sites(known) == {"pt$5": "A", "a b": "B"} and not known.unmatched

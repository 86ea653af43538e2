"""Tables that users bring: read as they are, or refused by file, line and column."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirl.study.spelling import plain
from cirl.study.user_table import TableError, UserTable, read_user_table

ROWS = [["001", "A"], ["NA", "None"], ["1E2", "01"]]


def read(tmp_path: Path, content: str | bytes, name: str = "t.csv") -> UserTable:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_user_table(path)


@pytest.mark.parametrize(
    "content",
    [
        "name,site\n001,A\nNA,None\n1E2,01\n",
        "name,site\n001,A\nNA,None\n1E2,01",  # no end of the last line
        "name,site\r\n001,A\r\nNA,None\r\n1E2,01\r\n",
        "name,site\r001,A\rNA,None\r1E2,01\r",  # an old Macintosh
        "\ufeffname,site\n001,A\nNA,None\n1E2,01\n",
        "name\tsite\n001\tA\nNA\tNone\n1E2\t01\n",
        "name;site\n001;A\nNA;None\n1E2;01\n",
        "sep=;\nname;site\n001;A\nNA;None\n1E2;01\n",
        " name ,\u00a0site\n001 , A\nNA,None\u2003\n\u200b1E2,01\n",
        '"name","site"\n"001","A"\n"NA","None"\n"1E2","01"\n',
        "\n\nname,site\n001,A\n\nNA,None\n,\n1E2,01\n,,\n",  # rows without any entry
        "name,site\n001,A,\nNA,None,\n1E2,01,\n",  # a separator at the end of the rows
        "name,site,\n001,A,\nNA,None,\n1E2,01,\n",  # and of the header
        "name,site,\n001,A\nNA,None\n1E2,01\n",  # of the header alone
        "name,,site\n001,,A\nNA,,None\n1E2,,01\n",  # an empty column between
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.txt"])
def test_one_table_in_many_dresses(tmp_path: Path, content: str, name: str) -> None:
    table = read(tmp_path, content, name)
    assert table.columns == ("name", "site") and table.rows == ROWS


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\n\n1,"two\nlines"\n2,x\n')
    assert table.lines == [3, 5] and table.column("b") == ["two lines", "x"]
    assert read(tmp_path, "sep=;\na;b\n1;2\n").lines == [3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_letters_survive(tmp_path: Path, encoding: str) -> None:
    table = read(tmp_path, "name\tsite\n1\tUniversitätsklinik 東京\n".encode(encoding))
    assert table.rows == [["1", "Universitätsklinik 東京"]]


def test_a_separator_inside_quotation_marks_separates_nothing(tmp_path: Path) -> None:
    table = read(tmp_path, 'name,site\n"DOE,JOHN","say ""A"""\n')
    assert table.rows == [["DOE,JOHN", 'say "A"']]
    table = read(tmp_path, 'name;"age, years"\nA,B;3\n')
    assert table.columns == ("name", "age, years") and table.rows == [["A,B", "3"]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n , ,\n", "is empty"),
        (b"PK\x03\x04 and so on", "a workbook.*save the table as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook"),
        (b"\x1f\x8b\x08", "compressed"),
        ("name,site\n1,x\n2,Universit\u00e4t\n".encode("latin-1"), "line 3: byte 0xe4.*not UTF-8"),
        ("name,site\n1,x\n".encode("utf-16-le"), "line 1: a zero byte"),
        (b"name,site\n1,x\n2,\x00\n", "line 3: a zero byte"),
        (b"a,b\n1,2\n3,4,5\n", "line 3: 3 cells, but the header has 2.*'b' stands '5'"),
        (b"a,b\nr1,1,2\nr2,3,4\n", "line 2: 3 cells"),  # R's names of rows
        (b"a,b,c\n1,2,3\n4,5\n", "line 3: 2 cells.*column 'c' and what follows is lacking"),
        (b"a;b\n1;2;3\n", "line 2: 3 cells.*semicolon"),
        (b"a,b,a\n1,2,3\n", "columns 1 and 3 are both called 'a'"),
        (b"a,b,a \n1,2,3\n", "columns 1 and 3 are both called 'a'"),
        ("é,e\u0301\n1,2\n".encode(), "columns 1 and 2 are both called"),
        (b'a,b\n1,"2\n3,4\n', "line 2: a quotation mark"),
        (b'a,b\n1,2\n"3"x,4\n', "line 3: a quotation mark"),
        (b"a,b\n1,3,5\n2,4,7\n", "line 2: 3 cells"),  # decimal commas
    ],
)
def test_what_cannot_be_read_is_refused_by_line(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(TableError, match=f"t.csv.*{said}"):
        read(tmp_path, content)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="nowhere.csv: No such file"):
        read_user_table(tmp_path / "nowhere.csv")
    with pytest.raises(TableError, match="Is a directory"):
        read_user_table(tmp_path)


def test_a_column_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    table = read(tmp_path, "name,Site\n1,A\n")
    assert table.column(" Site\u00a0") == ["A"]
    with pytest.raises(TableError, match=r"no column 'site' \(the key\), did you mean 'Site'\?"):
        table.column("site", "the key")
    with pytest.raises(TableError, match="no column 'hospital'; it has 'name', 'Site'"):
        table.column("hospital")
    with pytest.raises(TableError, match="no column ''"):
        read(tmp_path, ",a\n0,1\n").column("")


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells), max_size=4), st.sampled_from([",", "\t", ";"]))
def test_what_csv_writers_write_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], separator: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([("one", "two"), *rows])
    table = read(tmp_path_factory.mktemp("written"), text.getvalue())
    whole = [[plain(cell) for cell in row] for row in rows]
    assert table.rows == [row for row in whole if any(row)]

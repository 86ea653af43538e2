"""The one reader of tables that users bring: participants, features, splits.

Such a file is text with a row of names above rows of cells. It is read as it is or refused by file,
line and column; nothing in it is guessed, no cell is shifted, and every cell stays text.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cirl.study.spelling import listed, nearest_spellings, plain

SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon"}
"""What may stand between cells, and what it is called."""

SAVE_AS = "save the table as CSV (UTF-8)"

NO_TEXT = {
    b"PK\x03\x04": "a workbook (Excel, LibreOffice) or another archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed (gzip)",
}
"""How files begin that are no text, and what they are."""


class TableError(ValueError):
    """A table that a user brings cannot be read; a line that names file, line and column."""


@dataclass(frozen=True)
class UserTable:
    """A table as text, its names and cells ``plain``.

    Attributes:
        path: of the file.
        columns: names of the columns; empty for one without a name.
        rows: the cells of each row, as many as there are columns.
        lines: on which line of the file each row begins.
    """

    path: str
    columns: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str, key: str = "") -> list[str]:
        """Return the cells of a column.

        Args:
            name: of the column.
            key: of the configuration that names it, for the error.

        Raises:
            TableError: if there is none, naming those that there are.
        """
        wanted = plain(name)
        if not wanted or wanted not in self.columns:
            near = nearest_spellings([wanted], [known for known in self.columns if known])[wanted]
            said = f", did you mean {near!r}?" if near else f"; it has {listed(self.columns, 8)}"
            raise TableError(f"{self.path}: no column {name!r}{f' ({key})' * bool(key)}{said}")
        place = self.columns.index(wanted)
        return [row[place] for row in self.rows]


def read_user_table(path: str | Path) -> UserTable:
    """Read a table whose cells are separated by commas, tabs or semicolons.

    Text is UTF-8, or UTF-16 with its mark at the beginning. Rows without any entry and columns
    without a name and any entry are left out, and so are separators at the end of rows.

    Raises:
        TableError: naming the file and where it cannot be read, and why.
    """
    text = _text(Path(path))
    declared, text = _declared(text)
    header = re.search(r"[^\r\n]*[^\s,;][^\r\n]*", text)
    if not header:
        raise TableError(f"{path}: is empty, expected a row of names above the rows")
    candidates = [declared] if declared else _candidates(header[0], Path(path).suffix)
    errors = []
    for separator in candidates:
        try:
            return _parse(str(path), text, separator)
        except TableError as error:
            errors.append(error)
    raise errors[0]


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path}: {error.strerror or error}") from None
    for beginning, what in NO_TEXT.items():
        if content.startswith(beginning):
            raise TableError(f"{path}: is {what}, no text; {SAVE_AS}")
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = f"byte {content[error.start]:#04x}, which is not UTF-8"
        raise TableError(
            f"{path}, line {line}: {'damaged UTF-16' if wide else found}; {SAVE_AS}"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise TableError(f"{path}, line {line}: a zero byte, so this is no text; {SAVE_AS}")
    return text


def _declared(text: str) -> tuple[str, str]:
    """Return the separator that Excel's first line ``sep=;`` declares, and the rest."""
    first, _, rest = text.partition("\n")
    first = first.strip("\r ")
    if first.startswith("sep=") and first[4:] in SEPARATORS:
        # An empty line in its place keeps the numbers of the lines.
        return first[4:], f"\n{rest}"
    return "", text


def _candidates(header: str, suffix: str) -> list[str]:
    """Return the separators that stand in a header, the one that the file's name promises first."""
    unquoted = re.sub(r'"[^"]*"?', "", header)
    found = [sign for sign in SEPARATORS if sign in unquoted]
    promised = "\t" if suffix.lower() in (".tsv", ".tab") else ","
    return sorted(found, key=lambda sign: sign != promised) or [promised]


def _parse(path: str, text: str, separator: str) -> UserTable:
    header: list[str] = []
    rows, lines = [], []
    longest = 0
    for line, cells in _records(path, text, separator):
        if not any(cells):
            continue
        if not header:
            header = cells[: max(place for place, name in enumerate(cells, 1) if name)]
            continue
        rows.append(cells)
        lines.append(line)
        longest = max(longest, len(cells))
    width = len(header)
    if longest != width or any(len(row) != width for row in rows):
        rows = [
            _fitted(path, row, line, header, separator)
            for row, line in zip(rows, lines, strict=True)
        ]
    _check_names(path, header)
    kept = [place for place, name in enumerate(header) if name or any(row[place] for row in rows)]
    if len(kept) < width:
        rows = [[row[place] for place in kept] for row in rows]
    return UserTable(path, tuple(header[place] for place in kept), rows, lines)


def _records(path: str, text: str, separator: str) -> Sequence[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found, begins = [], 1
    try:
        for cells in reader:
            found.append((begins, [_cell(cell) for cell in cells]))
            begins = reader.line_num + 1
    except csv.Error as error:
        reason = "a quotation mark that is not closed or not at a cell's end"
        said = reason if "'" in str(error) or "unexpected end" in str(error) else str(error)
        raise TableError(f"{path}, line {begins}: {said}") from None
    return found


def _cell(cell: str) -> str:
    return cell if cell.isascii() and cell.isalnum() else plain(cell)


def _fitted(path: str, row: list[str], line: int, header: list[str], separator: str) -> list[str]:
    """Return a row without separators at its end, of which some programs write one too many."""
    width = len(header)
    if len(row) == width or (len(row) > width and not any(row[width:])):
        return row[:width]
    if len(row) > width:
        what = f"after the last column {header[-1]!r} stands {row[width]!r}"
    else:
        what = f"column {header[len(row)]!r} and what follows is lacking"
    raise TableError(
        f"{path}, line {line}: {len(row)} cells, but the header has {width} columns ({what}); "
        f"cells are separated by {SEPARATORS[separator]}s, and one that holds a "
        f"{SEPARATORS[separator]} stands in quotation marks"
    )


def _check_names(path: str, header: list[str]) -> None:
    for place, name in enumerate(header):
        if name and name in header[:place]:
            raise TableError(
                f"{path}: columns {header.index(name) + 1} and {place + 1} are both called {name!r}"
            )

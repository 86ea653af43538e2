"""Who is who: the rows of a cohort's participants table, and the subjects in its folder."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cirl.study.given_paths import expanded
from cirl.study.patients import patient_in
from cirl.study.spelling import listed, lookalikes, nearest_spellings, plain
from cirl.study.subjects import subject_id
from cirl.study.user_table import TableError, UserTable, read_user_table

KEY_COLUMNS = ("subject", "participant_id", "name")
"""Columns that may hold the subjects' names where the configuration names none."""

UNKNOWN_ENTRIES = ("", "n/a")
"""What stands in a participants table where nothing is known: BIDS demands ``n/a``."""


@dataclass(frozen=True)
class ParticipantsTable:
    """A participants table, as the configuration describes it.

    Attributes:
        cohort: whose it is.
        path: where it lies.
        columns: known domains and clinical columns that are wanted of it.
        key: the column of the subjects' names; None for one of ``KEY_COLUMNS``.
        domains: those of the columns that are known domains.
        patient: the column that says whose scan a subject is; None where none does.
        template: what in a subject's name is the patient (``patient_in``), whose row is that of all
            of its scans that have none of their own; None where names do not say it.
    """

    cohort: str
    path: str
    columns: tuple[str, ...]
    key: str | None = None
    domains: tuple[str, ...] = ()
    patient: str | None = None
    template: str | None = None


@dataclass(frozen=True)
class Unmatched:
    """A subject without a row, or a row without a subject.

    Attributes:
        cohort: its cohort.
        what: which of the two.
        name: the subject's, as its folder or file has it, or what the row says.
        line: of the table, for a row.
        nearest: the most similar name on the other side, or nothing.
    """

    cohort: str
    what: str
    name: str
    line: int | None
    nearest: str


_PATIENT = "the patient\n"
"""Key of the patient among a row's entries: no column is called so."""

NO_ROW, NO_SUBJECT = "subject without a row", "row without a subject"


@dataclass(frozen=True)
class Participants:
    """What a table says of the subjects found.

    Attributes:
        entries: by subject's name, what stands in the wanted columns; None where unknown.
        unmatched: every subject without a row and every row without a subject.
        notes: sentences for the user on what is odd and was tolerated.
        patients: by subject's name, whose scan it is, where the table says so.
    """

    entries: Mapping[str, Mapping[str, str | None]]
    unmatched: Sequence[Unmatched] = ()
    notes: Sequence[str] = field(default=())
    patients: Mapping[str, str] = field(default_factory=dict)


def find_table(path: str, root: str) -> str:
    """Return where a participants table lies: anywhere, below the cohort's root, or below here.

    ``~`` and environment variables are put in. A table that is nowhere is said to be below the
    root.

    Raises:
        UnsetVariableError: naming the variable.
    """
    path = expanded(path, root)
    below = os.path.join(root, path)
    return path if not os.path.isfile(below) and os.path.isfile(path) else below


def read_participants(wanted: ParticipantsTable, names: Sequence[str]) -> Participants:
    """Match a table's rows with the subjects found, by their names, which are text.

    Names and entries are ``plain``: blanks around them, marks without width and the way in which
    letters are composed make no difference; everything else does. A row may also give a subject's
    id (``{cohort}_{name}``), and a ``participant_id`` of BIDS its ``sub-``. Where names say whose
    scan a subject is, a row may be a patient's, as in BIDS with sessions.

    Args:
        wanted: the table, and what is wanted of it.
        names: of all subjects found in the cohort.

    Raises:
        TableError: naming the file, and the column that it lacks, the lines that contradict each
            other, or, where no row names any subject, names of both sides.
    """
    table = read_user_table(wanted.path)
    found = _by_plain_name(names, wanted)
    column, matches = _key_column(table, found, wanted)
    where = f"cohorts.{wanted.cohort}"
    columns = {name: table.column(name, f"{where}.domains, clinical") for name in wanted.columns}
    if wanted.patient is not None:
        columns[_PATIENT] = table.column(wanted.patient, f"{where}.patient_column")
    ids = table.column(column)
    if not matches:
        raise TableError(
            f"{where}.participants: no row of {wanted.path} names a subject: its column "
            f"{column!r} has {listed(ids, 3) or 'no row'}, the subjects are called "
            f"{listed(names, 3)}; names have to be the same on both sides, and participants_key "
            "says which column holds them"
        )
    entries: dict[str, dict[str, str | None]] = {}
    first: dict[str, int] = {}
    repeated = []
    for row, subject in ((row, name) for row, scans in matches.items() for name in scans):
        own = {name: _known(cells[row]) for name, cells in columns.items()}
        if subject in entries:
            _check_same(table, entries[subject], own, subject, (first[subject], row))
            repeated.append(subject)
        entries[subject] = own
        first.setdefault(subject, row)
    owners = {name: own.pop(_PATIENT, None) for name, own in entries.items()}
    patients = {name: owner for name, owner in owners.items() if owner is not None}
    unmatched = _unmatched(names, table, ids, matches, wanted.cohort)
    notes = [*_notes(wanted, column, len(names), unmatched), *_of_domains(wanted, entries)]
    if repeated:
        notes.append(
            f"{where}.participants: in more than one row, which say the same: {listed(repeated)}"
        )
    return Participants(entries, unmatched, notes, patients)


def _known(entry: str) -> str | None:
    return None if entry in UNKNOWN_ENTRIES else entry


def _by_plain_name(names: Sequence[str], wanted: ParticipantsTable) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        if plain(name) in found:
            raise TableError(
                f"cohorts.{wanted.cohort}: {found[plain(name)]!a} and {name!a} are two subjects "
                f"whose names look the same, so no row of {wanted.path} can tell them apart; "
                "rename one"
            )
        found[plain(name)] = name
    return found


def _key_column(
    table: UserTable, found: Mapping[str, str], wanted: ParticipantsTable
) -> tuple[str, dict[int, list[str]]]:
    """Return the column of the subjects' names, and which row is of which subjects.

    Of several that may be, it is the one that names most subjects.
    """
    if wanted.key is not None:
        table.column(wanted.key, f"cohorts.{wanted.cohort}.participants_key")
        return plain(wanted.key), _matches(table, plain(wanted.key), found, wanted)
    possible = [name for key in KEY_COLUMNS for name in table.columns if name.casefold() == key]
    if not possible:
        raise TableError(
            f"{table.path}: no column {', '.join(KEY_COLUMNS)}, one of which should hold the "
            f"subjects' names; it has {listed(table.columns, 8)}, and "
            f"cohorts.{wanted.cohort}.participants_key says which it is"
        )
    matched = [(name, _matches(table, name, found, wanted)) for name in possible]
    return max(matched, key=lambda pair: len(pair[1]))


def _matches(
    table: UserTable, column: str, found: Mapping[str, str], wanted: ParticipantsTable
) -> dict[int, list[str]]:
    prefixes = [f"{wanted.cohort}_"] + ["sub-"] * (column.casefold() == "participant_id")
    ids = {subject_id(wanted.cohort, name): spelling for spelling, name in found.items()}
    spelt = [
        [text, *(text.removeprefix(prefix) for prefix in prefixes), ids.get(text, "")]
        for text in table.column(column)
    ]
    matches = {
        row: [subject]
        for row, spellings in enumerate(spelt)
        if (subject := next((found[name] for name in spellings if name in found), None)) is not None
    }
    named = {subject for [subject] in matches.values()}
    scans: dict[str | None, list[str]] = {}
    for subject in found.values() if wanted.template else ():
        scans.setdefault(patient_in(wanted.template or "", subject), []).append(subject)
    for row, spellings in enumerate(spelt):
        patient = next((name for name in spellings if name in scans), None)
        if row not in matches and patient is not None:
            matches[row] = [subject for subject in scans[patient] if subject not in named]
    return matches


def _check_same(
    table: UserTable,
    before: Mapping[str, str | None],
    own: Mapping[str, str | None],
    subject: str,
    rows: tuple[int, int],
) -> None:
    for name, entry in own.items():
        if before[name] != entry:
            first, second = (table.lines[row] for row in rows)
            raise TableError(
                f"{table.path}, lines {first} and {second}: {subject!r} stands in both, with "
                f"{name} {before[name] or ''!r} and {entry or ''!r}"
            )


def _unmatched(
    names: Sequence[str],
    table: UserTable,
    ids: Sequence[str],
    matches: Mapping[int, Sequence[str]],
    cohort: str,
) -> list[Unmatched]:
    matched = {subject for scans in matches.values() for subject in scans}
    subjects = [name for name in names if name not in matched]
    rows = [row for row in range(len(ids)) if row not in matches]
    # Names that are left over on the other side come first, since they are what is looked for.
    rest = dict.fromkeys([*(ids[row] for row in rows), *ids])
    near_rows = nearest_spellings(map(plain, subjects), [name for name in rest if name])
    near_subjects = nearest_spellings(
        (ids[row] for row in rows), list(map(plain, dict.fromkeys([*subjects, *names])))
    )
    return [
        *(Unmatched(cohort, NO_ROW, name, None, near_rows[plain(name)]) for name in subjects),
        *(
            Unmatched(cohort, NO_SUBJECT, ids[row], table.lines[row], near_subjects[ids[row]])
            for row in rows
        ),
    ]


def _notes(
    wanted: ParticipantsTable, column: str, found: int, unmatched: Sequence[Unmatched]
) -> list[str]:
    """Return who is unmatched, a sentence for each side."""
    notes = []
    for what, of in ((NO_ROW, f"{found} subjects found have no row in"), (NO_SUBJECT, "rows of")):
        them = [one for one in unmatched if one.what == what]
        if not them:
            continue
        said = f"{len(them)} of {of}" if what == NO_ROW else f"{len(them)} {of}"
        ends = "" if what == NO_ROW else " name no subject found"
        names = ", ".join(map(_called, them[:200]))
        more = f" and {len(them) - 200} more" if len(them) > 200 else ""
        notes.append(
            f"cohorts.{wanted.cohort}.participants: {said} {wanted.path} (column {column!r})"
            f"{ends}: {names}{more}"
        )
    return notes


def _called(one: Unmatched) -> str:
    name = repr(one.name) if one.name else f"line {one.line}, without a name"
    return f"{name} (nearest: {one.nearest!r})" if one.nearest else name


def _of_domains(
    wanted: ParticipantsTable, entries: Mapping[str, Mapping[str, str | None]]
) -> list[str]:
    """Return which subjects' domains are not known, and which domains may be one."""
    notes = []
    for column in wanted.domains:
        key = f"cohorts.{wanted.cohort}.domains: {column}"
        values = {name: own[column] for name, own in entries.items()}
        unknown = [name for name, value in values.items() if value is None]
        if unknown:
            notes.append(f"{key}: not known of {listed(unknown)}")
        notes += [
            f"{key}: {listed(group)} are taken as different, as they are written"
            for group in lookalikes(value for value in values.values() if value is not None)
        ]
    return notes

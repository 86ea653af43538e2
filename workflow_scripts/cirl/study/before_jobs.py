"""What is looked at before any job: the tables that users bring, beside the subjects found.

A wrong name or column then costs seconds, and not the preprocessing.
"""

from collections.abc import Mapping, Sequence

from cirl.study.names import StudyNames
from cirl.study.participants import Participants, read_participants
from cirl.study.population import StudyError
from cirl.study.spelling import listed, nearest_spellings
from cirl.study.user_table import TableError


def check_tables(study: StudyNames) -> list[str]:
    """Return sentences for the user on what is odd in the study's tables, and is tolerated.

    Tables of simulated cohorts are not there yet, and right.

    Raises:
        StudyError: where a table cannot be read, or cannot be meant.
    """
    try:
        participants = {
            name: read_participants(table, study.names_of(name))
            for name, table in study.participants_tables.items()
            if not study.cohorts[name].simulated
        }
    except TableError as error:
        raise StudyError(str(error)) from None
    notes = [note for known in participants.values() for note in known.notes]
    return notes + _left_out(study, participants)


def _left_out(study: StudyNames, participants: Mapping[str, Participants]) -> list[str]:
    """Check the known domains that are left out, and say whose domain is not known."""
    columns = study.left_out_columns
    if not columns or any(cohort.simulated for cohort in study.cohorts.values()):
        return []
    domains = {
        subject: _domain(participants.get(cohort.name), name, columns)
        for subject, (cohort, name) in study.found.items()
    }
    known = sorted({domain for domain in domains.values() if domain})
    for name in study.held_out_domains:
        if name not in known:
            near = nearest_spellings([name], known)[name]
            said = f", did you mean {near!r}?" if near else ""
            raise StudyError(
                f"folds.lodo.held_out: no subject found is of {name!r}{said or '.'} Known domains "
                f"({', '.join(columns)}): {listed(known) or 'none'}"
            )
    unknown = sorted(subject for subject, domain in domains.items() if domain is None)
    trains = study.config["folds"]["lodo"]["unknown"] == "train"
    role = "train in every fold all the same" if trains else "take no part in these folds"
    return [
        f"folds.lodo: {len(unknown)} of {len(domains)} subjects have no known domain "
        f"({', '.join(columns)}) and {role} (folds.lodo.unknown): {listed(unknown)}"
    ] * bool(unknown)


def _domain(known: Participants | None, name: str, columns: Sequence[str]) -> str | None:
    entries = known.entries.get(name, {}) if known else {}
    values = [entries.get(column) for column in columns]
    return None if None in values else "+".join(map(str, values))

"""What is looked at before any job: the tables that users bring, beside the subjects found.

A wrong name or column then costs seconds, and not the preprocessing.
"""

from collections.abc import Mapping, Sequence

from cirl.study.names import StudyNames
from cirl.study.own_features import OwnFeatures, read_own_features
from cirl.study.own_splits import check_sides, of_subjects, without_role
from cirl.study.participants import Participants, read_participants
from cirl.study.patients import patients_of
from cirl.study.population import StudyError
from cirl.study.safe_names import can_be_listed
from cirl.study.shared_rows import AGREEING_COLUMNS, shared_between
from cirl.study.spelling import listed, nearest_spellings
from cirl.study.subjects import by_full_name, full_name, subject_id
from cirl.study.user_table import TableError


def check_tables(study: StudyNames) -> list[str]:
    """Return sentences for the user on what is odd in the study's tables, and is tolerated.

    Tables of simulated cohorts are not there yet, and right.

    Raises:
        StudyError: where a table cannot be read, or cannot be meant.
    """
    _check_paths(study)
    try:
        participants = {
            name: read_participants(table, study.names_of(name))
            for name, table in study.participants_tables.items()
            if not study.cohorts[name].simulated
        }
    except TableError as error:
        raise StudyError(str(error)) from None
    notes = [note for known in participants.values() for note in known.notes]
    notes += _strays(study)
    notes += _patients(study, participants)
    notes += _own_splits(study, participants)
    return notes + _left_out(study, participants) + _own_features(study)


def _check_paths(study: StudyNames) -> None:
    """Refuse a table whose path would be something else in a job's command on a cluster."""
    tables = [
        *(
            (f"cohorts.{name}.participants", own.path)
            for name, own in study.participants_tables.items()
        ),
        *(("radiomics.table.path", path) for path in study.own_tables),
        ("preprocessing.nyul.standard", study.config["preprocessing"]["nyul"]["standard"] or ""),
    ]
    for key, path in tables:
        if not can_be_listed(path):
            raise StudyError(
                f"{key}: {path!r} has signs that a shell or Snakemake reads as something else; "
                "rename the file, or its folders"
            )


def _strays(study: StudyNames) -> list[str]:
    """Name the files that lie among the cohorts' images and belong to nobody."""
    notes = []
    for name, cohort in study.cohorts.items():
        strays = [] if cohort.simulated else cohort.strays(study.names_of(name))
        if strays:
            notes.append(
                f"cohort {name}: no subject has a use for {listed(strays, 5)} in {cohort.root}; "
                "are contrasts missing in the configuration, or files called otherwise?"
            )
    return notes


def _patients(study: StudyNames, participants: Mapping[str, Participants]) -> list[str]:
    """Say how many patients a cohort has, where it says whose scans its subjects are."""
    notes = []
    patients = _named_patients(study, participants)
    for cohort in study.cohorts:
        own = [subject for subject, (its, _) in study.found.items() if its.name == cohort]
        if cohort in study.patient_templates or (
            cohort in participants and participants[cohort].patients
        ):
            notes.append(
                f"cohorts.{cohort}: {len(own)} subjects are scans of "
                f"{len({patients[subject] for subject in own})} patients"
            )
    return notes


def _named_patients(study: StudyNames, participants: Mapping[str, Participants]) -> dict[str, str]:
    """Return the patient of each subject, as names and participants tables have it."""
    found: dict[str, str] = {}
    for cohort in study.cohorts:
        known = participants[cohort].patients if cohort in participants else {}
        names = study.names_of(cohort)
        try:
            patients = patients_of(cohort, names, study.patient_templates.get(cohort), known)
        except ValueError as error:
            raise StudyError(str(error)) from None
        found |= {subject_id(cohort, name): patient for name, patient in patients.items()}
    return found


def _own_splits(study: StudyNames, participants: Mapping[str, Participants]) -> list[str]:
    """Check the splits that the study brings, and say who has no role in them."""
    if not study.own_splits:
        return []
    path = study.own_splits_path
    found = {subject: name for subject, (_, name) in study.found.items()}
    try:
        roles = of_subjects(study.own_splits, found, path)
        if study.config["folds"]["given"]["patients"] == "refuse":
            check_sides(roles, _named_patients(study, participants), path)
    except TableError as error:
        raise StudyError(f"folds.given: {error}") from None
    left = without_role(roles, study.subjects)
    return [
        f"folds.given: {len(left)} of {len(found)} subjects have no role in {path}: {listed(left)}"
    ] * bool(left)


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


def _own_features(study: StudyNames) -> list[str]:
    """Check the feature tables that the study brings, and whose rows they have."""
    published = study.config["radiomics"]["table"]["published"]
    try:
        tables = {
            cohort: read_own_features(path, column, published)
            for cohort, path, column in study.own_table_columns
        }
    except TableError as error:
        raise StudyError(f"radiomics.table: {error}") from None
    if not tables:
        return []
    notes = [note for table in tables.values() if (note := table.note())]
    notes += _shared_rows(study, tables)
    rows = [
        full_name(cohort, name) if cohort else name
        for cohort, table in tables.items()
        for name in table.subjects
    ]
    if study.cohorts:
        ids = by_full_name((one, its.name, name) for one, (its, name) in study.found.items())
        rows = [ids.get(name, name) for name in rows]
        notes += _beside_images(study, rows)
        rows = [name for name in rows if name in study.found]
    if study.ks[-1] >= len(rows):
        raise StudyError(
            f"clustering: k: {study.ks[-1]} clusters of {len(rows)} subjects in "
            f"{', '.join(study.own_tables)}; take a smaller number"
        )
    return notes


def _shared_rows(study: StudyNames, tables: Mapping[str, OwnFeatures]) -> list[str]:
    """Say which tables hold the same patients; ask where only their names say so."""
    settings = study.config["radiomics"]["table"]
    notes = []
    for shared in shared_between(tables, settings["strip"]):
        one, other = shared.cohorts
        where = f"radiomics.table: {tables[other].path} and {tables[one].path}"
        if shared.rows:
            own, its = shared.rows[0]
            then = (
                "whether they are one patient is told by cohorts.patient and the images' voxels"
                if study.cohorts
                else "taken for the same patients, each of whom counts once, and agreement of "
                "clusters with the cohort is asked of the others alone"
            )
            notes.append(
                f"{where}: {len(shared.rows)} of {shared.sizes[1]} and {shared.sizes[0]} rows have "
                f"the same values in {AGREEING_COLUMNS} columns or more, such as "
                f"{full_name(other, its)} and {full_name(one, own)}: {then}"
            )
        if shared.names and settings["same_names"] != "one" and not study.cohorts:
            said = (
                f"{where}: {len(shared.names)} names stand in both, of {shared.sizes[1]} and "
                f"{shared.sizes[0]} rows, such as {shared.names[0]!r}"
            )
            if shared.mostly_names and settings["same_names"] is None:
                raise StudyError(
                    f"{said}; are they one patient, or two? Say it in radiomics.table.same_names "
                    "(one or two): of the same patients no agreement with the cohort has a meaning"
                )
            notes.append(f"{said}; taken for two patients (radiomics.table.same_names)")
    return notes


def _beside_images(study: StudyNames, rows: Sequence[str]) -> list[str]:
    """Say which rows have no subject, and which subjects no row."""
    strange = [name for name in rows if name not in study.found]
    named = set(rows)
    without = [name for name in study.subjects if name not in named]
    if len(strange) == len(rows):
        raise StudyError(
            f"radiomics.table: no row names a subject of the cohorts: it has {listed(rows, 3)}, "
            f"the subjects' ids are {listed(study.subjects, 3)}, {{cohort}}_{{name}} "
            "(radiomics.table.subject_column)"
        )
    notes = []
    for names, what, others in (
        (strange, "rows name no subject of the cohorts", [*without, *study.subjects]),
        (without, "subjects of the cohorts have no row", [*strange, *rows]),
    ):
        if names:
            near = nearest_spellings(names, list(dict.fromkeys(others)))
            pairs = [f"{name} (nearest: {near[name]})" if near[name] else name for name in names]
            notes.append(f"radiomics.table: {len(names)} {what}: {listed(pairs)}")
    return notes


def _domain(known: Participants | None, name: str, columns: Sequence[str]) -> str | None:
    entries = known.entries.get(name, {}) if known else {}
    values = [entries.get(column) for column in columns]
    return None if None in values else "+".join(map(str, values))

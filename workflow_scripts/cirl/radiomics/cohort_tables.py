"""Feature tables of several cohorts, joined on the columns that all of them have."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial, reduce

import numpy as np
import pandas as pd

from cirl.imaging.same_voxels import one_patient_each
from cirl.radiomics.table import TableSettings, import_table
from cirl.study.own_features import read_own_features
from cirl.study.shared_rows import same_patients, shared_between
from cirl.study.subjects import cohort_of, full_name, subject_id


def import_tables(
    settings: TableSettings,
) -> tuple[pd.DataFrame, pd.DataFrame, list[dict[str, str]]]:
    """Read a study's own table, or one a cohort, joined on their common columns.

    Of several tables a subject is called ``{cohort}_{name}``. Columns are the same whose names
    differ in case only; the first table's spelling counts. Columns that one table lacks are left
    out, on the record.

    Returns:
        the features indexed by subject; the subjects without any, as ``subject, reason``; and the
        records ``column, action, detail``.

    Raises:
        ValueError: if no column is in all tables, or two of one table get the same name.
    """
    if not isinstance(settings.path, Mapping):
        return import_table(settings)
    features, missing, records = {}, [], []
    for cohort, path in settings.path.items():
        column = settings.subject_column
        name = column if isinstance(column, str) else column[cohort]
        own, without, found = import_table(replace(settings, path=path, subject_column=name))
        features[cohort] = _rename(own, cohort, path, settings.strip)
        names = [full_name(cohort, name) for name in without["subject"]]
        missing.append(without.assign(subject=names))
        records += found
    joined, left_out = _join(features)
    return joined.sort_index(), pd.concat(missing, ignore_index=True), records + left_out


def cohorts_of(subjects: Collection[str]) -> pd.DataFrame:
    """Return the cohort of each subject, which its id begins with, as ``subject, cohort``."""
    rows = [(subject, cohort_of(subject)) for subject in sorted(subjects)]
    return pd.DataFrame(rows, columns=["subject", "cohort"])


def patients_of_tables(settings: TableSettings, subjects: Collection[str]) -> dict[str, str]:
    """Return the patient of each subject of a study's own tables, by id.

    Rows of two tables that have the same values are of one patient, and so are equal names where
    the settings say it.
    """
    patients = {subject: subject for subject in subjects}
    if not isinstance(settings.path, Mapping):
        return patients
    column = settings.subject_column
    of = column if isinstance(column, Mapping) else dict.fromkeys(settings.path, column)
    tables = {
        cohort: read_own_features(path, str(of[cohort]), settings.published)
        for cohort, path in settings.path.items()
    }
    shared = shared_between(tables, settings.strip)

    def called(cohort: str, name: str) -> str:
        """Return the id; where a study has no images it is the name in full."""
        return own if (own := subject_id(cohort, name)) in patients else full_name(cohort, name)

    pairs = same_patients(shared, settings.same_names == "one", called)
    return one_patient_each(patients, [pair for pair in pairs if set(pair) <= set(patients)])


def harmonise(
    features: pd.DataFrame, cohorts: pd.Series, training: Collection[str] | None = None
) -> pd.DataFrame:
    """Return z-scores of each feature within each cohort.

    This removes every difference between the cohorts, those of their tumours too: clusters that
    are left do not tell cohorts apart.

    Args:
        features: subjects x features, missing cells NaN.
        cohorts: of each subject.
        training: the subjects whose means and deviations are used; None for all.

    Raises:
        ValueError: if a cohort has no training subject.
    """
    learnt = features if training is None else features[features.index.isin(list(training))]
    groups = learnt.groupby(cohorts.reindex(learnt.index))
    of_subjects = cohorts.reindex(features.index)
    unknown = set(of_subjects) - set(groups.groups)
    if unknown:
        raise ValueError(
            f"radiomics.table.harmonise: no training subject is of cohort {sorted(unknown)[0]}"
        )
    means = groups.mean().loc[of_subjects].to_numpy()
    deviations = groups.std(ddof=0).loc[of_subjects].to_numpy()
    return (features - means) / np.where(deviations > 0, deviations, 1.0)


def _rename(own: pd.DataFrame, cohort: str, path: str, prefixes: Collection[str]) -> pd.DataFrame:
    names = [_stripped(str(name), prefixes) for name in own]
    folded = pd.Series(names).str.casefold()
    if folded.duplicated().any():
        twice = names[int(np.argmax(folded.duplicated()))]
        raise ValueError(
            f"{path}: more than one column becomes {twice!r} (radiomics: table: strip); leave a "
            "text out, or keep one of these columns"
        )
    return own.set_axis(names, axis=1).rename(index=partial(full_name, cohort))


def _stripped(name: str, prefixes: Collection[str]) -> str:
    return next((name.removeprefix(text) for text in prefixes if name.startswith(text)), name)


def _join(
    features: Mapping[str, pd.DataFrame],
) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    named = {cohort: {str(n).casefold(): n for n in table} for cohort, table in features.items()}
    common = reduce(set.intersection, (set(names) for names in named.values()))
    if not common:
        first = ", ".join(f"{cohort}: {table.columns[0]!r}" for cohort, table in features.items())
        raise ValueError(f"radiomics.table.path: no column is in all of the tables; {first}")
    spelling = next(iter(named.values()))
    order = [name for name in spelling if name in common]
    columns = [spelling[name] for name in order]
    aligned = [
        table[[named[cohort][name] for name in order]].set_axis(columns, axis=1)
        for cohort, table in features.items()
    ]
    records = [
        {"column": own, "action": "not in every table", "detail": f"of {cohort}"}
        for cohort, names in named.items()
        for name, own in names.items()
        if name not in common
    ]
    return pd.concat(aligned).rename_axis("subject"), records

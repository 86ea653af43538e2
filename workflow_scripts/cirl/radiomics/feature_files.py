"""From all subjects' measurements, or a study's own tables, to the files of its features."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cirl.radiomics.cleaning import (
    Cleaned,
    CleaningSettings,
    SelectionSettings,
    clean,
    select_features,
)
from cirl.radiomics.cohort_tables import (
    cohorts_of,
    harmonise,
    import_tables,
    patients_of_tables,
)
from cirl.radiomics.merging import Merged, merge
from cirl.radiomics.table import (
    TableSettings,
    keep_used,
    summarise_features,
    with_ids,
    write_features,
)
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.radiomics import CLEANING, FEATURE_SUMMARY, MISSING, SOURCES, STATUSES

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FeatureFiles:
    """Where a study's features go, each a table of ``cirl.study.tables.radiomics``.

    Attributes:
        features: clean ones.
        measured: as measured.
        summary: each feature as measured.
        cleaning: what was done to each column.
        missing: subjects without features.
        statuses: what became of each contrast x region.
        sources: the cohort of each subject.
    """

    features: Path
    measured: Path
    summary: Path
    cleaning: Path
    missing: Path
    statuses: Path
    sources: Path


def merge_subjects(
    paths: Sequence[Path],
    selection: SelectionSettings,
    cleaning: CleaningSettings,
    files: FeatureFiles,
) -> None:
    """Merge the subjects' measurements, clean what is selected, and write the files.

    Args:
        paths: of the subjects' measurements.
        selection: which features are cleaned.
        cleaning: how.
        files: where they go.
    """
    merged = merge(paths)
    selected, records = select_features(merged.features, selection)
    records = merged.records + records
    _write_measured(merged, files)
    # What was measured may be several times what is selected, and cleaning needs the room.
    missing = merged.missing
    del merged
    _write_clean(clean(selected, missing, cleaning), records, files)


def import_own(
    table: TableSettings, cohort: Path | None, cleaning: CleaningSettings, files: FeatureFiles
) -> None:
    """Read a study's own tables of features, clean them, and write the files.

    Args:
        table: where they lie, and how they are read.
        cohort: ``cohort/subjects.csv`` where the study has images too, or None.
        cleaning: how.
        files: where they go.
    """
    measured, missing, records = import_tables(table)
    if cohort:
        subjects = SUBJECTS.read(cohort)
        measured, missing = keep_used(*with_ids(measured, missing, subjects), subjects)
    _write_measured(Merged(measured, missing, STATUSES.empty(), []), files, table)
    if table.harmonise == "standardise":
        measured = harmonise(measured, cohorts_of(measured.index).set_index("subject")["cohort"])
    _write_clean(clean(measured, missing, cleaning), records, files)


def _write_measured(
    merged: Merged, files: FeatureFiles, table: TableSettings | None = None
) -> None:
    logger.info("%d subjects with %d features as measured", *merged.features.shape)
    write_features(merged.features, files.measured)
    FEATURE_SUMMARY.write(summarise_features(merged.features), files.summary)
    STATUSES.write(merged.statuses, files.statuses)
    everyone = [*merged.features.index, *merged.missing["subject"]]
    sources = cohorts_of(everyone)
    patients = patients_of_tables(table or TableSettings(), everyone)
    SOURCES.write(sources.assign(patient=sources["subject"].map(patients)), files.sources)


def _write_clean(cleaned: Cleaned, records: list[dict[str, str]], files: FeatureFiles) -> None:
    logger.info(
        "%d subjects with %d features after cleaning; %d subjects without",
        *cleaned.features.shape,
        len(cleaned.missing),
    )
    write_features(cleaned.features, files.features)
    MISSING.write(cleaned.missing, files.missing)
    CLEANING.write(cleaned.report(records), files.cleaning)

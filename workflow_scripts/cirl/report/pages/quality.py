"""The page of quality control: every excluded subject, every outlier, every region's status."""

import pandas as pd

from cirl.imaging.quality.exclusion_counts import (
    count_cohorts,
    count_problems,
    count_statuses,
    excluded_subjects,
)
from cirl.report.pages.sections import Section, ShownTable, page

LISTED = 200
"""Regions with a status other than ok or absent that are listed one by one."""


def quality_page(
    subjects: pd.DataFrame,
    quality: pd.DataFrame,
    statuses: pd.DataFrame | None,
    unmatched: pd.DataFrame,
) -> str:
    """Return the page as HTML.

    Args:
        subjects: ``cohort/subjects.csv``.
        quality: ``cohort/quality.csv``.
        statuses: ``radiomics/statuses.csv``, or None where the study brings its own table.
        unmatched: ``cohort/participants_unmatched.csv``.
    """
    sections = [_exclusions(subjects), *_unmatched(unmatched)]
    sections += [_outliers(subjects, quality), *_notes(subjects)]
    if statuses is not None:
        sections += _regions(statuses)
    return page("Quality control", sections)


def _exclusions(subjects: pd.DataFrame) -> Section:
    excluded = excluded_subjects(subjects)
    found, lost = len(subjects), len(excluded)
    if not lost:
        sentence = f"No subject was excluded: all {found} found are used."
        return Section("Excluded subjects", [sentence])
    reasons = count_problems(subjects).sum(axis=1)
    listed = ", ".join(f"{name} {count}" for name, count in reasons.items())
    counts = count_cohorts(subjects)
    cohorts = ", ".join(
        f"{name} {row.excluded} of {row.excluded + row.used}"
        for name, row in zip(counts.index, counts.itertuples(), strict=True)
        if row.excluded
    )
    sentences = [
        f"{lost} of {found} subjects found were excluded. By problem: {listed}.",
        f"By cohort: {cohorts}.",
    ]
    table = excluded[["cohort", "name", "problem", "reason"]].rename(columns=str.capitalize)
    wrapped = ShownTable(table.astype(str), ["Problem", "Reason"])
    return Section("Excluded subjects", sentences, [wrapped])


def _unmatched(unmatched: pd.DataFrame) -> list[Section]:
    """Return who stands on one side only, of the participants tables and the subjects found."""
    if unmatched.empty:
        return []
    counts = unmatched["what"].value_counts()
    sentence = (
        "Subjects and rows of the participants tables that found no partner, with the most similar "
        "name on the other side: "
        + ", ".join(f"{what} {count}" for what, count in counts.items())
        + ". Of a subject without a row no domain is known."
    )
    table = unmatched.assign(line=unmatched["line"].astype("string").fillna(""))
    shown = ShownTable(table.rename(columns=str.capitalize).astype(str))
    return [Section("Participants tables", [sentence], [shown])]


def _outliers(subjects: pd.DataFrame, quality: pd.DataFrame) -> Section:
    marked = quality[quality["outlier"]].sort_values(
        ["cohort", "score"], ascending=[True, False], kind="stable"
    )
    if marked.empty:
        sentence = (
            "No used subject is far from the others of its cohort, or has an impossible brain."
        )
        return Section("Outliers", [sentence])
    names = subjects.set_index("subject")["name"].astype(str)
    table = pd.DataFrame(
        {
            "Cohort": marked["cohort"],
            "Name": marked["subject"].map(names),
            "What is odd": marked["why"],
        }
    )
    used = int((quality["status"] == "ok").sum())
    sentence = (
        f"{len(marked)} of {used} used subjects are far from the others of their cohort in some "
        "number, or have a brain that cannot be; they are used all the same, and are worth a look."
    )
    return Section("Outliers", [sentence], [ShownTable(table, ["What is odd"])])


def _notes(subjects: pd.DataFrame) -> list[Section]:
    """Return what is odd about the files of subjects that are used."""
    noted = subjects[(subjects["status"] == "ok") & (subjects["notes"] != "")]
    if noted.empty:
        return []
    table = noted[["cohort", "name", "notes"]].rename(columns=str.capitalize).astype(str)
    sentence = f"What is odd about the files of {len(noted)} subjects that are used as they are."
    return [Section("Notes", [sentence], [ShownTable(table, ["Notes"])])]


def _regions(statuses: pd.DataFrame) -> list[Section]:
    counts = count_statuses(statuses)
    shown = counts.loc[:, (counts > 0).any()].reset_index()
    table = shown.rename(columns={"region": "Region", "contrast": "Contrast"}).astype(str)
    sentence = (
        "Number of used subjects by what became of each contrast and region. Absent: the label "
        "has no such voxel. Too small: only volume and first order are measured."
    )
    named = ShownTable(table.rename(columns=lambda name: name.replace("_", " ")))
    sections = [Section("Regions measured", [sentence], [named])]
    odd = statuses[~statuses["status"].isin(["ok", "absent", "excluded"])]
    if len(odd):
        columns = ["region", "contrast", "subject", "status", "reason"]
        listed = odd.sort_values(["status", *columns[:3]])[columns].head(LISTED)
        more = f", of which the first {LISTED} are listed" if len(odd) > LISTED else ""
        named = ShownTable(listed.rename(columns=str.capitalize).astype(str), ["Reason"])
        sentence = f"{len(odd)} were measured in part or not at all{more}."
        sections.append(Section(sentences=[sentence], tables=[named]))
    return sections

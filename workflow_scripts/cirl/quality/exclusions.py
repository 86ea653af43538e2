"""Who is excluded and why, and what became of each region: the counts behind the figures."""

import re

import pandas as pd

PROBLEMS: dict[str, str] = {
    "missing": "file missing",
    "unreadable": "file not readable",
    "damaged": "file damaged",
    "grid": "no volume, or grids differ",
    "label": "label values",
    "intensity": "intensities",
    "brain": "brain not found",
    "changed": "changed while read",
    "unexpected": "unexpected error",
}
"""Why a subject is excluded: a short code and what it means."""

_SAID = {
    "missing": "no such file",
    "unreadable": "cannot be read|permission",
    "changed": "changed",
    "label": "label value|not in the map",
    "grid": "shape|affine|axes|spacing|origin|grid",
    "brain": "brain was found|brain vanishes|brain_mask|outside the brain",
    "intensity": "not finite|one value",
    "damaged": "damaged|truncated|not a NIfTI|gzip|bytes",
}
"""What the reason of each problem says, in the order in which they are tried."""

STATUSES: tuple[str, ...] = ("ok", "absent", "too_small", "bins_capped", "nonfinite", "failed")
"""What can become of a region of a subject that is not excluded."""


def excluded_subjects(subjects: pd.DataFrame) -> pd.DataFrame:
    """Return the excluded subjects with their problem in words.

    Args:
        subjects: ``cohort/subjects.csv``, read without turning text into missing values; its
            column ``problem`` holds a code of ``PROBLEMS``, else the reason's text decides.

    Returns:
        subject, cohort, name, problem, reason; sorted by problem, cohort and subject.
    """
    excluded = subjects[subjects["status"] != "ok"].copy()
    codes = excluded["reason"].astype(str).map(_problem_said)
    if "problem" in excluded:
        codes = excluded["problem"].where(excluded["problem"].astype(str) != "", codes)
    excluded["problem"] = [PROBLEMS.get(code, str(code)) for code in codes]
    columns = ["subject", "cohort", "name", "problem", "reason"]
    return excluded[columns].sort_values(["problem", "cohort", "subject"], ignore_index=True)


def count_problems(subjects: pd.DataFrame) -> pd.DataFrame:
    """Return how many subjects are excluded, problems x cohorts, the commonest problem first."""
    excluded = excluded_subjects(subjects)
    counts = pd.crosstab(excluded["problem"], excluded["cohort"])
    counts = counts.reindex(columns=sorted(subjects["cohort"].unique()), fill_value=0)
    order = counts.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return counts.loc[order]


def count_cohorts(subjects: pd.DataFrame) -> pd.DataFrame:
    """Return how many subjects of each cohort are ``used`` and ``excluded``."""
    used = subjects["status"] == "ok"
    counts = pd.crosstab(subjects["cohort"], used.map({True: "used", False: "excluded"}))
    return counts.reindex(columns=["used", "excluded"], fill_value=0)


def count_statuses(statuses: pd.DataFrame) -> pd.DataFrame:
    """Return how many subjects have each status, contrast and region x status.

    Args:
        statuses: ``radiomics/statuses.csv``; rows of excluded subjects are not counted.

    Returns:
        indexed by ``region, contrast``, each in the order of its first appearance; columns of
        ``STATUSES``, and behind them any other that occurs.
    """
    measured = statuses[statuses["status"] != "excluded"]
    counts = pd.crosstab([measured["region"], measured["contrast"]], measured["status"])
    others = [name for name in counts.columns if name not in STATUSES]
    keys = ["region", "contrast"]
    order = pd.MultiIndex.from_product([measured[key].unique() for key in keys], names=keys)
    return counts.reindex(index=order, columns=[*STATUSES, *others], fill_value=0)


def _problem_said(reason: str) -> str:
    """Return the code of the problem that a reason tells of."""
    for problem, expression in _SAID.items():
        if re.search(expression, reason):
            return problem
    return "unexpected"

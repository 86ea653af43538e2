"""Who is excluded and why, and what became of each region: the counts behind the figures."""

import pandas as pd

from cirl.imaging.images import PROBLEMS

OUTCOMES: tuple[str, ...] = (
    "ok",
    "absent",
    "too_small",
    "bins_capped",
    "nonfinite",
    "failed",
)
"""What can become of a region of a subject that is not excluded."""


def excluded_subjects(subjects: pd.DataFrame) -> pd.DataFrame:
    """Return the excluded subjects with their problem in words.

    Args:
        subjects: ``cohort/subjects.csv``, read without turning text into missing values.

    Returns:
        subject, cohort, name, problem, reason; sorted by problem, cohort and subject.
    """
    excluded = subjects[subjects["status"] != "ok"].copy()
    # A code without words is shown as it is, so that nobody is lost from the counts.
    excluded["problem"] = [PROBLEMS.get(code, code) for code in excluded["problem"]]
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
        ``OUTCOMES``, and behind them any other that occurs.
    """
    measured = statuses[statuses["status"] != "excluded"]
    counts = pd.crosstab([measured["region"], measured["contrast"]], measured["status"])
    others = [name for name in counts.columns if name not in OUTCOMES]
    keys = ["region", "contrast"]
    order = pd.MultiIndex.from_product([measured[key].unique() for key in keys], names=keys)
    return counts.reindex(index=order, columns=[*OUTCOMES, *others], fill_value=0)

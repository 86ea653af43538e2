"""Print what came out of a study: where its report is, its subjects, its Dice table.

print_summary.py [studies/x.yaml ...]
"""

import sys
from pathlib import Path

import pandas as pd
from cluster import ROOT

from cirl.evaluation.exposure import EVERYBODY, SEEN, UNSEEN
from cirl.running.printable import printable_lines
from cirl.segmentation.status import not_run_sentences
from cirl.study.paths import Files
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.evaluation import SCORE_SUMMARY
from cirl.study.tables.segmentation import STATUS
from frontdoor.study import read_study

PARTS = (EVERYBODY, SEEN, UNSEEN)
"""Partitions of the summary of which the Dice table tells."""

LISTED = 10
"""Excluded subjects that are named one by one."""

SHOWN = ("protocol", "arm", "region", "metric", "partition", "n", "mean")
"""Columns of the summary that the Dice table needs."""


def describe_subjects(subjects: pd.DataFrame) -> list[str]:
    """Return lines on how many subjects were found, used and excluded, and why."""
    excluded = subjects[subjects["status"] != "ok"]
    patients = subjects["patient"].nunique() if "patient" in subjects else len(subjects)
    whose = "" if patients == len(subjects) else f" of {patients} patients"
    lines = [
        f"subjects  {len(subjects)} found{whose}, {len(subjects) - len(excluded)} used, "
        f"{len(excluded)} excluded"
    ]
    lines += [f"  {row.subject}: {row.reason}" for row in excluded.head(LISTED).itertuples()]
    if len(excluded) > LISTED:
        lines.append(f"  and {len(excluded) - LISTED} more, in {Files.subjects.relative}")
    return lines


def dice_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the mean Dice: a row a protocol and arm, a column a region.

    Where a protocol leaves domains out there are rows of seen and of unseen subjects in place of
    all.
    """
    rows = summary[(summary["metric"] == "dice") & summary["partition"].isin(PARTS)]
    divided = rows["protocol"].isin(rows.loc[rows["partition"] != EVERYBODY, "protocol"])
    rows = rows[~divided | (rows["partition"] != EVERYBODY)]
    named = rows["protocol"] + ", " + rows["partition"]
    rows = rows.assign(protocol=rows["protocol"].where(rows["partition"] == EVERYBODY, named))
    table = rows.pivot_table(index=["protocol", "arm"], columns="region", values="mean", sort=False)
    table.insert(0, "n", rows.groupby(["protocol", "arm"], sort=False)["n"].max())
    return table.rename_axis(columns=None).reset_index()


def summary_lines(results: Path) -> list[str]:
    """Return the printed summary of a folder of results, from those of its files that exist."""
    report = results / Files.report.relative
    lines = [f"report    {report}" if report.is_file() else "report    not written yet"]
    subjects = results / Files.subjects.relative
    if subjects.is_file():
        # A run that failed early may have left the table of another version.
        known = {"subject", "status", "reason", "patient"} & set(SUBJECTS.header(subjects))
        lines += describe_subjects(SUBJECTS.read(subjects, known))
    arms = results / Files.arm_statuses.relative
    if arms.is_file():
        lines += [f"arms      {sentence}" for sentence in not_run_sentences(STATUS.read(arms))]
    summary = results / Files.summary.relative
    if summary.is_file():
        table = dice_table(SCORE_SUMMARY.read(summary, SHOWN))
        lines.append("Dice      mean over n subjects")
        text = table.to_string(index=False, float_format="{:.3f}".format)
        lines += [f"  {line}" for line in text.splitlines()]
    return lines


if __name__ == "__main__":
    study = read_study(ROOT, sys.argv[1:])
    print(printable_lines("\n".join(["", *summary_lines(ROOT / study.results)])))

"""The summary that ends a run."""

from pathlib import Path

import pandas as pd
from print_summary import summary_lines

from cirl.segmentation.status import status_row


def write_results(folder: Path, excluded: int) -> None:
    statuses = ["ok"] * 3 + ["excluded"] * excluded
    subjects = pd.DataFrame({"subject": [f"a_{n:02d}" for n in range(len(statuses))]})
    subjects["status"] = statuses
    subjects["reason"] = ["", "", ""] + ["label.nii.gz: value 7"] * excluded
    rows = [
        ("cv", arm, region, metric, partition, 3, value)
        for arm, base in (("baseline", 0.8), ("adversarial", 0.7))
        for region, value in (("WT", base), ("TC", base - 0.25))
        for metric, partition in (("dice", "all"), ("dice", "cohort"), ("hd95", "all"))
    ]
    columns = ["protocol", "arm", "region", "metric", "partition", "n", "mean"]
    for name, table in (("cohort/subjects", subjects), ("evaluation/summary", rows)):
        path = folder / f"{name}.csv"
        path.parent.mkdir(parents=True)
        pd.DataFrame(table, columns=columns if name.startswith("ev") else None).to_csv(
            path, index=False
        )


def test_found_used_excluded_and_the_dice_table_in_the_study_s_order(tmp_path: Path) -> None:
    write_results(tmp_path, excluded=1)
    (tmp_path / "report.html").touch()
    lines = summary_lines(tmp_path)
    assert lines[0].endswith("/report.html")
    assert lines[1] == "subjects  4 found, 3 used, 1 excluded"
    assert lines[2] == "  a_03: label.nii.gz: value 7"
    assert [line.split() for line in lines[4:]] == [
        ["protocol", "arm", "n", "WT", "TC"],
        ["cv", "baseline", "3", "0.800", "0.550"],
        ["cv", "adversarial", "3", "0.700", "0.450"],
    ]


def test_a_long_list_of_excluded_subjects_is_cut(tmp_path: Path) -> None:
    write_results(tmp_path, excluded=14)
    lines = summary_lines(tmp_path)
    assert lines[1] == "subjects  17 found, 3 used, 14 excluded"
    assert len([line for line in lines if "value 7" in line]) == 10
    assert "  and 4 more, in cohort/subjects.csv" in lines


def test_arms_that_were_not_run_are_named(tmp_path: Path) -> None:
    write_results(tmp_path, excluded=0)
    status = status_row("cv", "dann", 0, 0, "its domains do not exist: nothing passes")
    pd.concat([status, status_row("cv", "baseline", 0, 0)]).to_csv(
        tmp_path / "evaluation/arms.csv", index=False
    )
    named = [line for line in summary_lines(tmp_path) if line.startswith("arms")]
    assert named == ["arms      dann was not run, for its domains do not exist: nothing passes."]


def test_a_study_without_results_says_so(tmp_path: Path) -> None:
    assert summary_lines(tmp_path) == ["report    not written yet"]


def test_patients_are_counted_where_some_have_several_scans(tmp_path: Path) -> None:
    write_results(tmp_path, excluded=1)
    path = tmp_path / "cohort/subjects.csv"
    pd.read_csv(path).assign(patient=["p", "p", "q", "r"]).to_csv(path, index=False)
    assert summary_lines(tmp_path)[1] == "subjects  4 found of 3 patients, 3 used, 1 excluded"
    pd.read_csv(path).assign(patient=list("pqrs")).to_csv(path, index=False)
    assert summary_lines(tmp_path)[1] == "subjects  4 found, 3 used, 1 excluded"

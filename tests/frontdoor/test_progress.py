"""How far a study is: states of jobs, hours by stage, and one line a failure."""

from pathlib import Path

import pytest

from frontdoor import progress
from frontdoor.plan import Job
from frontdoor.runs import LoggedJob


def job(
    output: str, stage: str = "segmentation", *, needed: bool = True, benchmark: str = ""
) -> Job:
    return Job(
        rule="train_fold",
        stage=stage,
        wildcards=("cv", output),
        outputs=(output, "history.csv"),
        log="",
        benchmark=benchmark,
        needed=needed,
        recorded=True,
        local=False,
        sized=True,
        requests=(),
    )


def timing(path: Path, seconds: float) -> str:
    path.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:00\t12.5\n")
    return str(path)


QUEUE = {
    "train_fold_cv_run": "RUNNING",
    "train_fold_cv_wait": "PENDING",
    "train_fold_cv_end": "COMPLETING",
}


@pytest.mark.parametrize(
    ("output", "logged", "alive", "state"),
    [
        ("a", None, True, "to do"),
        ("a", "started", True, "running"),  # here, or its job on Slurm ended just now
        ("a", "started", False, "to do"),  # Snakemake was killed
        ("run", "started", False, "running"),
        ("wait", "started", True, "queued"),
        ("end", "started", True, "running"),
        ("wait", None, True, "queued"),  # of a Snakemake that keeps no record
        ("a", "failed", True, "failed"),
        ("wait", "failed", True, "queued"),  # again
        ("a", "finished", True, "to do"),  # and is out of date since
    ],
)
def test_the_state_of_a_job(output: str, logged: str | None, alive: bool, state: str) -> None:
    said = LoggedJob(logged, output, []) if logged else None
    assert progress.state_of(job(output), said, QUEUE, alive) == state


def test_what_is_up_to_date_is_finished_whatever_failed_before() -> None:
    failed = LoggedJob("failed", "a", [])
    assert progress.state_of(job("a", needed=False), failed, {}, True) == "finished"


def test_a_line_a_stage_with_its_hours(tmp_path: Path) -> None:
    jobs = [
        job("a", "cohort", benchmark=timing(tmp_path / "a.tsv", 1800)),
        job("b", benchmark=timing(tmp_path / "b.tsv", 5400)),
        job("c", benchmark=timing(tmp_path / "c.tsv", 3600)),
        job("d", benchmark=str(tmp_path / "missing.tsv")),
    ]
    states = dict(zip(jobs, ["finished", "finished", "failed", "queued"], strict=True))
    assert progress.table(jobs, states).splitlines() == [
        "stage         finished  running  queued  failed  to do  hours",
        "cohort               1        0       0       0      0   0.50",
        "segmentation         1        0       1       1      0   2.50",
        "all                  2        0       1       1      0   3.00",
    ]


def test_how_long_jobs_took_last_time(tmp_path: Path) -> None:
    jobs = [
        job("fold0/weights.pt", benchmark=timing(tmp_path / "a.tsv", 3725.4)),
        job("fold0/predictions"),
    ]
    assert progress.last_times(jobs).splitlines() == [
        "rule        last time   makes",
        "train_fold  62 min 5 s  fold0/weights.pt",
        "train_fold  not known   fold0/predictions",
    ]


LOGS = {
    "own": "12:00 epoch 1\nTraceback:\n  line\nValueError: no such thing\n\n",
    "mute": "12:00 epoch 1\n12:01 epoch 2\n",
    "slurm": "srun: error: n1: task 0: Killed\nWorkflowError:\nAt least one job did not complete\n",
    "chatty": "WorkflowError:\nAt least one job did not complete successfully.\n",
    "empty": "",
}


@pytest.mark.parametrize(
    ("logs", "told"),
    [
        (["own", "slurm"], ("own", "ValueError: no such thing")),
        (["mute", "slurm"], ("slurm", "srun: error: n1: task 0: Killed")),
        (["mute", "chatty"], ("mute", "12:01 epoch 2")),
        (["empty", "chatty"], ("chatty", "At least one job did not complete successfully.")),
        (["empty", "missing"], None),
    ],
)
def test_the_line_that_tells_why(
    tmp_path: Path, logs: list[str], told: tuple[str, str] | None
) -> None:
    for name, text in LOGS.items():
        (tmp_path / name).write_text(text)
    found = progress.reason([str(tmp_path / name) for name in logs])
    assert found == (told and (str(tmp_path / told[0]), told[1]))


def test_a_failure_is_one_line(tmp_path: Path) -> None:
    log = tmp_path / "0.log"
    log.write_text(LOGS["own"])
    logged = {
        "a": LoggedJob("failed", "a", [str(log)]),
        "b": LoggedJob("failed", "b", [str(tmp_path / "missing")], "sbatch failed"),
    }
    assert list(progress.failures([job("a"), job("b")], logged)) == [
        f"train_fold: {log}: ValueError: no such thing",
        f"train_fold: {tmp_path / 'missing'}: sbatch failed",
    ]

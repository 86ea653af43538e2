"""Records of runs: what each job did last; whose a run is; and who is at work."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from frontdoor import interrupted, runs, slurm
from frontdoor.runs import LoggedJob
from frontdoor.slurm import QueuedJob
from frontdoor.study import Study, UsageError

MESSAGE = "SLURM-job '70' failed, SLURM status is: 'FAILED'."
OWN, SLURMS = "results/mine/logs/train_fold/0.log", "/data/slurm_logs/70.log"


def started(number: int, *outputs: str, time: float = 110.0) -> dict[str, Any]:
    event = {"event": "job_info", "time": time, "job": number, "rule": "train_fold"}
    return {**event, "output": list(outputs), "log": [OWN]}


# Two jobs on Slurm, of which one fails, and one beside Snakemake.
EVENTS: list[dict[str, Any]] = [
    {"event": "workflow_started", "time": 100.5, "host": "login1", "process": 7},
    {"event": "run_info", "time": 101.0, "jobs": {"total": 3}},
    started(4, "results/mine/fold0/weights.pt", "results/mine/fold0/history.csv"),
    started(5, "results/mine/fold1/weights.pt"),
    {
        **{"event": "job_error", "time": 120.0, "job": 4, "rule": "train_fold", "output": []},
        **{"log": [OWN, SLURMS], "message": MESSAGE, "aux": {"external_jobid": "70"}},
    },
    started(6, "results/mine/folds/late.csv"),
    {"event": "job_finished", "time": 130.0, "job": 6},
]
FAILED = LoggedJob("failed", "results/mine/fold0/weights.pt", [OWN, SLURMS], MESSAGE)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / "results/mine/runs").mkdir(parents=True)
    (tmp_path / ".snakemake").mkdir()
    (tmp_path / "config.yaml").write_text("study: mine\ncohorts: {clinic: {}}\n")
    (tmp_path / "other.yaml").write_text("study: other\n")
    return Study(tmp_path, (), {"study": "mine"})


def record(study: Study, name: str, events: list[dict[str, Any]], more: str = "") -> Path:
    path = study.root / f"results/mine/runs/{name}.jsonl"
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events) + more)
    return path


def test_what_each_job_did_last(study: Study) -> None:
    run = runs.read_run(record(study, "a", EVENTS))
    assert (run.host, run.began, run.last, run.recorded) == ("login1", 100.5, 130.0, True)
    running = LoggedJob("started", "results/mine/fold1/weights.pt", [OWN])
    done = LoggedJob("finished", "results/mine/folds/late.csv", [OWN])
    assert run.jobs == {job.key: job for job in (FAILED, running, done)}


def test_a_job_that_is_tried_again_is_not_failed(study: Study) -> None:
    run = runs.read_run(record(study, "a", [*EVENTS, started(4, FAILED.key)]))
    assert run.jobs[FAILED.key] == LoggedJob("started", FAILED.key, [OWN])


@pytest.mark.parametrize("length", [1, 30, 80])
def test_a_line_that_a_kill_cut_off_is_passed_over(study: Study, length: int) -> None:
    cut = json.dumps(started(9, "results/mine/\u00e9"))[:length]
    whole = runs.read_run(record(study, "a", EVENTS))
    assert runs.read_run(record(study, "a", EVENTS, cut)) == whole


def test_the_latest_run_that_made_something_comes_first(study: Study) -> None:
    record(study, "2026-11-25T190600.000000", EVENTS)
    record(study, "2026-11-25T200000.000000", [{**EVENTS[0], "time": 200.0}, EVENTS[2]])
    record(study, "2026-11-25T210000.000000", [{**EVENTS[0], "time": 300.0}])
    assert [run.began for run in runs.runs_of(study)] == [200.0, 100.5]


@pytest.mark.parametrize(("seconds", "latest"), [(101, 100.5), (131, 131.0)])
def test_a_run_without_a_record_is_known_from_what_it_wrote_at_its_beginning(
    study: Study, seconds: int, latest: float
) -> None:
    """One with a record writes that too, between its first event and its last."""
    written = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    path = study.root / "results/mine/provenance.json"
    path.write_text(json.dumps({"written": written, "host": "login2"}))
    record(study, "a", EVENTS)
    first, *others = runs.runs_of(study)
    assert (first.began, first.recorded, bool(first.jobs)) == (latest, latest < 131, latest < 131)
    assert len(others) == (latest == 131)


def test_whose_a_job_on_slurm_is(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another study of the same clone has the same working folder."""
    scripts = {
        "1": "#!/bin/sh\npython -m snakemake --target-jobs 'a:fold=1' --force\n",
        "2": "#!/bin/sh\npython -m snakemake --force --configfiles other.yaml --mode remote\n",
        "3": "#!/bin/sh\nsleep 60\n",
    }

    def asked(*command: str) -> str:
        assert command[:3] == ("scontrol", "write", "batch_script")
        if command[3] not in scripts:
            raise UsageError("not permitted")
        return scripts[command[3]]

    monkeypatch.setattr(slurm, "asked", asked)
    jobs = [QueuedJob(number, "PENDING", "", f"run{number}", "") for number in "1234"]
    jobs.insert(0, QueuedJob("5", "RUNNING", "", "run2", ""))
    monkeypatch.setattr(slurm, "jobs_below", lambda folder: jobs)
    # Of the fourth nothing is said: it may be ours, and no output may be written twice.
    assert [job.number for job in interrupted.leftovers(study)] == ["1", "4"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], True),
        (["--configfile", "config.yaml"], True),
        (["--configfile", "missing.yaml"], True),  # it may be ours
        (["--configfile", "other.yaml"], False),
        (["--configfile", "config.yaml", "other.yaml", "--cores", "1"], False),
        (["--configfile", "other.yaml", "config.yaml", "--cores", "1"], True),
        (["--dry-run"], False),
        (["--mode", "remote"], False),
    ],
)
def test_a_snakemake_of_the_study_is_found(
    study: Study, tmp_path: Path, arguments: list[str], found: bool
) -> None:
    program = tmp_path / "snakemake"
    program.write_text("import time\nprint(flush=True)\ntime.sleep(60)\n")
    words = [sys.executable, str(program), "--cores", "1", *arguments]
    with subprocess.Popen(words, cwd=study.root, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert [one.pid for one in runs.living(study)] == [process.pid] * found
        process.kill()


def test_a_job_that_outlived_its_snakemake_is_found(study: Study) -> None:
    script = study.root.resolve() / ".snakemake/scripts/tmp1.train_fold.py"
    script.parent.mkdir(parents=True)
    wait = "import time\nprint(flush=True)\ntime.sleep(60)\n"
    script.write_text(f"made = 'results/mine/fold0/weights.pt'\n{wait}")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert [one.pid for one in runs.orphaned(study)] == [process.pid]
        script.write_text("made = 'results/other/fold0/weights.pt'\n")
        assert runs.orphaned(study) == []
        interrupted.end(study, "cancel", "cancel", on_slurm=False)
        assert process.poll() is None
        script.write_text("made = 'results/mine/fold0/weights.pt'\n")
        interrupted.end(study, "cancel", "cancel", on_slurm=False)
        assert process.wait() == -signal.SIGTERM

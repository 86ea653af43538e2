"""Logs of Snakemake: what each job did last, which study a run was of, and who is at work."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from frontdoor import interrupted, runs
from frontdoor.runs import LoggedJob
from frontdoor.study import Study

# As Snakemake 9.27 writes it: two jobs on Slurm, of which one fails, whose logs are copied into it.
LOG = """\
SNAKEMAKE
=========
  Date: 2026-11-25 19:06:00
  Host: login1
  User: ada

Building DAG of jobs...
SLURM run ID: c824121e-67a8-4f64
[Wed Nov 25 19:06:10 2026]
rule train_fold:
    input: results/mine/folds/cv.csv
    output: results/mine/fold0/weights.pt, results/mine/fold0/history.csv
    log: results/mine/logs/train_fold/0.log
    jobid: 4
    benchmark: results/mine/timings/train_fold/0.tsv
    wildcards: fold=0
[Wed Nov 25 19:06:10 2026]
rule train_fold:
    output: results/mine/fold1/weights.pt, results/mine/fold1/history.csv
    log: results/mine/logs/train_fold/1.log
    jobid: 5
Job 5 has been submitted with SLURM jobid 71 (log: /data/.snakemake/slurm_logs/71.log).
Job 4 has been submitted with SLURM jobid 70 (log: /data/.snakemake/slurm_logs/70.log).
[Wed Nov 25 19:08:10 2026]
Error in rule train_fold:
    message: SLURM-job '70' failed, SLURM status is: 'FAILED'.
    jobid: 4
    output: results/mine/fold0/weights.pt, results/mine/fold0/history.csv
    log: results/mine/logs/train_fold/0.log, /data/slurm_logs/70.log (check log file(s) for details)
    external_jobid: 70
Logfile results/mine/logs/train_fold/0.log:
===========================================
ValueError: no such thing
===========================================
Logfile /data/slurm_logs/70.log:
================================
localrule train_fold:
    output: results/mine/fold0/weights.pt, results/mine/fold0/history.csv
    jobid: 5
Finished jobid: 5 (Rule: train_fold)
================================
[Wed Nov 25 19:08:11 2026]
localrule make_folds:
    output: results/mine/folds/late.csv
    jobid: 6
Finished jobid: 6 (Rule: make_folds)
"""
FAILED = LoggedJob(
    "failed",
    "results/mine/fold0/weights.pt",
    ["results/mine/logs/train_fold/0.log", "/data/slurm_logs/70.log"],
    "70",
    "SLURM-job '70' failed, SLURM status is: 'FAILED'.",
)
FIRST = "2026-11-25T190600.123456.snakemake.log"
SECOND = "2026-11-25T200000.000001.snakemake.log"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / ".snakemake/log").mkdir(parents=True)
    (tmp_path / "config.yaml").write_text("study: mine\ncohorts: {clinic: {}}\n")
    (tmp_path / "other.yaml").write_text("study: other\n")
    return Study(tmp_path, (), {"study": "mine"})


def test_what_each_job_did_last_and_not_what_copied_logs_say() -> None:
    run = runs.read_run(Path(FIRST), LOG)
    assert (run.host, run.name) == ("login1", "c824121e-67a8-4f64")
    running = LoggedJob(
        "submitted",
        "results/mine/fold1/weights.pt",
        ["results/mine/logs/train_fold/1.log"],
        "71",
    )
    done = LoggedJob("finished", "results/mine/folds/late.csv", [])
    assert run.jobs == {job.key: job for job in (FAILED, running, done)}


def test_a_job_that_is_tried_again_is_not_failed() -> None:
    again = LOG.split("[Wed Nov 25 19:06:10 2026]\n")[1]
    run = runs.read_run(Path(FIRST), f"{LOG}Trying to restart job 4.\n{again}")
    assert run.jobs[FAILED.key].state == "started"


def test_runs_of_a_study_are_those_that_made_some_of_it(study: Study) -> None:
    folder = study.root / ".snakemake/log"
    (folder / FIRST).write_text(LOG)
    (folder / SECOND).write_text(LOG.replace("results/mine/", "results/other/"))
    later = SECOND.replace("T20", "T21")
    # It reads one of the study's files, and makes none.
    reading = "rule look:\n    input: results/mine/a\n    output: results/other/b\n    jobid: 1\n"
    (folder / later).write_text(reading)
    assert [run.path.name for run in runs.runs_of(study)] == [FIRST]


def test_whose_a_run_on_slurm_is(study: Study) -> None:
    """Another study of the same clone has the same working folder."""
    folder = study.root / ".snakemake/log"
    (folder / FIRST).write_text(LOG)
    theirs = LOG.replace("results/mine/", "results/other/").replace("c824121e", "f00dcafe")
    (folder / SECOND).write_text(theirs)
    names = {"c824121e-67a8-4f64", "f00dcafe-67a8-4f64", "deadbeef"}
    # Of the last there is no log: it may be ours, and no output may be written twice.
    assert runs.names_elsewhere(study, names) == {"f00dcafe-67a8-4f64"}


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
    script.parent.mkdir()
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

"""The situations that make targets stand for: what they refuse, and which command they run."""

import fcntl
import json
import os
import platform
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import cluster
import pytest
import yaml

from frontdoor import interrupted
from frontdoor.estimate import Estimate
from frontdoor.plan import Job, Request
from frontdoor.snakemake_internals import Plan
from frontdoor.study import Study, UsageError

FOLDER = "results/mine/segmentation/cv/dann_kmeans/seed7/fold2"


@pytest.fixture
def clone(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the front door reads of a clone, without a queue of Slurm."""
    (tmp_path / "config.yaml").write_text((project / "config.yaml").read_text())
    (tmp_path / "Snakefile").touch()
    shutil.copytree(project / "studies", tmp_path / "studies")
    shutil.copytree(project / "rules/schemas", tmp_path / "rules/schemas")
    study = {
        "study": "mine",
        "segmentation": {"seeds": [7, 8]},
        "folds": {"cv": {"folds": 3}},
        "use": {"arms": ["baseline", "dann_kmeans"]},
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(study))
    monkeypatch.setattr(cluster, "ROOT", tmp_path)
    monkeypatch.setattr(cluster, "has_queue", lambda options: False)
    monkeypatch.setattr(cluster, "executor_of", lambda arguments: "local")
    return tmp_path


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The plan that Snakemake would make."""
    made = Plan("local", [])
    monkeypatch.setattr(cluster, "read_plan", lambda arguments: made)
    return made


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have run."""
    seen: list[list[str]] = []

    class Done:
        returncode = 3

    monkeypatch.setattr(
        cluster.subprocess, "run", lambda command, **_: seen.append(command) or Done
    )
    return seen


def planned(output: str, *, needed: bool = True, recorded: bool = True) -> Job:
    request = Request("cpu", "", 10**9, 10, 1, 0)
    return Job("rule", "stage", (), (output,), "", "", needed, recorded, False, True, (request,))


def without_record(command: list[str]) -> list[str]:
    """A command without the interpreter, and without the record of the run, which all have."""
    start = command.index("--logger")
    name, option, file = command[start + 1 : start + 4]
    assert (name, option) == ("cirl", "--logger-cirl-file")
    assert file.startswith("results/mine/runs/") and file.endswith(".jsonl")
    return [*command[2:start], *command[start + 4 :]]


def run_record(
    clone: Path, *outputs: str, hours: float = 1, host: str = "", profile: str = ""
) -> None:
    """Write the record of a run that began some hours ago and started jobs."""
    folder = clone / "results/mine/runs"
    folder.mkdir(parents=True, exist_ok=True)
    began = time.time() - 3600 * hours
    command = f"snakemake --profile {profile} --configfile mine.yaml" if profile else None
    about = {"host": host or platform.node(), "command": command}
    events = [{"event": "workflow_started", "time": began, **about}]
    events += [
        {"event": "job_info", "time": began, "job": number, "output": [output], "log": []}
        for number, output in enumerate(outputs)
    ]
    (folder / f"{began}.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events))


def begun_by_hand(clone: Path, hours: float, host: str = "") -> None:
    """Write what every run writes at its beginning, and one without make leaves alone."""
    path = clone / "results/mine/provenance.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    written = datetime.fromtimestamp(time.time() - 3600 * hours, UTC)
    path.write_text(json.dumps({"written": written.isoformat(), "host": host or platform.node()}))


def lock(clone: Path, name: str, *paths: str) -> Path:
    (clone / ".snakemake/locks").mkdir(parents=True, exist_ok=True)
    path = clone / f".snakemake/locks/{name}.lock"
    path.write_text("\n".join(paths))
    return path


class TestFold:
    def test_it_forces_its_weights_only(
        self, clone: Path, plan: Plan, commands: list[list[str]]
    ) -> None:
        options = ["--arm", "dann_kmeans", "--fold", "2", "--study", "mine.yaml"]
        assert cluster.main(["fold", *options]) == 3
        assert without_record(commands[0]) == [
            *("snakemake", "--profile", "profiles/local", "--configfile", "mine.yaml"),
            *("--no-hooks", "--forcerun", f"{FOLDER}/weights.pt", "--", f"{FOLDER}/metrics.csv"),
        ]

    def test_a_dry_run_with_another_seed_says_how_long_jobs_took(
        self,
        clone: Path,
        plan: Plan,
        commands: list[list[str]],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        plan.jobs.extend([planned("results/mine/a"), planned("results/mine/b", needed=False)])
        options = ["--arm", "baseline", "--fold", "0", "--seed", "8", "--dry-run"]
        cluster.main(["fold", *options, "--study", "mine.yaml", "--profile", "slurm"])
        assert commands[0][4] == "slurm"
        assert "--dry-run" in commands[0]
        assert commands[0][-1].endswith("baseline/seed8/fold0/metrics.csv")
        said = capsys.readouterr().out
        assert "rule  not known  results/mine/a\n" in said and "results/mine/b" not in said

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["basline", "--fold", "0"], "ARM=basline: the study has baseline, dann_kmeans"),
            (["baseline", "--fold", "3"], "FOLD=3: the study has 0, 1, 2"),
            (["baseline", "--fold", "0", "--seed", "1"], "SEED=1: the study has 7, 8"),
            (["baseline", "--fold", ""], "FOLD=: the study has 0, 1, 2"),
            (["baseline", "--fold", "0", "--protocol", "lodo"], "PROTOCOL=lodo: the study has cv"),
        ],
    )
    def test_what_the_study_does_not_have_is_refused_in_one_line(
        self,
        clone: Path,
        commands: list[list[str]],
        capsys: pytest.CaptureFixture[str],
        options: list[str],
        message: str,
    ) -> None:
        assert cluster.main(["fold", "--arm", *options, "--study", "mine.yaml"]) == 2
        assert capsys.readouterr().err == f"cirl: {message}\n"
        assert commands == []

    def test_a_missing_study_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cluster.main(["report", "--study", "studies/none.yaml"]) == 2
        assert "no file studies/none.yaml" in capsys.readouterr().err


class TestBeforeALongRun:
    """A run that takes days is told before it begins."""

    def test_submitting_says_how_long_and_goes_on(
        self,
        clone: Path,
        plan: Plan,
        commands: list[list[str]],
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(cluster, "estimate", lambda study: Estimate(60, 1e6))
        (clone / "more.yaml").write_text("seed: 3\n")
        assert cluster.main(["submit", "--study", "mine.yaml", "more.yaml"]) == 3
        assert "cirl: 60 trainings: roughly 1,000,000 hours of one" in capsys.readouterr().out
        words = without_record(commands[0])
        assert words[3:] == ["--configfile", "mine.yaml", "more.yaml"]

    def test_the_demo_is_short(
        self,
        clone: Path,
        commands: list[list[str]],
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        assert cluster.main(["run"]) == 3
        assert len(commands) == 1
        assert "cirl:" not in capsys.readouterr().out


def test_make_is_given_several_files_in_quotation_marks() -> None:
    assert cluster.as_variable([]) == ""
    assert cluster.as_variable(["a.yaml"]) == " STUDY=a.yaml"
    assert cluster.as_variable(["a.yaml", "b.yaml"]) == " STUDY='a.yaml b.yaml'"


class TestOnlyOne:
    """No study is run twice at a time, nor on top of what a killed run left."""

    def refused(self, capsys: pytest.CaptureFixture[str], situation: str = "submit") -> str:
        assert cluster.main([situation, "--study", "mine.yaml"]) == 2
        return capsys.readouterr().err

    def test_while_another_holds_it(
        self,
        clone: Path,
        plan: Plan,
        commands: list[list[str]],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (clone / ".snakemake").mkdir()
        with (clone / ".snakemake/mine.running").open("w") as file:
            print("process 17 on login2", file=file, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
            for situation in ("submit", "resume"):
                said = self.refused(capsys, situation)
                assert said == "cirl: mine is being run: process 17 on login2\n"
        assert commands == []
        assert cluster.main(["submit", "--study", "mine.yaml"]) == 3
        held = (clone / ".snakemake/mine.running").read_text()
        assert held == f"process {os.getpid()} on {platform.node()}\n"

    def test_a_killed_run_is_resumed_and_not_submitted(
        self,
        clone: Path,
        plan: Plan,
        commands: list[list[str]],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        ours = lock(clone, "0.output", "data/a", "results/mine/a")
        theirs = lock(clone, "1.output", "data/a", "results/mine2/a")
        said = self.refused(capsys)
        assert said == (
            "cirl: an earlier run of mine was interrupted (nothing is at work). "
            "Go on with: make resume PROFILE=profiles/local STUDY=mine.yaml\n"
        )
        assert cluster.main(["resume", "--study", "mine.yaml"]) == 3
        assert (ours.exists(), theirs.exists()) == (False, True)
        assert without_record(commands[0]) == [
            *("snakemake", "--profile", "profiles/local", "--configfile", "mine.yaml"),
        ]

    @pytest.mark.parametrize("by_hand", [False, True])
    def test_a_run_on_another_machine_may_be_alive(
        self,
        by_hand: bool,
        clone: Path,
        plan: Plan,
        commands: list[list[str]],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        if by_hand:
            begun_by_hand(clone, 1, host="login7")
        else:
            run_record(clone, "results/mine/a", host="login7")
        lock(clone, "0.output", "results/mine/a")
        said = self.refused(capsys, "resume")
        assert "mine was last run on login7" in said and "say ENDED=1" in said
        assert commands == []
        assert cluster.main(["resume", "--study", "mine.yaml", "--ended"]) == 3


class TestTakeOver:
    """Outputs of jobs that ended after their Snakemake had been killed."""

    @pytest.fixture
    def recorded(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        seen: list[str] = []
        monkeypatch.setattr(
            Plan, "record", lambda self, jobs: seen.extend(job.outputs[0] for job in jobs)
        )
        return seen

    def jobs(self) -> list[Job]:
        return [
            planned("results/mine/done", needed=False, recorded=False),
            planned("results/mine/unknown", needed=False, recorded=False),
            planned("results/mine/known", needed=False),
            planned("results/mine/partial", recorded=False),
        ]

    def test_they_are_kept_and_recorded(self, clone: Path, recorded: list[str]) -> None:
        outputs = ["results/mine/done", "results/mine/known", "results/mine/partial"]
        for hours, output in enumerate(outputs, 1):
            run_record(clone, output, hours=hours)
        old(clone)
        study = Study(clone, ("mine.yaml",), {"study": "mine"})
        assert interrupted.take_over(study, Plan("slurm", self.jobs())) == []
        assert recorded == ["results/mine/done"]

    def test_of_a_run_without_a_record_they_are_those_that_it_wrote(
        self, clone: Path, recorded: list[str]
    ) -> None:
        run_record(clone, "results/mine/known", hours=3)
        begun_by_hand(clone, hours=2)
        for name, hours in {"done": 1, "unknown": 2.5, "partial": 1}.items():
            path = clone / "results/mine" / name
            path.touch()
            os.utime(path, (time.time() - 3600 * hours,) * 2)
        for path in (clone / "config.yaml", clone / "mine.yaml", clone / "Snakefile"):
            os.utime(path, (time.time() - 86400,) * 2)
        old(clone / "rules")
        study = Study(clone, ("mine.yaml",), {"study": "mine"})
        assert interrupted.take_over(study, Plan("slurm", self.jobs())) == []
        assert recorded == ["results/mine/done"]

    def test_they_are_made_again_where_code_was_edited_since(
        self, clone: Path, plan: Plan, recorded: list[str], commands: list[list[str]]
    ) -> None:
        plan.jobs.extend(self.jobs())
        run_record(clone, "results/mine/done")
        old(clone)
        (clone / "mine.yaml").touch()
        assert cluster.main(["resume", "--study", "mine.yaml"]) == 3
        assert commands[0][-2:] == ["--forcerun", "results/mine/done"]
        assert recorded == []


def old(clone: Path) -> None:
    """Let all files of a clone be of yesterday."""
    for path in clone.rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - 86400,) * 2)


def test_a_plain_run_is_held_and_recorded(
    clone: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cluster.main(["run", "--study", "mine.yaml", "--profile", "slurm"]) == 3
    words = without_record(commands[0])
    assert words == ["snakemake", "--profile", "slurm", "--configfile", "mine.yaml"]
    assert (clone / ".snakemake/mine.running").exists()


@pytest.mark.parametrize(
    ("left", "still"),
    [
        ([], "nothing is at work"),
        (["process 17 on here"], "still at work: process 17 on here"),
        ([f"job {n}" for n in range(5)], "still at work: job 0; job 1; job 2 and 2 more"),
    ],
)
def test_after_a_kill_a_plain_run_says_what_is_at_work_and_how_to_go_on(
    clone: Path,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    left: list[str],
    still: str,
) -> None:
    """Without it Snakemake would raise a LockException that advises to unlock."""
    monkeypatch.setattr(interrupted, "remains", lambda *_: left)
    run_record(clone, "results/mine/a", profile="profiles/lab")
    lock(clone, "0.output", "data/a", "results/mine/a")
    assert cluster.main(["run", "--study", "mine.yaml"]) == 2
    assert capsys.readouterr().err == (
        f"cirl: an earlier run of mine was interrupted ({still}). "
        "Go on with: make resume PROFILE=profiles/lab STUDY=mine.yaml\n"
    )
    assert commands == []
    assert cluster.main(["run", "--study", "mine.yaml", "--dry-run"]) == 3


def test_jobs_at_work_without_a_lock_are_not_joined_by_a_second_run(
    clone: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupted, "remains", lambda *_: ["process 17 on here"])
    assert cluster.main(["run", "--study", "mine.yaml"]) == 2
    assert commands == []


def test_the_status_advises_to_resume_where_the_last_run_was(
    clone: Path, plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    """``make status`` looks with the profile of this machine, whatever ran the study."""
    plan.jobs.append(planned("results/mine/a"))
    run_record(clone, "results/mine/a", profile="slurm")
    lock(clone, "0.output", "results/mine/a")
    assert cluster.main(["status", "--study", "mine.yaml"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "Snakemake was killed: make resume PROFILE=slurm STUDY=mine.yaml"


@pytest.mark.parametrize("situation", ["run", "submit", "resume"])
def test_without_slurm_the_way_that_runs_here_is_said(
    clone: Path,
    plan: Plan,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    situation: str,
) -> None:
    def silent(*command: str) -> str:
        raise UsageError("squeue: error: Unknown host\nsqueue: fatal: no configuration source")

    monkeypatch.setattr(cluster, "executor_of", lambda arguments: "slurm")
    monkeypatch.setattr(cluster.slurm, "asked", silent)
    assert cluster.main([situation, "--study", "mine.yaml", "--profile", "slurm"]) == 2
    assert capsys.readouterr().err == (
        "cirl: no Slurm here: make study STUDY=mine.yaml\n(squeue: error: Unknown host)\n"
    )
    assert commands == []


@pytest.mark.parametrize("by_hand", [False, True])
def test_the_status_says_when_the_last_run_kept_no_record(
    clone: Path, plan: Plan, by_hand: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.jobs += [planned("results/mine/a"), planned("results/mine/b", needed=False)]
    run_record(clone, "results/mine/a", hours=2)
    if by_hand:
        begun_by_hand(clone, hours=1)
    assert cluster.main(["status", "--study", "mine.yaml"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1].split() == ["stage", "1", "0", "0", "0", "1", "0.00"]
    assert ["The last run was started without make" in line for line in said[3:]] == [
        True
    ] * by_hand


def test_what_no_node_has_is_refused_before_the_first_job(
    clone: Path,
    plan: Plan,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan.executor = "slurm"
    plan.jobs.append(planned("results/mine/a"))
    said = {
        "sinfo": "cpu|n1|4|8000|(null)|idle\n",
        "scontrol": "PartitionName=cpu MaxTime=UNLIMITED State=UP\n",
        "sacctmgr": "",
    }
    monkeypatch.setattr(cluster.slurm, "asked", lambda *command: said[command[0]])
    assert cluster.main(["submit", "--study", "mine.yaml", "--profile", "slurm"]) == 2
    assert capsys.readouterr().err == (
        "cirl: nothing was submitted:\n"
        "rule rule: mem_mb 1000000000 MB, but the largest node of partition cpu has 8000 MB. "
        "Write less in slurm/config.yaml (set-resources: rule: mem_mb: ...)\n"
    )
    assert commands == []


CONTRADICTING = {
    "runs": (
        "__use_yte__: true\n__definitions__:\n  - open('RAN', 'w')\nstudy: x\n",
        "__use_yte__",
    ),
    "twice": ("study: x\nseed: 1\nseed: 2\n", "line 3: the key 'seed' is given twice"),
    "object": ("study: !!python/object/apply:os.system ['touch RAN']\n", "line 1: could not"),
    "root": ("cohorts: {phantom: {root: /data}}\n", "phantom: simulate in mine.yaml and root in"),
}


@pytest.mark.parametrize("situation", ["run", "submit", "resume", "status", "report", "fold"])
@pytest.mark.parametrize("name", CONTRADICTING)
def test_a_study_that_is_no_data_is_refused_before_snakemake_sees_it(
    clone: Path,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    situation: str,
    name: str,
) -> None:
    monkeypatch.setattr(cluster, "read_plan", lambda _: pytest.fail("Snakemake was asked"))
    monkeypatch.setattr(cluster, "executor_of", lambda _: pytest.fail("Snakemake was asked"))
    text, said = CONTRADICTING[name]
    (clone / "mine.yaml").write_text("study: mine\ncohorts: {phantom: {simulate: {}}}\n")
    (clone / "strange.yaml").write_text(text)
    options = ["--arm", "baseline", "--fold", "0"] if situation == "fold" else []
    assert cluster.main([situation, *options, "--study", "mine.yaml", "strange.yaml"]) == 2
    error = capsys.readouterr().err
    assert "strange.yaml" in error and said in error
    assert commands == [] and not (clone / "RAN").exists()

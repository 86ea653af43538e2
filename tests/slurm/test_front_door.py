"""The front door on a real queue: refusals, a Snakemake that is killed, one fold again.

Two rules with the outputs of a study stand for it: a training, which needs one of the two GPUs and
waits for the test's word, and its score. Each says when it begins and when it writes.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from slurm.lab import Lab
from study import PROJECT

from frontdoor import interrupted
from frontdoor.study import Study

pytestmark = pytest.mark.slurm

RULES = """
configfile: "config.yaml"
configfile: "studies/demo.yaml"
FOLDS = "results/" + config["study"] + "/segmentation/cv/baseline/seed0/fold{fold}"
SAID = "results/" + config["study"]
rule all:
    localrule: True
    input:
        expand(FOLDS + "/metrics.csv", fold=range(3))
rule train_fold:
    input: "data/$(touch stolen)"
    output: FOLDS + "/weights.pt"
    params: seed=config["seed"]
    log: SAID + "/logs/train_fold/{fold}.log"
    benchmark: SAID + "/timings/train_fold/{fold}.tsv"
    resources:
        gpu=1, mem_mb=lambda wildcards, attempt: 3000 * 2 ** (attempt - 1), runtime=5
    shell:
        "echo {rule} {wildcards.fold} >> begun; while ! test -e go; do sleep 0.2; done; "
        "awk 'BEGIN {{ srand({params.seed} + {wildcards.fold}); print rand() }}' > {output}; "
        "echo {rule} {wildcards.fold} >> written"
rule score_fold:
    input: FOLDS + "/weights.pt"
    output: FOLDS + "/metrics.csv"
    log: SAID + "/logs/score_fold/{fold}.log"
    benchmark: SAID + "/timings/score_fold/{fold}.tsv"
    resources: mem_mb=500, runtime=5
    shell: "cp {input} {output}; echo {rule} {wildcards.fold} >> written"
"""
EVERY_JOB = sorted(f"{rule} {fold}" for rule in ("train_fold", "score_fold") for fold in range(3))
FOLDS = "results/demo/segmentation/cv/baseline/seed0"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the project with these rules in place of its own."""
    folder = tmp_path_factory.mktemp("clone")
    for part in ("workflow_scripts", "profiles", "rules/schemas", "studies"):
        shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "config.yaml", folder)
    (folder / "slurm").symlink_to("profiles/slurm")
    (folder / "Snakefile").write_text(RULES)
    (folder / "data").mkdir()
    (folder / "data/$(touch stolen)").touch()
    with (folder / "slurm/config.yaml").open("a") as profile:
        profile.write("slurm-init-seconds-before-status-checks: 2\n")
    return folder


def words(situation: str, *arguments: str) -> list[str]:
    script = "workflow_scripts/cluster.py"
    return [sys.executable, script, situation, "--profile", "slurm", *arguments]


def front(clone: Path, lab: Lab, situation: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a situation of the front door."""
    return subprocess.run(
        words(situation, *arguments),
        cwd=clone,
        env=lab.environment,
        capture_output=True,
        text=True,
        timeout=600,
    )


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_what_the_cluster_has_not_is_refused_before_the_first_job(
    clone: Path, slurm_lab: Lab
) -> None:
    profile, partitions = clone / "slurm/config.yaml", clone / "slurm/partitions.yaml"
    texts = {path: path.read_text() for path in (profile, partitions)}
    with profile.open("a") as more:
        more.write("set-resources:\n  score_fold:\n    mem_mb: 9000\n")
    partitions.write_text(texts[partitions].replace("gpu: {", "gpux: {"))
    done = front(clone, slurm_lab, "submit")
    for path, text in texts.items():
        path.write_text(text)
    assert (done.returncode, done.stdout) == (2, "")
    said = done.stderr.splitlines()
    start = said.index("cirl: nothing was submitted:")
    assert sorted(said[start + 1 :]) == [
        "rule score_fold: mem_mb 9000 MB, but the largest node of partition cpu has 8000 MB. "
        "Write less in slurm/config.yaml (set-resources: score_fold: mem_mb: ...)",
        "rule train_fold: slurm_partition gpux, but the cluster has cpu, gpu, urgent. "
        "Change its name in profiles/slurm/partitions.yaml",
    ]
    assert slurm_lab.jobs("all", under=clone) == []


@pytest.fixture(scope="module")
def resumed(clone: Path, slurm_cluster: Lab) -> list[str]:
    """What resuming says, of a run that was killed with two trainings at work and one queued."""
    lab = slurm_cluster
    options = {"cwd": clone, "env": lab.environment, "text": True}
    with (clone / "submit.log").open("w") as log:
        submitted = subprocess.Popen(
            words("submit"), **options, stdout=log, stderr=log, start_new_session=True
        )
    try:
        lab.wait_for(lambda: len(lines(clone / "begun")) == 2, "two trainings", 240)
        lab.wait_for(lambda: len(lab.jobs("pending", clone)) == 1, "the third", 240)
        assert set(lab.run("squeue", "-h", "-o", "%P").split()) == {"gpu"}
        lab.run("scancel", "-s", "URG", *lab.jobs("running", clone))  # which ends none of them
    finally:
        os.killpg(submitted.pid, signal.SIGKILL)
        submitted.wait()
    with subprocess.Popen(words("resume"), **options, stdout=subprocess.PIPE) as resuming:
        told = [resuming.stdout.readline() for _ in range(4)]
        (clone / "go").touch()
        told += resuming.stdout.readlines()
    assert resuming.returncode == 0, "".join(told)
    return told


def test_each_output_is_written_once_though_snakemake_was_killed(
    clone: Path, resumed: list[str]
) -> None:
    assert resumed[0] == "waiting for the end of\n"
    states = sorted(line.split("(")[1].split(")")[0] for line in resumed[1:4])
    assert states == ["pending", "running", "running"]
    assert "kept what 2 jobs made after their Snakemake was killed\n" in resumed
    assert sorted(lines(clone / "written")) == EVERY_JOB
    # The job that was queued was cancelled before it began, and submitted anew.
    assert sorted(lines(clone / "begun")) == [job for job in EVERY_JOB if "train" in job]
    said = (clone / "submit.log").read_text()
    assert "warning: rule train_fold: attempt 3 would ask for mem_mb 12000 MB, but" in said


def test_no_shell_reads_the_names_of_files(clone: Path, resumed: list[str]) -> None:
    assert not (clone / "stolen").exists()


def test_outputs_that_snakemake_did_not_see_made_go_stale_like_others(
    clone: Path, slurm_lab: Lab, resumed: list[str]
) -> None:
    plan = ["-m", "snakemake", "--profile", "slurm", "--dry-run", "--config", "seed=1"]
    done = subprocess.run(
        [sys.executable, *plan],
        cwd=clone,
        env=slurm_lab.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("rule train_fold:") == 3


def test_one_fold_again_runs_its_jobs_only_and_gives_the_same_numbers(
    clone: Path, slurm_lab: Lab, resumed: list[str]
) -> None:
    files = {path: path.read_bytes() for path in (clone / FOLDS).rglob("*") if path.is_file()}
    made = {path: path.stat().st_mtime_ns for path in files}
    (clone / "written").unlink()
    done = front(clone, slurm_lab, "fold", "--arm", "baseline", "--fold", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert lines(clone / "written") == ["train_fold 1", "score_fold 1"]
    assert {path: path.read_bytes() for path in files} == files
    again = {path for path in files if path.stat().st_mtime_ns != made[path]}
    assert again == {path for path in files if path.parent.name == "fold1"}


def test_only_the_studys_own_jobs_are_cancelled(
    clone: Path, slurm_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another study of the same clone has the same working folder; another clone has the names."""
    for name, value in slurm_lab.environment.items():
        monkeypatch.setenv(name, value)
    (clone / "theirs.yaml").write_text("study: theirs\n")
    submit = ["sbatch", "--parsable", "--mem=10", "--output=/dev/null"]
    work = "--wrap=sleep 60 # python -m snakemake --force"
    theirs = [*submit, "-J", "theirs", f"{work} --configfiles theirs.yaml --mode remote"]
    kept = slurm_lab.run(*theirs, "-D", str(clone))
    no_snakemake = slurm_lab.run(*submit, "-J", "shell", "--wrap=sleep 60", "-D", str(clone))
    elsewhere = slurm_lab.run(*submit, "-J", "ours", work, "-D", str(clone.parent))
    ours = [slurm_lab.run(*submit, "-J", "ours", work, "-D", str(clone)) for _ in range(2)]
    ours += [slurm_lab.run(*submit, "-H", "-J", "ours", work, "-D", str(clone))]
    interrupted.end(Study(clone, (), {"study": "demo"}), "cancel", "cancel", on_slurm=True)
    assert sorted(slurm_lab.jobs()) == sorted([kept, no_snakemake, elsewhere])
    assert set(ours) <= set(slurm_lab.jobs("cancelled"))

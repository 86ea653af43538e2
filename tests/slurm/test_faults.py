"""A study on the cluster, whose trainings are cancelled, run out of time and lose their node."""

import math
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml
from slurm.cluster_run import ClusterRun, Job, after_each_epoch
from slurm.lab import Lab
from study import Study, make_study

from cirl.study.subjects import into_batches

pytestmark = pytest.mark.slurm

TABLES = [
    "cohort/subjects.csv",
    "radiomics/features.csv",
    "clustering/sweep.csv",
    "clustering/vdec/k3.csv",
    "folds/cv.csv",
    "evaluation/summary.csv",
]
FOLDER = "segmentation/cv/dann_vdec/seed0"
FOLDS = [0, 1]
TRAINING = "rule_train_fold_wildcards_cv_dann_vdec_0_{}"
NO_LIMIT = {"minutes": 60, "gpus": 0}


def overlay_with(**segmentation: float) -> dict:
    """The small study, its trainings with other resources."""
    overlay = yaml.safe_load((Path(__file__).parent / "small.yaml").read_text())
    overlay["segmentation"] |= segmentation
    return overlay


def targets(study: Study) -> list[str]:
    return ["--", *(f"results/{study.name}/{path}" for path in TABLES)]


def log_of(study: Study, fold: int) -> str:
    path = study.results / f"logs/train_fold/cv/dann_vdec/seed0/fold{fold}.log"
    return path.read_text() if path.exists() else ""


def resumption(study: Study, fold: int) -> str:
    """The log's line that says from which epoch the training goes on; empty if it does not."""
    lines = [line for line in log_of(study, fold).splitlines() if "goes on from epoch" in line]
    return lines[0] if lines else ""


def epochs_done(study: Study, fold: int) -> int:
    return len(re.findall(r" epoch \d+  step ", log_of(study, fold)))


def training(run: ClusterRun, fold: int) -> Job:
    """The latest job of a training."""
    return run.jobs(TRAINING.format(fold))[-1]


@dataclass
class Faulty:
    """A study that is finished in spite of everything, beside one that ran on this machine.

    Attributes:
        cluster: the one that met with faults.
        local: the other, whose batches are others too.
        text: what Snakemake printed on the cluster.
        jobs: all of the first one's jobs.
        epochs: from which epoch a training went on, by what had ended it.
    """

    cluster: Study
    local: Study
    text: str = ""
    jobs: list[Job] = field(default_factory=list)
    epochs: dict[str, int] = field(default_factory=dict)

    def trainings(self, fold: int) -> list[Job]:
        """The jobs of a training, one an attempt."""
        return [job for job in self.jobs if job.what.endswith(TRAINING.format(fold))]

    def note(self, fault: str, line: str) -> None:
        match = re.search(r"goes on from epoch (\d+)", line)
        assert match, line
        self.epochs[fault] = int(match[1])


def give_notice(run: ClusterRun) -> None:
    """Send SIGURG to a job that has nothing to end early, as ``sbatch --signal`` would."""
    log = run.study.results / "logs/simulate_subject/batch00.log"
    run.wait_for(log.exists, "the start of a script")
    run.lab.run("scancel", "-s", "URG", run.jobs("simulate_subject_batch00")[-1].number)


def cancel_and_preempt(run: ClusterRun, story: Faulty) -> None:
    """End fold 0 by scancel, then have another job take its GPU."""
    study, lab = run.study, run.lab
    run.wait_for(lambda: epochs_done(study, 0) >= 2, "epochs of fold 0")
    first = training(run, 0)
    lab.run("scancel", first.number)
    run.wait_for(lambda: training(run, 0) != first and resumption(study, 0), "retry of fold 0")
    line = resumption(study, 0)
    story.note("scancel", line)
    run.wait_for(lambda: epochs_done(study, 0) >= 1, "another epoch of fold 0")
    urgent = ["sbatch", "-p", "urgent", "-w", training(run, 0).node, "--gpus=1", "--mem=100"]
    lab.run(*urgent, "-D", str(lab.folder), "-o", "/dev/null", "--wrap", "sleep 1")
    run.wait_for(lambda: resumption(study, 0) not in ("", line), "fold 0 after pre-emption")
    story.note("pre-emption", resumption(study, 0))


def lose_node(run: ClusterRun, story: Faulty) -> None:
    """Let fold 1 come near its time limit, then kill the node on which its retry runs."""
    study, lab = run.study, run.lab
    run.wait_for(lambda: resumption(study, 1), "retry of fold 1")
    line = resumption(study, 1)
    story.note("time limit", line)
    dead = training(run, 1).node
    lab.kill_node(dead)
    run.wait_for(lambda: training(run, 1).restarts, "fold 1 queued again")
    lab.start_node(dead)
    run.wait_for(lambda: resumption(study, 1) not in ("", line), "fold 1 after its node's death")
    story.note("node", resumption(study, 1))


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The small study, each subject a job, to be run on this machine."""
    return make_study(tmp_path_factory.mktemp("local"), overlay_with(**NO_LIMIT) | {"batch": 1})


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory, slurm_cluster: Lab, local: Study
) -> Iterator[Faulty]:
    cluster = make_study(tmp_path_factory.mktemp("cluster"), overlay_with(minutes=1))
    after_each_epoch(cluster, "__import__('time').sleep(2.5)")
    story = Faulty(cluster, local)
    # One attempt more than the faults take, on a slow machine.
    run = ClusterRun(cluster, slurm_cluster, "--retries", "3", *targets(cluster))
    try:
        tell(story, run)
        yield story
    finally:
        run.stop()
        for node in ("n1", "n2"):
            if f"slurmd {node}" not in slurm_cluster.daemons:
                slurm_cluster.start_node(node)


def tell(story: Faulty, run: ClusterRun) -> None:
    """Meet the two trainings with their faults, and run the study on this machine meanwhile."""
    with ThreadPoolExecutor() as beside:
        try:
            give_notice(run)
            run.wait_for(lambda: epochs_done(run.study, 0), "the first epoch of fold 0")
            alone = beside.submit(story.local.snakemake, *targets(story.local))
            first = beside.submit(cancel_and_preempt, run, story)
            lose_node(run, story)
            first.result()
            story.text = run.finish()
            story.jobs = run.jobs()
            alone.result()
        except BaseException:
            run.stop()  # and with it what waits for it
            raise


@pytest.mark.parametrize("path", TABLES)
def test_tables_are_those_of_a_local_run(story: Faulty, path: str) -> None:
    pd.testing.assert_frame_equal(
        story.cluster.table(path), story.local.table(path), check_exact=True
    )


@pytest.mark.parametrize("fold", FOLDS)
def test_weights_are_those_of_a_training_that_nothing_ended(story: Faulty, fold: int) -> None:
    paths = [
        one.results / f"{FOLDER}/fold{fold}/weights.pt" for one in (story.cluster, story.local)
    ]
    ours, theirs = [torch.load(path, weights_only=True)["state_dict"] for path in paths]
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    history = story.cluster.table(f"{FOLDER}/fold{fold}/history.csv")
    assert history["epoch"].tolist() == list(range(20))
    assert not list(story.cluster.results.glob(f"{FOLDER}/fold{fold}/checkpoint-*"))


def test_a_cancelled_training_is_retried_from_its_checkpoint(story: Faulty) -> None:
    jobs = story.trainings(0)
    assert "CANCELLED" in [job.state for job in jobs[:-1]]
    assert jobs[-1].state == "COMPLETED"
    assert story.epochs["scancel"] >= 2


def test_a_training_that_gives_way_to_another_job_goes_on(story: Faulty) -> None:
    assert 1 in [job.restarts for job in story.trainings(0)]
    assert story.epochs["pre-emption"] > story.epochs["scancel"]


def test_a_training_that_runs_out_of_time_stops_checkpointed_and_is_retried(story: Faulty) -> None:
    """By itself; where Slurm is so slow that it comes first, when Slurm asks it to."""
    jobs = story.trainings(1)
    assert {job.state for job in jobs[:-1]} <= {"FAILED", "TIMEOUT"}
    assert jobs[-1].state == "COMPLETED"
    epoch = story.epochs["time limit"]
    reason = "(: the next one might exceed the 0.|, as SIGTERM asked for)"
    assert epoch >= 2
    assert re.search(f"stopped before epoch {epoch}{reason}", story.text)


def test_a_training_goes_on_on_another_node_when_its_own_dies(story: Faulty) -> None:
    assert 1 in [job.restarts for job in story.trainings(1)]
    assert story.epochs["node"] >= story.epochs["time limit"]


def test_a_notice_ends_no_job_but_a_training(story: Faulty) -> None:
    """Nor the shells and the Snakemakes above it."""
    (job,) = [job for job in story.jobs if "simulate_subject_batch00" in job.what]
    assert job.state == "COMPLETED"


def test_trainings_have_a_gpu_each_and_small_rules_are_no_jobs(story: Faulty) -> None:
    for job in story.jobs:
        on_gpu = job.what.startswith(("rule_train_fold", "rule_predict_fold"))
        assert ("gpu:1" in job.gpus) == on_gpu, job
        assert job.partition == ("gpu" if on_gpu else "cpu"), job
    rules = " ".join(job.what for job in story.jobs)
    assert "make_folds" not in rules and "merge_subjects" not in rules
    assert {job.what for job in story.jobs if "preprocess" in job.what} == {
        f"rule_preprocess_subject_batch0{number}" for number in (0, 1)
    }


def test_a_job_asks_for_memory_by_its_largest_file(story: Faulty) -> None:
    jobs = [job for job in story.jobs if "rule_preprocess_subject" in job.what]
    batches = into_batches([f"phantom_p{number:04d}" for number in range(1, 9)], 4)
    assert len(jobs) == len(batches) == 2
    for job in jobs:
        names = [subject.split("_")[1] for subject in batches[job.what[-7:]]]
        files = [
            path for name in names for path in story.cluster.results.glob(f"phantom/*/{name}/*")
        ]
        largest = max(path.stat().st_size for path in files if path.is_file()) / 2**20
        assert job.memory == f"{300 + math.ceil(1500 + 50 * largest)}M"


def test_a_training_with_too_little_memory_says_so_and_asks_for_more(
    story: Faulty, slurm_cluster: Lab, tmp_path: Path
) -> None:
    shutil.copytree(story.local.folder, tmp_path / "copy")
    overlay = overlay_with(**NO_LIMIT, memory_mb=600) | {"batch": 1}
    (tmp_path / "copy/overlay.yaml").write_text(yaml.safe_dump(overlay))
    study = Study(tmp_path / "copy", tmp_path / "copy/overlay.yaml", overlay["study"])
    # As a training grows: 500 MB in ten seconds. The watch looks less often on a busy machine.
    pieces = "[(b'x' * 25_000_000, __import__('time').sleep(0.5)) for _ in range(20)]"
    after_each_epoch(study, f"self.hoard = getattr(self, 'hoard', None) or {pieces}")
    weights = f"results/small/{FOLDER}/fold0/weights.pt"
    run = ClusterRun(study, slurm_cluster, "--forcerun", weights, "--", weights)
    try:
        text = run.finish()
    finally:
        run.stop()
    said = re.search(r"memory: train_fold takes (\d+) MB of the 600 MB .*mem_mb=900", text)
    assert said and int(said[1]) >= 540
    first, second = run.jobs()
    assert (first.memory, second.memory) == ("900M", "1500M")
    assert first.state in ("FAILED", "OUT_OF_MEMORY") and second.state == "COMPLETED"

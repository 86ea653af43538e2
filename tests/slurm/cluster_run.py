"""A study that Snakemake works off on the cluster, and what can be seen of its jobs meanwhile."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from slurm.lab import Lab
from study import Study

IMPATIENT = Path(__file__).with_name("impatient.py")
SECONDS = 1500


@dataclass(frozen=True)
class Job:
    """A job as Slurm knows it.

    Attributes:
        number: of the job.
        state: as ``RUNNING``.
        what: rule and wildcards, as ``rule_train_fold_wildcards_cv_baseline_0_0``.
        node: where it runs or ran last; empty if it has not.
        partition: where it was put.
        memory: asked for, as ``550M``.
        gpus: asked for, as ``gres:gpu:1``; empty for none.
        restarts: how often Slurm has started it again.
    """

    number: str
    state: str
    what: str
    node: str
    partition: str
    memory: str
    gpus: str
    restarts: int


class ClusterRun:
    """Snakemake with the profile of Slurm, in a process of its own.

    Args:
        study: a copy of the project.
        lab: the cluster.
        arguments: for Snakemake, as its targets.
    """

    def __init__(self, study: Study, lab: Lab, *arguments: str) -> None:
        self.study, self.lab = study, lab
        self.output = study.folder / "snakemake.output"
        command = [sys.executable, str(IMPATIENT), "--profile", "profiles/slurm"]
        command += ["--configfile", str(study.overlay), *arguments]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command,
                cwd=study.folder,
                env=lab.environment | {"OMP_NUM_THREADS": "1", "PYTHONNOUSERSITE": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def jobs(self, what: str = "") -> list[Job]:
        """Return this study's jobs, ended ones too, in the order of their submission."""
        form = "JobID:20,State:20,NodeList:20,Partition:20,MinMemory:20,tres-per-job:40"
        form += ",RestartCnt:20,WorkDir:300,Comment:300"
        lines = self.lab.run("squeue", "-h", "-t", "all", "-S", "i", "-O", form).splitlines()
        found = []
        for line in lines:
            cells = [line[start : start + 20].strip() for start in range(0, 100, 20)]
            gpus, restarts = line[100:140].strip(), line[140:160].strip()
            folder, comment = line[160:460].strip(), line[460:].strip()
            if folder == str(self.study.folder) and what in comment:
                number, state, node, partition, memory = cells
                gpus = "" if gpus == "N/A" else gpus
                job = Job(number, state, comment, node, partition, memory, gpus, int(restarts))
                found.append(job)
        return found

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Wait until a condition holds, as long as Snakemake runs."""
        end = time.monotonic() + SECONDS
        while not condition():
            assert self.process.poll() is None, f"ended before {what}: {self.text()}"
            assert time.monotonic() < end, f"no {what} in {SECONDS} s: {self.text()}"
            time.sleep(0.3)

    def finish(self) -> str:
        """Wait until Snakemake has ended well; return what it printed."""
        status = self.process.wait(timeout=SECONDS)
        assert status == 0, self.text() + self.study.logs()
        return self.text()

    def stop(self) -> None:
        """End Snakemake and its jobs, if the test has failed before."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            numbers = [job.number for job in self.jobs() if job.state in ("RUNNING", "PENDING")]
            if numbers:
                self.lab.run("scancel", *numbers)

    def text(self) -> str:
        """Return what Snakemake has printed."""
        return self.output.read_text()


def after_each_epoch(study: Study, statement: str) -> None:
    """Have a segmentation's training do something after each epoch, in this copy of the project."""
    path = study.folder / "workflow_scripts/cirl/segmentation/callbacks.py"
    text = path.read_text()
    place = "        self.rows.append(row)\n"
    assert text.count(place) == 1
    path.write_text(text.replace(place, f"{place}        {statement}\n"))

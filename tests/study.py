"""A copy of the project in which a study is run for real, by Snakemake."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

PROJECT = Path(__file__).parents[1]
PARTS = ["Snakefile", "config.yaml", "rules", "envs", "workflow_scripts", "profiles", "studies"]


@dataclass
class Study:
    """A study in its own copy of the project, and what Snakemake says of it."""

    folder: Path
    overlay: Path
    name: str

    @property
    def results(self) -> Path:
        """Folder of the results."""
        return self.folder / "results" / self.name

    def snakemake(self, *arguments: str, succeeds: bool = True) -> str:
        """Run Snakemake with the study's overlay; return what it prints."""
        # Two test processes run a job each; one alone runs two.
        cores = "1" if "PYTEST_XDIST_WORKER" in os.environ else "2"
        command = [sys.executable, "-m", "snakemake", "--cores", cores]
        command += ["--configfile", str(self.overlay), *arguments]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=1500
        )
        text = done.stdout + done.stderr
        assert (done.returncode == 0) == succeeds, text[-6000:] + self.logs()
        return text

    def planned(self, *arguments: str) -> dict[str, int]:
        """Return how many jobs of each rule Snakemake would run, without `all`."""
        text = self.snakemake("--dry-run", *arguments)
        if "Nothing to be done" in text:
            return {}
        table = text.split("Job stats:")[1].splitlines()[3:]
        counts = {}
        for line in table:
            if not line.strip():
                break
            rule, count = line.split()
            counts[rule] = int(count)
        return {rule: n for rule, n in counts.items() if rule not in ("total", "all")}

    def finish_empty(self) -> None:
        """Make all files without content, and have Snakemake take them for finished."""
        summary = self.snakemake("--summary")
        for line in summary[summary.index("output_file\t") :].splitlines()[1:]:
            if "\t" in line:
                path = self.folder / line.split("\t")[0]
                path.parent.mkdir(parents=True, exist_ok=True)
                # Predictions and the like are folders; every file has an ending.
                path.touch() if path.suffix else path.mkdir(exist_ok=True)
        # By force, since what seems to be in order would not be noted down as finished.
        touch = ("--touch", "--forceall", "--scheduler", "greedy", "--no-hooks", "--quiet", "all")
        self.snakemake(*touch)

    def retrained(self) -> set[str]:
        """Return the arms of which Snakemake would train a fold."""
        lines = self.snakemake("--dry-run").splitlines()
        jobs = [number for number, line in enumerate(lines) if line.startswith("rule train_fold:")]
        after = (" ".join(lines[number : number + 12]) for number in jobs)
        return {match for text in after for match in re.findall(r"arm=(\w+)", text)[:1]}

    def table(self, path: str) -> pd.DataFrame:
        """Read a table below the results."""
        return pd.read_csv(self.results / path)

    def logs(self) -> str:
        """The ends of the rules' logs that tell of an error."""
        found = [path for path in self.results.glob("logs/**/*") if path.is_file()]
        texts = {path: path.read_text(errors="replace") for path in found}
        return "\n".join(
            f"--- {path}\n{text[-1500:]}" for path, text in texts.items() if "Traceback" in text
        )


def make_study(folder: Path, overlay: dict) -> Study:
    """Copy the project into a folder and lay a study's overlay beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = PROJECT / part
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, folder / part, ignore=ignore)
        else:
            shutil.copy(source, folder / part)
    path = folder / "overlay.yaml"
    path.write_text(yaml.safe_dump(overlay))
    return Study(folder, path, overlay["study"])


def images_in(root: Path) -> dict[str, object]:
    """Overlay of the phantoms' cohort that reads a folder of images and has no table of them."""
    return {
        "simulate": None,
        "root": str(root),
        "participants": None,
        "domains": [],
        "clinical": [],
    }

"""How long Snakemake thinks about a study of many subjects, beside the barest two jobs a subject.

Cohorts are simulated as files without content, and a finished study as its outputs without
content. What is timed is a dry-run of the whole published study (five arms, five folds, 45
clusterings) before anything was made, and another when all is finished and nothing is to do. The
peer is a workflow of two empty jobs a subject and one that merges them.

Times are CPU seconds of Snakemake, which on an idle machine are the seconds that one waits. The
last line is of the dry-runs at 2,200 subjects, medians of three runs. With --figure, the times are
drawn over the number of subjects.
"""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd

PROJECT = Path(__file__).parents[1]
PARTS = ["Snakefile", "config.yaml", "rules", "envs", "workflow_scripts", "studies"]
SIZES = [100, 1000, 2200, 10_000]
AT = 2200
RUNS = 3
FILES = ["t1n", "t1c", "t2w", "t2f", "seg"]
PEER = """
names = [f"s{number:05d}" for number in range(int(config["subjects"]))]
rule all:
    input: "merged.txt"
rule first:
    input: "cohort/{name}/{name}-t1n.nii.gz"
    output: "first/{name}.txt"
    shell: "cp {input} {output}"
rule second:
    input: "first/{name}.txt"
    output: "second/{name}.txt"
    shell: "cp {input} {output}"
rule merge:
    input: expand("second/{name}.txt", name=names)
    output: "merged.txt"
    shell: "touch {output}"
"""


def snakemake(folder: Path, arguments: list[str]) -> tuple[float, str]:
    """Run Snakemake in a folder; return its CPU time in seconds and what it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--nocolor", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, done.stdout + done.stderr


def lay_cohort(folder: Path, subjects: int) -> Path:
    """Make a cohort of empty files, one folder a subject."""
    root = folder / "cohort"
    for number in range(subjects):
        place = root / f"s{number:05d}"
        place.mkdir(parents=True)
        for contrast in FILES:
            (place / f"s{number:05d}-{contrast}.nii.gz").touch()
    return root


def lay_study(folder: Path, subjects: int) -> list[str]:
    """Copy the project beside a cohort; return what Snakemake is called with."""
    folder.mkdir()
    root = lay_cohort(folder, subjects)
    for part in PARTS:
        source = PROJECT / part
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, folder / part, ignore=ignore)
        else:
            shutil.copy(source, folder / part)
    cohorts = f'cohorts={{"goat": {{"root": "{root}"}}}}'
    return ["--configfile", "studies/goat.yaml", "--config", cohorts]


def lay_peer(folder: Path, subjects: int) -> list[str]:
    """Write the barest workflow beside a cohort; return what Snakemake is called with."""
    folder.mkdir()
    lay_cohort(folder, subjects)
    (folder / "Snakefile").write_text(PEER)
    return ["--config", f"subjects={subjects}"]


def finish(folder: Path, arguments: list[str]) -> None:
    """Make all outputs without content, and have Snakemake take them for finished."""
    _, text = snakemake(folder, ["--summary", *arguments])
    lines = text[text.index("output_file\t") :].splitlines()[1:]
    for line in lines:
        path = folder / line.split("\t")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        # Predictions and the like are folders; every file has an ending.
        path.touch() if path.suffix else path.mkdir(exist_ok=True)
    snakemake(folder, ["--touch", "--scheduler", "greedy", "--quiet", "all", *arguments])


def measure(lay: Callable[[Path, int], list[str]], subjects: int, runs: int) -> dict[str, float]:
    """Return the seconds of a first and of a last dry-run, and the number of jobs."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "study"
        arguments = lay(folder, subjects)
        first = [
            snakemake(folder, ["--dry-run", "--quiet", "rules", *arguments]) for _ in range(runs)
        ]
        jobs = re.search(r"^total\s+(\d+)", first[0][1], re.MULTILINE)
        finish(folder, arguments)
        last = [snakemake(folder, ["--dry-run", *arguments]) for _ in range(runs)]
    if any("Nothing to be done" not in text for _, text in last):
        raise SystemExit(f"the finished study has something to do: {last[0][1][-2000:]}")
    return {
        "jobs": float(jobs[1]) if jobs else float("nan"),
        "dry_run": statistics.median(seconds for seconds, _ in first),
        "no_op": statistics.median(seconds for seconds, _ in last),
    }


def draw(table: pd.DataFrame, path: Path) -> None:
    """Draw the seconds over the number of subjects."""
    matplotlib.use("Agg")
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for (who, what), rows in table.melt(["who", "subjects"], ["dry_run", "no_op"]).groupby(
        ["who", "variable"]
    ):
        style = {"marker": "o", "linestyle": "-" if who == "ours" else ":"}
        label = f"{'this study' if who == 'ours' else 'two bare jobs a subject'}, {what}"
        axes.plot(rows["subjects"], rows["value"], label=label.replace("_", "-"), **style)
    axes.axhline(30, color="0.7", linewidth=1)
    axes.set(xscale="log", yscale="log", xlabel="subjects", ylabel="CPU seconds of Snakemake")
    axes.legend(frameon=False)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Measure both at every size and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    rows = []
    for subjects in options.sizes:
        runs = RUNS if subjects == AT else 1
        for who, lay in (("ours", lay_study), ("peer", lay_peer)):
            start = time.perf_counter()
            row = {"who": who, "subjects": subjects, **measure(lay, subjects, runs)}
            rows.append(row)
            print(
                f"{subjects:>6} subjects, {who}: {row['jobs']:.0f} jobs, dry-run "
                f"{row['dry_run']:.1f} s, nothing to do {row['no_op']:.1f} s "
                f"({time.perf_counter() - start:.0f} s in all)",
                flush=True,
            )
    table = pd.DataFrame(rows)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest peak memory: {peak:.0f} MiB (of the largest size)")
    if options.figure:
        draw(table, options.figure)
    at = table[table["subjects"] == AT].set_index("who")["dry_run"]
    if len(at) == 2:
        ratio = at["peer"] / at["ours"]
        print(f"dag: ratio {ratio:.1f} (ours {at['ours']:.1f} s, peer {at['peer']:.1f} s)")


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    main()

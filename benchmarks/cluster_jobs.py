"""What a study of many subjects costs on a cluster beside its own work.

A cohort is simulated as files without content, and the published study (five arms, five folds, 45
clusterings, about 50 subjects a job) is planned for it, not run. For each number of subjects:

- the jobs that a scheduler would get, by stage, and those that run where Snakemake does;
- CPU seconds and peak memory of the dry-run;
- CPU seconds that one job's own two Snakemakes take, which read the study again, and the sum over
  all jobs: the overhead of the whole study;
- with --lab, the seconds that a job without work takes on a Slurm of this machine, from its start
  to its end, and Snakemake from the first submission to the last success.

The last lines say whether 2,200 subjects stay below 30 s and 500 MB.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from dag import PROJECT, SIZES, lay_study

AT = 2200
LIMIT_S, LIMIT_MB = 30, 500
RULE = re.compile(r"^(?:local)?rule (\w+):$", re.MULTILINE)
CLUSTERING = ("cluster", "deep", "evidence")  # how the names of its files in rules/ begin


class Cost(NamedTuple):
    """CPU seconds and peak memory (MB) of a process, and what it printed."""

    seconds: float
    megabytes: float
    text: str


def snakemake(folder: Path, *arguments: str) -> Cost:
    """Run Snakemake in a folder."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--nocolor", *arguments]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        output.seek(0)
        text = output.read()
    if status:
        raise SystemExit(text[-3000:])
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 10**6, text)


def stages() -> dict[str, str]:
    """Return the stage of each rule, by the file that it stands in."""
    found = {}
    for path in (PROJECT / "rules").glob("*.smk"):
        names = re.findall(r'^rule (\w+):|rule_of\("(\w+)"', path.read_text(), re.MULTILINE)
        stage = "clustering" if path.stem.startswith(CLUSTERING) else path.stem
        found |= {name or batched: stage for name, batched in names}
    return found


def local_rules() -> set[str]:
    """Return the rules that run where Snakemake does."""
    texts = [path.read_text() for path in (PROJECT / "rules").glob("*.smk")]
    listed = [text.split("\nlocalrules:\n")[1] for text in texts if "\nlocalrules:\n" in text]
    found = {"all", *re.findall(r"\w+", "".join(text.split("\n\n")[0] for text in listed))}
    for rule in "\n".join(texts).split("\nrule ")[1:]:
        if "localrule: True" in rule:
            found.add(rule.split(":")[0])
    return found


def count_jobs(text: str) -> tuple[Counter[str], int]:
    """Return the number of cluster jobs a stage, and of local ones, that a dry-run lists."""
    rules = [re.sub(r"_batch\d+$", "", rule) for rule in RULE.findall(text)]
    local, stage_of = local_rules(), stages()
    cluster = Counter(stage_of[rule] for rule in rules if rule not in local)
    return cluster, sum(rule in local for rule in rules)


def measure(subjects: int, runs: int) -> dict[str, float | str]:
    """Plan the study for so many subjects."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "study"
        arguments = lay_study(folder, subjects)
        plans = [snakemake(folder, "--dry-run", *arguments) for _ in range(runs)]
        # Both Snakemakes of a job plan it alone.
        target = "results/goat/preprocessed/goat_s00000.json"
        alone = [snakemake(folder, "--dry-run", *arguments, "--", target) for _ in range(runs)]
    cluster, local = count_jobs(plans[0].text)
    overhead = 2 * statistics.median(cost.seconds for cost in alone)
    jobs = sum(cluster.values())
    return {
        "subjects": subjects,
        "cluster jobs": jobs,
        "local jobs": local,
        "dry-run s": statistics.median(cost.seconds for cost in plans),
        "dry-run MB": max(cost.megabytes for cost in plans),
        "s a job": overhead,
        "overhead h": overhead * jobs / 3600,
        "stages": ", ".join(f"{stage} {number}" for stage, number in sorted(cluster.items())),
    }


TOY = """
rule all:
    input: expand("{number}.txt", number=range(JOBS))
rule touch:
    output: "{number}.txt"
    resources: mem_mb=500, runtime=5
    shell: "touch {output}"
"""


def time_on_lab(jobs: int) -> str:
    """Run jobs without work on a Slurm that is started for it; return a sentence."""
    sys.path.insert(0, str(PROJECT / "tests"))
    from slurm.lab import Lab

    lab = Lab()
    with tempfile.TemporaryDirectory() as temporary:
        (Path(temporary) / "Snakefile").write_text(TOY.replace("JOBS", str(jobs)))
        command = [sys.executable, "-m", "snakemake", "--profile", str(PROJECT / "profiles/slurm")]
        command += ["--slurm-init-seconds-before-status-checks", "1"]
        partitions = PROJECT / "profiles/slurm/partitions.yaml"
        command += ["--slurm-partition-config", str(partitions)]
        try:
            lab.start()
            start = time.perf_counter()
            subprocess.run(
                command, cwd=temporary, env=lab.environment, check=True, capture_output=True
            )
            whole = time.perf_counter() - start
            lines = lab.run("squeue", "-h", "-t", "all", "-O", "TimeUsed").splitlines()
        finally:
            lab.stop()
    seconds = [60 * int(minutes) + int(rest) for minutes, rest in (s.split(":") for s in lines)]
    return (
        f"on Slurm here (8 slots on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}): "
        f"{len(seconds)} jobs without work took {statistics.mean(seconds):.1f} s each, "
        f"Snakemake {whole:.0f} s in all"
    )


def main() -> None:
    """Measure every size; print a row each as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--runs", type=int, default=3, help="of which the median is taken")
    parser.add_argument("--lab", type=int, default=0, metavar="JOBS", help="toy jobs on Slurm")
    options = parser.parse_args()
    rows = []
    for subjects in options.sizes:
        row = measure(subjects, options.runs)
        rows.append(row)
        print(
            f"{subjects} subjects: {row['cluster jobs']} jobs ({row['stages']}), dry-run "
            f"{row['dry-run s']:.1f} s, {row['dry-run MB']:.0f} MB, {row['s a job']:.1f} s a job",
            flush=True,
        )
    table = pd.DataFrame(rows).drop(columns="stages")
    print(table.to_string(index=False, float_format="{:.1f}".format))
    if options.lab:
        print(time_on_lab(options.lab))
    for _, row in table[table["subjects"] == AT].iterrows():
        within = row["dry-run s"] < LIMIT_S and row["dry-run MB"] < LIMIT_MB
        print(
            f"cluster-jobs: {AT} subjects are {row['cluster jobs']:.0f} jobs, planned in "
            f"{row['dry-run s']:.1f} s and {row['dry-run MB']:.0f} MB "
            f"({'within' if within else 'BEYOND'} {LIMIT_S} s and {LIMIT_MB} MB), "
            f"overhead {row['overhead h']:.2f} CPU hours"
        )


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    main()

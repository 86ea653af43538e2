"""Time and memory of preprocessing real subjects at 1 mm, a process of its own for each.

    python benchmarks/preprocessing.py DATA

DATA is the folder that holds the cohorts of `real_cohorts.yaml`. What is measured is the whole
process: the interpreter's start, imports, reading, checking, normalising, and writing the store.
On a machine that does other work too, the processor's seconds say more than the wall's. The last
line has the largest of each.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow_scripts"))

from cirl.imaging.preprocessing import PreprocessingSettings, preprocess_or_exclude
from cirl.imaging.store import write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.study.cohorts import Cohort

HERE = Path(__file__).parent
SPACING = 1.0


def subjects(data: Path) -> list[dict[str, Any]]:
    """Return the files of every subject of every cohort that the data folder holds."""
    found = []
    for name, entry in yaml.safe_load((HERE / "real_cohorts.yaml").read_text()).items():
        cohort = Cohort(name=name, root=str(data / entry.pop("folder")), **entry)
        if Path(cohort.root).is_dir():
            found += [cohort.files(subject) for subject in cohort.find()]
    return found


def work(data: Path, subject: str) -> None:
    """Preprocess one subject as its rule does, into a folder that is thrown away."""
    entry = next(entry for entry in subjects(data) if entry["subject"] == subject)
    settings = PreprocessingSettings(spacing=SPACING, clip=(0.5, 99.5))
    result = preprocess_or_exclude(SubjectFiles(**entry), settings, last_attempt=True)
    with tempfile.TemporaryDirectory() as folder:
        write_subject(folder, subject, result.image, result.label, result.metadata)
    metadata = result.metadata
    print(metadata["status"], metadata["reason"], result.image.shape, *metadata["notes"], sep="; ")


def measured(data: Path, subject: str) -> tuple[float, float, float, str]:
    """Return wall and processor seconds, peak memory in GiB, and the outcome of one subject."""
    command = [sys.executable, __file__, str(data), "--subject", subject]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    outcome = process.stdout.read().strip()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{subject}: the process failed with status {status}")
    wall = time.perf_counter() - start
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20, outcome


def main() -> None:
    """Measure every subject, or work as the process of one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with the cohorts of real_cohorts.yaml")
    parser.add_argument("--subject", help="only preprocess this one, and measure nothing")
    arguments = parser.parse_args()
    data = arguments.data.resolve()
    if arguments.subject:
        work(data, arguments.subject)
        return
    rows = []
    for name in (entry["subject"] for entry in subjects(data)):
        rows.append(measured(data, name))
        wall, processor, memory, outcome = rows[-1]
        print(
            f"{name:24} {wall:5.1f} s ({processor:.1f} s of processor) {memory:5.2f} GiB  {outcome}"
        )
    wall, processor, memory, _ = (max(column) for column in zip(*rows, strict=True))
    print(
        f"preprocessing: {len(rows)} subjects, each at most {wall:.1f} s ({processor:.1f} s of "
        f"processor) and {memory:.2f} GiB"
    )


if __name__ == "__main__":
    main()

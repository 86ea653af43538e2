"""Seconds and peak memory of the two merges, against the number of subjects.

Writes N subjects' measurements and metadata with random numbers into a temporary folder, then runs
the rules' own scripts, each in a process of its own, and prints what they took.

    python benchmarks/merge.py                       # 107 features, N = 100, 1000, 2200, 10000
    python benchmarks/merge.py 2200 --filtered       # 1,130 features, of eleven filtered images too
"""

import argparse
import json
import os
import runpy
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

PROJECT = Path(__file__).parents[1]
SCRIPTS = PROJECT / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))

NUMBERS = (100, 1000, 2200, 10000)
CONTRASTS = ("t1n", "t1c", "t2w", "t2f")
REGIONS = ("WT", "NCR", "ED", "ET")
SIGMAS = (1.0, 3.0, 5.0)
ABSENT = 0.1
"""Share of the regions without voxels."""


def feature_names(filtered: bool) -> list[str]:
    """Return PyRadiomics' names: shape once, the other classes of every image."""
    from cirl.radiomics.columns import ORIGINAL, WAVELET, log_image
    from cirl.radiomics.names import features

    return list(features([ORIGINAL, *WAVELET, *map(log_image, SIGMAS)] if filtered else [ORIGINAL]))


def write_measurements(
    path: Path, subject: str, names: list[str], random: np.random.Generator
) -> None:
    """Write a subject's file as measuring does; a region's shape repeats in every contrast."""
    lines = [",".join(["subject", "contrast", "region", "status", "reason", "voxels", *names])]
    shapes = sum("_shape_" in name for name in names)
    absent = random.random(len(REGIONS)) < ABSENT
    own = random.lognormal(size=(len(REGIONS), shapes))
    for contrast in CONTRASTS:
        for region, missing, shape in zip(REGIONS, absent, own, strict=True):
            if missing:
                cells = ["absent", "no voxel has this label", "0", *[""] * len(names)]
            else:
                values = [*shape, *random.lognormal(size=len(names) - shapes)]
                cells = ["ok", "", "12345", *(repr(float(value)) for value in values)]
            lines.append(",".join([subject, contrast, region, *cells]))
    path.write_text("\n".join(lines) + "\n")


def write_metadata(path: Path, subject: str, random: np.random.Generator) -> None:
    """Write a subject's metadata as preprocessing does."""
    metadata = {
        "subject": subject,
        "cohort": "c",
        "name": subject[2:],
        "contrasts": CONTRASTS,
        "files": {kind: f"/data/{subject}-{kind}.nii.gz" for kind in (*CONTRASTS, "label")},
        "status": "ok",
        "reason": "",
        "spacing": [1.0, 1.0, 1.0],
        "shape": [140, 180, 150],
        "geometry": {"original_affine": np.eye(4).tolist(), "original_shape": [240, 240, 155]},
        "normalisation": {name: {"location": 300.0, "scale": 90.0} for name in CONTRASTS},
        "volume_ml": {region: float(random.lognormal(3)) for region in REGIONS},
        "digest": "0123456789abcdef",
    }
    path.write_text(json.dumps(metadata, indent=1))


def merge_features(folder: Path) -> SimpleNamespace:
    """Return what Snakemake would hand to the script that merges measurements."""
    names = ("features", "measured", "summary", "cleaning", "missing", "statuses")
    outputs = {name: folder / f"{name}.csv" for name in names}
    return SimpleNamespace(
        input=SimpleNamespace(subjects=sorted(folder.glob("c_*.csv"))),
        output=SimpleNamespace(**outputs),
        params=SimpleNamespace(table={}, selection={}, cleaning={}),
        log=[folder / "merge_features.log"],
    )


def merge_subjects(folder: Path) -> SimpleNamespace:
    """Return what Snakemake would hand to the script that merges statuses."""
    return SimpleNamespace(
        input=SimpleNamespace(metadata=sorted(folder.glob("c_*.json")), participants=[]),
        output=[folder / "subjects.csv"],
        params=SimpleNamespace(contrasts=list(CONTRASTS), participants={}),
        log=[folder / "merge_subjects.log"],
    )


CALLS = {"features": merge_features, "subjects": merge_subjects}
"""Merges by the names of their scripts, merge_..."""


def timed(merge: str, folder: Path) -> tuple[float, float, float]:
    """Run a merge in a process of its own; return its seconds, those of the CPU, and peak MiB."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, __file__, "--run", merge, str(folder)])
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        log = folder / f"merge_{merge}.log"
        raise SystemExit(f"merge_{merge} failed: {log.read_text() if log.is_file() else status}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def simulate(folder: Path, number: int, names: list[str]) -> None:
    """Write the files of all subjects."""
    for index in range(number):
        random, subject = np.random.default_rng(index), f"c_{index:05d}"
        write_measurements(folder / f"{subject}.csv", subject, names, random)
        write_metadata(folder / f"{subject}.json", subject, random)


def main() -> None:
    """Print a line a number of subjects and merge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", type=int, nargs="*", default=NUMBERS, metavar="N")
    parser.add_argument("--filtered", action="store_true", help="with 8 wavelet and 3 LoG images")
    arguments = parser.parse_args()
    names = feature_names(arguments.filtered)
    print(f"{len(CONTRASTS) * len(REGIONS)} rows x {len(names)} features a subject")
    print(f"{'merge':10}{'N':>8}{'seconds':>10}{'of CPU':>10}{'peak MiB':>10}")
    for number in arguments.numbers:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            simulate(folder, number, names)
            for merge in CALLS:
                seconds, cpu, peak = timed(merge, folder)
                print(f"{merge:10}{number:8}{seconds:10.1f}{cpu:10.1f}{peak:10.0f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        prepared = CALLS[sys.argv[2]](Path(sys.argv[3]))
        script = SCRIPTS / f"merge_{sys.argv[2]}.py"
        runpy.run_path(str(script), {"snakemake": prepared})
    else:
        main()

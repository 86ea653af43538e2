"""Seconds and peak memory of the jobs that read all subjects, against the number of subjects.

Writes N subjects' measurements and metadata with random numbers into a temporary folder, then runs
the rules' own scripts, each in a process of its own, and prints what they took. For the contact
sheet all subjects share one image of 140 x 180 x 150 voxels.

    python benchmarks/merge.py                   # 107 features, N = 100, 1000, 2200, 10000
    python benchmarks/merge.py 2200 --filtered   # 1,130 features, of eleven filtered images too
    python benchmarks/merge.py 2200 --sheet      # the contact sheet too
"""

import argparse
import json
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
# A file of this folder has the name of a package that the library imports.
sys.path = [str(SCRIPTS), *sys.path[1:]]

NUMBERS = (100, 1000, 2200, 10000)
CONTRASTS = ("t1n", "t1c", "t2w", "t2f")
REGIONS = ("WT", "NCR", "ED", "ET")
SIGMAS = (1.0, 3.0, 5.0)
SHAPE = (140, 180, 150)
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
    quantiles = np.sort(random.lognormal(5, 0.1, (len(CONTRASTS), 4)))
    metadata = {
        "subject": subject,
        "cohort": "c",
        "name": subject[2:],
        "contrasts": CONTRASTS,
        "files": {kind: f"/data/{subject}-{kind}.nii.gz" for kind in (*CONTRASTS, "label")},
        "status": "ok",
        "reason": "",
        "problem": "",
        "notes": [],
        "spacing": [1.0, 1.0, 1.0],
        "shape": SHAPE,
        "geometry": {"original_affine": np.eye(4).tolist(), "original_shape": [240, 240, 155]},
        "normalisation": {name: {"location": 300.0, "scale": 90.0} for name in CONTRASTS},
        "volume_ml": {region: float(random.lognormal(3)) for region in REGIONS},
        "digest": "0123456789abcdef",
        "largest_slice": 75,
        "quality": {
            "brain_ml": float(random.normal(1400, 100)),
            "tumour_ml": float(random.lognormal(3)),
            "pieces": int(random.integers(1, 9)),
            "largest_piece": float(random.uniform(0.9, 1)),
            "outside_brain": 0.0,
            "missing": [],
            "contrasts": {
                name: {"quantiles": own[:3].tolist(), "tumour": float(own[3])}
                for name, own in zip(CONTRASTS, quantiles, strict=True)
            },
        },
    }
    path.write_text(json.dumps(metadata, indent=1))


def write_image(folder: Path, subjects: list[str]) -> None:
    """Write one image and label map, and give them to all subjects."""
    from cirl.imaging.store import subject_files, write_subject

    random = np.random.default_rng(0)
    grid = np.meshgrid(*(np.linspace(-1, 1, edge) for edge in SHAPE), indexing="ij", sparse=True)
    inside = sum(axis**2 for axis in grid) < 1
    image = random.normal(size=(len(CONTRASTS), *SHAPE)) * inside
    label = np.zeros(SHAPE, np.uint8)
    label[40:70, 60:100, 60:90] = 2
    label[50:60, 70:90, 65:85] = 3
    (folder / "shared").mkdir()
    write_subject(folder / "shared", "image", image, label, {})
    for subject in subjects:
        for shared, own in zip(
            subject_files(folder / "shared", "image")[:2],
            subject_files(folder, subject)[:2],
            strict=True,
        ):
            own.symlink_to(shared)


def merge_features(folder: Path) -> SimpleNamespace:
    """Return what Snakemake would hand to the script that merges measurements."""
    names = ["features", "measured", "summary", "cleaning", "missing", "statuses", "sources"]
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


def check_quality(folder: Path) -> SimpleNamespace:
    """Return what Snakemake would hand to the script that compares subjects."""
    return SimpleNamespace(
        input=SimpleNamespace(subjects=folder / "subjects.csv"),
        output=[folder / "quality.csv"],
        params=SimpleNamespace(store=folder, contrasts=list(CONTRASTS), settings={}),
        log=[folder / "check_quality.log"],
    )


def draw_contact_sheet(folder: Path) -> SimpleNamespace:
    """Return what Snakemake would hand to the script that draws all subjects."""
    tables = {name: folder / f"{name}.csv" for name in ("subjects", "quality")}
    return SimpleNamespace(
        input=SimpleNamespace(**tables),
        output=[folder / "contact_sheet"],
        params=SimpleNamespace(store=folder, contrast="t2f", tiles=100),
        log=[folder / "draw_contact_sheet.log"],
    )


CALLS = {
    "merge_features": merge_features,
    "merge_subjects": merge_subjects,
    "check_quality": check_quality,
    "draw_contact_sheet": draw_contact_sheet,
}
"""Scripts, in the order in which they can be run."""


def timed(script: str, folder: Path) -> tuple[float, float, float]:
    """Run a script in a process of its own; return its seconds, those of the CPU, and peak MiB."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, __file__, "--run", script, str(folder)])
    seconds = time.perf_counter() - start
    if done.returncode:
        log = folder / f"{script}.log"
        raise SystemExit(f"{script} failed: {log.read_text() if log.is_file() else ''}")
    cpu, peak = map(float, (folder / "used.txt").read_text().split())
    return seconds, cpu, peak


def run(script: str, folder: Path) -> None:
    """Run a script as Snakemake does, and leave its seconds of the CPU and its peak MiB."""
    runpy.run_path(str(SCRIPTS / f"{script}.py"), {"snakemake": CALLS[script](folder)})
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    (folder / "used.txt").write_text(f"{time.process_time()} {peak}")


def simulate(folder: Path, number: int, names: list[str]) -> list[str]:
    """Write the tables of all subjects; return their names."""
    subjects = [f"c_{index:05d}" for index in range(number)]
    for index, subject in enumerate(subjects):
        random = np.random.default_rng(index)
        write_measurements(folder / f"{subject}.csv", subject, names, random)
        write_metadata(folder / f"{subject}.json", subject, random)
    return subjects


def main() -> None:
    """Print a line a number of subjects and script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", type=int, nargs="*", default=NUMBERS, metavar="N")
    parser.add_argument("--filtered", action="store_true", help="with 8 wavelet and 3 LoG images")
    parser.add_argument("--sheet", action="store_true", help="draw the contact sheet too")
    arguments = parser.parse_args()
    names = feature_names(arguments.filtered)
    print(f"{len(CONTRASTS) * len(REGIONS)} rows x {len(names)} features a subject")
    print(f"{'script':20}{'N':>8}{'seconds':>10}{'of CPU':>10}{'peak MiB':>10}")
    for number in arguments.numbers:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            subjects = simulate(folder, number, names)
            scripts = [script for script in CALLS if arguments.sheet or "sheet" not in script]
            if arguments.sheet:
                write_image(folder, subjects)
            for script in scripts:
                seconds, cpu, peak = timed(script, folder)
                print(f"{script:20}{number:8}{seconds:10.1f}{cpu:10.1f}{peak:10.0f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2], Path(sys.argv[3]))
    else:
        main()

"""How networks that were trained on phantoms alone segment the subjects of a real cohort.

Preprocesses the cohort as the study does, segments every subject with every given network, writes
a figure a subject with the outlines of truth and prediction, and prints the Dice on the original
grid: of each network, and of the mean over networks.

    python benchmarks/phantom_to_real.py $(find results/demo -path "*baseline*weights.pt") \\
        --cohort cohort.yaml --spacing 3 --out results/demo/real

cohort.yaml holds one entry of the configuration's `cohorts`, e.g.

    root: data/glioma
    label_map: {1: NCR, 2: ED, 4: ET}
"""

import argparse
import sys
import tempfile
from pathlib import Path

import pandas as pd
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow_scripts"))

from cirl.evaluation.scoring import read_prediction
from cirl.imaging.images import read_label_volume
from cirl.imaging.preprocessing import PreprocessingSettings, preprocess
from cirl.imaging.regions import region_mask
from cirl.imaging.store import write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.metrics.overlap import dice
from cirl.report.figures.predictions import load_case, plot_predictions
from cirl.report.figures.style import save, use_style
from cirl.segmentation.postprocessing import PostProcessing
from cirl.segmentation.predict import predict_subjects
from cirl.segmentation.settings import PredictionSettings, build_settings
from cirl.segmentation.weights import load_weights
from cirl.study.cohorts import Cohort

PROJECT = Path(__file__).parents[1]
REGIONS = ("WT", "TC", "ET")


def read_cohort(path: Path, contrasts: tuple[str, ...]) -> Cohort:
    """Build a cohort from an entry of the configuration, with its defaults."""
    schema = yaml.safe_load((PROJECT / "rules/schemas/cohorts.yaml").read_text())
    properties = schema["additionalProperties"]["properties"]
    defaults = {name: part.get("default") for name, part in properties.items() if "default" in part}
    entry = defaults | yaml.safe_load(path.read_text())
    return Cohort(
        name="real",
        root=entry["root"],
        pattern=entry["pattern"],
        contrasts={contrast: entry["contrasts"][contrast] for contrast in contrasts},
        label=entry["label"],
        label_map=entry["label_map"],
        brain_mask=entry["brain_mask"],
    )


def score(files: SubjectFiles, folder: Path) -> dict[str, float]:
    """Return the Dice of each region of one subject, on the original grid."""
    label_map = {int(value): name for value, name in files.label_map.items()}
    truth = read_label_volume(files.label, label_map)
    found = read_prediction(folder, files.subject, truth)
    return {
        name: dice(region_mask(truth.voxels, name), region_mask(found, name)) for name in REGIONS
    }


def draw(files: SubjectFiles, folder: Path, row: dict[str, float], path: Path) -> None:
    """Write the figure of one subject."""
    subject = pd.Series(
        {**files.contrasts, "label": files.label, "cohort": files.cohort}, name=files.subject
    )
    label_maps = {files.cohort: files.label_map}
    title = f"{files.name}\nWT {row['WT']:.2f}"
    case = load_case(title, subject, str(folder), list(files.contrasts), label_maps)
    save(plot_predictions([case]), path)


def main() -> None:
    """Run the comparison that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", nargs="+", type=Path)
    parser.add_argument("--cohort", required=True, type=Path, help="an entry of `cohorts`, as YAML")
    parser.add_argument("--spacing", required=True, type=float, help="mm, as the network's study")
    parser.add_argument("--window", type=int, default=32, help="voxels, as the study's crop")
    parser.add_argument("--out", required=True, type=Path, help="folder for figures")
    arguments = parser.parse_args()
    use_style()
    arguments.out.mkdir(parents=True, exist_ok=True)
    prediction = build_settings(
        PredictionSettings,
        {
            "window": [arguments.window] * 3,
            "overlap": 0.5,
            "batch_size": 4,
            "flips": False,
            "smallest_component_ml": 0,
            "precision": "auto",
        },
    )
    cohort = read_cohort(arguments.cohort, load_weights(arguments.weights[0]).contrasts)
    subjects = [SubjectFiles(**cohort.files(name)) for name in cohort.find()]
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for files in subjects:
            done = preprocess(files, PreprocessingSettings(arguments.spacing, (0.5, 99.5)))
            write_subject(scratch, files.subject, done.image, done.label, done.metadata)
        for number, path in enumerate(arguments.weights):
            folder = Path(scratch) / f"predictions{number}"
            names = [files.subject for files in subjects]
            predict_subjects(
                load_weights(path), scratch, names, prediction, PostProcessing(), folder
            )
            for files in subjects:
                row = score(files, folder)
                draw(files, folder, row, arguments.out / f"{files.name}_network{number}.png")
                rows.append({"subject": files.name, "network": number, **row})
    table = pd.DataFrame(rows)
    print(table.round(3).to_string(index=False))
    print(table.groupby("subject")[list(REGIONS)].mean().round(3).to_string())
    print(f"mean WT Dice {table['WT'].mean():.3f} over {len(subjects)} subjects")


if __name__ == "__main__":
    main()

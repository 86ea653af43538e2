"""How often do signatures that tell nothing pass as evidence?

    python benchmarks/texture_level.py [studies]

Simulates studies of grades and signatures that are independent: shares of clusters of several
encoders, which go together as those of real encoders do, and a target from 0 to 3. Each goes
through the study's own tests. Prints the share with p of at most .05: of the first encoder, of the
best one without a correction, and after the correction over all.
"""

import sys
import time

import numpy as np
import pandas as pd

from cirl.metrics.statistics import Bootstrap
from cirl.texture.design import Design, read_design, read_targets
from cirl.texture.examination import Evidence, examine
from cirl.texture.models import Models
from cirl.texture.prediction import LASSO
from cirl.texture.summary import summarise

ALPHA = 0.05


def folds_of(grades: np.ndarray, folds: int, scans: int = 1) -> pd.DataFrame:
    """Deal patients, sorted by grade, to folds.

    Args:
        grades: of patients.
        folds: number of them.
        scans: of every patient, all in one fold.
    """
    dealt = np.empty(len(grades), dtype=int)
    dealt[np.argsort(grades, kind="stable")] = np.arange(len(grades)) % folds
    rows = [
        (f"p{who:03d}s{scan}", fold, "test" if dealt[who] == fold else "train", str(grade))
        + (bool(grade >= 2), f"p{who:03d}", "")
        for fold in range(folds)
        for who, grade in enumerate(grades)
        for scan in range(scans)
    ]
    columns = ["subject", "fold", "role", "target", "positive", "patient", "group"]
    return pd.DataFrame(rows, columns=columns)


def null_signatures(
    design: Design, encoders: int, clusters: int, random: np.random.Generator
) -> list[np.ndarray]:
    """Draw shares that tell nothing of the target; encoders see the same four textures.

    Each encoder has another codebook in each fold. Scans of a patient are alike.
    """
    patients, own = np.unique(design.patients, return_inverse=True)
    textures = random.dirichlet(np.full(4, 6.0), len(patients))[own]
    shares = []
    for _ in range(encoders):
        books = random.dirichlet(np.full(clusters, 0.4), (len(design.fold_numbers), 4))
        noise = np.exp(0.3 * random.normal(size=(len(books), len(own), clusters)))
        mixed = (textures @ books) * noise
        shares.append(mixed / mixed.sum(axis=2, keepdims=True))
    return shares


def study_p_values(
    seed: int,
    counts: tuple[int, ...] = (15, 15, 15, 15),
    folds: int = 10,
    protocol: str = "stratified",
    encoders: int = 4,
    draws: int = 199,
    scans: int = 1,
    clusters: int = 10,
) -> pd.DataFrame:
    """Return the rows of the summary of one study without an effect, its areas under the curve.

    Args:
        seed: of the study.
        counts: patients of each grade.
        folds: number of them.
        protocol: how they are made.
        encoders: whose best is looked for.
        draws: permutations.
        scans: of a patient.
        clusters: of each encoder.
    """
    random = np.random.default_rng(seed)
    table = folds_of(np.repeat(np.arange(4), counts), folds, scans)
    design, targets = read_design(table, protocol), read_targets(table, "grade")[:1]
    settings = Evidence(draws, 0.5, 0, 0, seed, classifiers=(LASSO,))
    found = [
        examine(
            {"encoder": f"encoder {number}", "k": clusters, "fit": "fold", "standardise": ""},
            {0: shares},
            design,
            targets,
            settings,
        )
        for number, shares in enumerate(null_signatures(design, encoders, clusters, random))
    ]
    predictions = pd.concat([part.predictions for part in found], ignore_index=True)
    models = Models(targets[0], design, predictions, Bootstrap(draws=2))
    summary = summarise([models], pd.concat([part.null for part in found], ignore_index=True))
    return summary[summary["metric"] == "auc"]


def level(studies: int, **settings: object) -> dict[str, float]:
    """Return how often p is at most alpha: of one encoder, the best uncorrected, the best."""
    found = [study_p_values(seed, **settings) for seed in range(studies)]  # type: ignore[arg-type]
    return {
        "one encoder": np.mean([part["p"].iloc[0] <= ALPHA for part in found]),
        "best, uncorrected": np.mean([part["p"].min() <= ALPHA for part in found]),
        "best, corrected": np.mean([part["p_family"].min() <= ALPHA for part in found]),
        "mean AUC": np.mean([part["value"].mean() for part in found]),
    }


CASES: dict[str, dict[str, object]] = {
    "60 subjects, balanced, 10 folds": {},
    "70 subjects, 1/20/32/17, 10 folds": {"counts": (1, 20, 32, 17)},
    "30 subjects, 5 folds": {"counts": (8, 7, 8, 7), "folds": 5},
    "30 patients of 2 scans, 5 folds": {"counts": (8, 7, 8, 7), "folds": 5, "scans": 2},
    "60 subjects, each left out": {"folds": 60, "protocol": "subject", "draws": 99},
}


def main() -> None:
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    print(f"{studies} studies without an effect; p at most {ALPHA}")
    for name, settings in CASES.items():
        start = time.perf_counter()
        rates = level(studies, **settings)
        said = ", ".join(f"{what} {rate:.3f}" for what, rate in rates.items())
        print(f"{name}: {said} ({time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()

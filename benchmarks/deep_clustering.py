"""Deep clustering of scikit-learn's digits (1,797 x 64, ten classes), beside ClustPy.

DEC, IDEC, DCN and VaDE of both packages, over several seeds. Both are given the same values, with
equal epochs of pretraining (100) and clustering (150), none of which is left out; ClustPy has its
own defaults, we have the product's for tables, which benchmarks/deep_setting.py chose on other
data. All run on one thread, and seconds are those of the processor.

A row a fit is kept in results/benchmarks/, so that an interrupted run goes on where it stopped.

    make bench-deep-clustering SEEDS=10
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import torch
from scipy.optimize import linear_sum_assignment
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score, confusion_matrix, normalized_mutual_info_score

from cirl.configuration.validation import validate
from cirl.deep_clustering.items import scale
from cirl.deep_clustering.methods import METHODS
from cirl.deep_clustering.training import PhaseSettings
from cirl.representation.autoencoders import AutoencoderSettings
from cirl.representation.pretraining import PretrainingSettings, pretrain

ROOT = Path(__file__).parents[1]
NAMES = {"dec": "DEC", "idec": "IDEC", "dcn": "DCN", "vade": "VaDE"}
PRETRAINING, CLUSTERING, CLASSES = 100, 150, 10
Fit = Callable[[str, np.ndarray, int], np.ndarray]


def ours(method: str, values: np.ndarray, seed: int, widths: list[int] | None = None) -> np.ndarray:
    """Cluster with the defaults of the configuration for tables, all epochs.

    Args:
        method: a name of ``NAMES``.
        values: items x columns.
        seed: of the fit.
        widths: of the hidden layers, where they are not the default ones.
    """
    minimal = {"study": "digits", "seed": 0, "contrasts": ["t1n"], "use": {}}
    settings = validate(minimal, ROOT / "rules/schemas")["clustering"]
    deep = settings["deep"]
    pretraining = PretrainingSettings(**deep["pretraining"])
    phase = PhaseSettings(**deep["phase"])
    rows = scale(values)
    network_settings = AutoencoderSettings(**deep["networks"]["features"])
    if widths:
        network_settings = replace(network_settings, widths=widths)
    network, _, _ = pretrain(
        rows[:, None],
        network_settings,
        replace(pretraining, epochs=PRETRAINING, patience=PRETRAINING, validation=0.0),
        seed,
        variational=False,
    )
    phase = replace(phase, epochs=CLUSTERING, patience=CLUSTERING)
    model = METHODS[method](CLASSES, network, phase, seed, **settings[method]).fit(rows)
    return model.labels_


def clustpy(method: str, values: np.ndarray, seed: int) -> np.ndarray:
    """Cluster with ClustPy's defaults."""
    # It imports torchvision for augmentations, which are not used here.
    stand_in = MagicMock()
    sys.modules.update({"torchvision": stand_in, "torchvision.models._api": stand_in})
    from clustpy import deep

    model = getattr(deep, NAMES[method])(
        CLASSES, pretrain_epochs=PRETRAINING, clustering_epochs=CLUSTERING, random_state=seed
    )
    return model.fit(values.astype(np.float32)).labels_


PACKAGES: dict[str, Fit] = {"ours": ours, "clustpy": clustpy}


def accuracy(truth: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of items whose cluster is matched to their class (Hungarian method)."""
    table = confusion_matrix(truth, labels)
    return float(table[linear_sum_assignment(-table)].sum() / len(truth))


def measure(package: str, method: str, seed: int) -> dict[str, float | str]:
    """Fit once and score against the classes, which took no part."""
    values, truth = load_digits(return_X_y=True)
    start, processor = time.perf_counter(), time.process_time()
    labels = PACKAGES[package](method, values / 16, seed)
    return {
        "package": package,
        "method": method,
        "seed": seed,
        "accuracy": accuracy(truth, labels),
        "nmi": normalized_mutual_info_score(truth, labels),
        "ari": adjusted_rand_score(truth, labels),
        "seconds": time.process_time() - processor,
        "wall_seconds": time.perf_counter() - start,
    }


def summarise(rows: pd.DataFrame) -> None:
    """Print mean and spread a method and package, and the ratios of the median times."""
    shown = rows.groupby(["method", "package"])[["accuracy", "nmi", "ari", "seconds"]]
    print(f"seeds: {sorted(set(shown.size()))}")
    print(shown.agg(["mean", "std"]).round(3).to_string())
    if set(rows["package"]) != set(PACKAGES):
        return
    by_method = rows.groupby(["package", "method"])["seconds"].median()
    for method, ratio in (by_method["clustpy"] / by_method["ours"]).items():
        print(f"{method}: ratio {ratio:.2f}")
    medians = by_method.groupby("package").mean()
    ratio = medians["clustpy"] / medians["ours"]
    print(
        f"deep-clustering: ratio {ratio:.1f} "
        f"(ours {medians['ours']:.1f} s, peer {medians['clustpy']:.1f} s)"
    )


def main() -> None:
    """Make the fits that are missing, then print what all of them gave."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--packages", nargs="+", choices=PACKAGES, default=list(PACKAGES))
    parser.add_argument("--rows", type=Path, default=ROOT / "results/benchmarks/deep_digits.csv")
    parser.add_argument("--widths", type=int, nargs="+", help="of our hidden layers, to --rows")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after these")
    options = parser.parse_args()
    if options.widths:
        PACKAGES["ours"] = partial(ours, widths=options.widths)
    torch.set_num_threads(1)
    options.rows.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    rows = pd.read_csv(options.rows) if options.rows.exists() else pd.DataFrame()
    for seed in range(options.seeds):
        for method in NAMES:
            for package in options.packages:
                key = (package, method, seed)
                done = rows[["package", "method", "seed"]].apply(tuple, axis=1) if len(rows) else ()
                if key in list(done):
                    continue
                if time.monotonic() - start > 60 * options.minutes:
                    raise SystemExit(f"stopped after {options.minutes:g} minutes; run it again")
                row = measure(*key)
                print(" ".join(f"{name} {value}" for name, value in row.items()), flush=True)
                rows = pd.concat([rows, pd.DataFrame([row])], ignore_index=True)
                rows.to_csv(options.rows, index=False)
    summarise(rows[rows["seed"] < options.seeds])


if __name__ == "__main__":
    main()

"""Noise through the deep methods: how high are their own silhouettes, and is anything selected?

Five tables of 150 subjects x 20 features without clusters (Gaussian, correlated, skewed with heavy
tails, with a few outliers, uniform) go through every deep method with the product's defaults for
tables and the selection rule of the configuration. Each method is tested as if it were the only
one of its study, so that no correction over methods helps to select nothing.

A row a fit is kept in results/benchmarks/, so that an interrupted run goes on where it stopped.

    python benchmarks/deep_noise.py --draws 19 --minutes 20
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from cirl.clustering.evidence import silhouettes, smallest_share
from cirl.clustering.features import standardise
from cirl.clustering.selection import SelectionRule, evidence_sentence, select
from cirl.clustering.significance import null_columns, stability_columns
from cirl.configuration.registries.deep_clusterers import DEEP_CLUSTERERS
from cirl.configuration.validation import validate
from cirl.deep_clustering.evidence import DeepFitter, deep_null, deep_resamplings, deep_seeds
from cirl.deep_clustering.items import scale
from cirl.deep_clustering.methods import METHODS
from cirl.deep_clustering.training import PhaseSettings
from cirl.representation.autoencoders import AutoencoderSettings
from cirl.representation.pretraining import PretrainingSettings, pretrain
from cirl.running.seeding import generator, repetition_seed

ROOT = Path(__file__).parents[1]
SUBJECTS, FEATURES, KS, SEED = 150, 20, (2, 4), 2026
TABLES = ("gaussian", "correlated", "skewed", "outliers", "uniform")


def noise(name: str) -> np.ndarray:
    """Return a table without clusters, subjects x features, standardised as features are."""
    random = generator(SEED, "noise", name)
    values = random.standard_normal((SUBJECTS, FEATURES))
    if name == "uniform":
        values = random.random((SUBJECTS, FEATURES))
    if name in ("correlated", "skewed"):
        values = values @ random.standard_normal((FEATURES, FEATURES)) / FEATURES**0.5
    if name == "skewed":
        values = np.exp(0.8 * values)
    if name == "outliers":
        values[:4] *= 6
    return standardise(pd.DataFrame(values))


class Bench:
    """All methods on one table, with networks that they share.

    Args:
        name: of the table.
        evidence: numbers of draws, resamplings and seeds.
    """

    def __init__(self, name: str, evidence: dict[str, int]) -> None:
        minimal = {"study": "noise", "seed": 0, "contrasts": ["t1n"], "use": {}}
        self.settings = validate(minimal, ROOT / "rules/schemas")["clustering"]
        self.values = scale(noise(name))[:, None]
        self.evidence = evidence
        self.networks: dict[tuple[bool, int], object] = {}

    def fitter(self, method: str, k: int, repetition: int) -> DeepFitter:
        """Return a method at a number of clusters, with the network of a seed."""
        deep, variational = self.settings["deep"], DEEP_CLUSTERERS[method].variational
        if (variational, repetition) not in self.networks:
            self.networks[variational, repetition] = pretrain(
                self.values,
                AutoencoderSettings(**deep["networks"]["features"]),
                PretrainingSettings(**deep["pretraining"]),
                repetition_seed(SEED, repetition),
                variational,
            )[0]
        network = self.networks[variational, repetition]
        return DeepFitter(method, k, network, PhaseSettings(**deep["phase"]), self.settings[method])

    def measure(self, method: str, k: int) -> pd.DataFrame:
        """Cluster the table and gather the evidence: rows with a column ``kind`` of their own."""
        first = self.fitter(method, k, 0)
        (fit,) = first(self.values, SEED)
        observed = {
            "algorithm": method,
            "k": k,
            "kind": "observed",
            "silhouette": float(silhouettes([fit])[0]),
            "smallest_share": smallest_share(fit.labels, k),
        }
        others = [self.fitter(method, k, 1 + n) for n in range(self.evidence["seeds"])]
        parts = [
            pd.DataFrame([observed]),
            deep_null(first, self.values, self.evidence["draws"], SEED).assign(kind="draw"),
            deep_resamplings(
                first.knowing(fit.labels), self.values, 0.8, self.evidence["resamplings"], SEED
            ),
            deep_seeds(others, fit.labels, self.values, SEED),
        ]
        return pd.concat(parts, ignore_index=True)


def judge(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a k of one method on one table, with its evidence and whether it is selected."""
    observed = rows[rows["kind"] == "observed"].reset_index(drop=True)
    observed = observed[["algorithm", "k", "silhouette", "smallest_share"]]
    observed["degenerate"] = observed["smallest_share"] < 0.02
    null = rows[rows["kind"] == "draw"]
    stability = rows[rows["kind"].isin(["resample", "seed"])]
    rule = SelectionRule()
    evidence = [null_columns(observed, null, rule.alpha), stability_columns(observed, stability)]
    table = pd.concat([observed, *evidence], axis=1)
    return pd.concat([table, select(table, rule)], axis=1)


def main() -> None:
    """Measure what is missing, then print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=19)
    parser.add_argument("--resamplings", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rows", type=Path, default=ROOT / "results/benchmarks/deep_noise.csv")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after these")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.rows.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    rows = pd.read_csv(options.rows) if options.rows.exists() else pd.DataFrame()
    evidence = {name: getattr(options, name) for name in ("draws", "resamplings", "seeds")}
    for name in TABLES:
        bench = Bench(name, evidence)
        for method in METHODS:
            for k in KS:
                if len(rows) and len(rows.query("table==@name & algorithm==@method & k==@k")):
                    continue
                if time.monotonic() - start > 60 * options.minutes:
                    raise SystemExit(f"stopped after {options.minutes:g} minutes; run it again")
                found = bench.measure(method, k).assign(table=name)
                rows = pd.concat([rows, found], ignore_index=True)
                rows.to_csv(options.rows, index=False)
                print(name, method, k, flush=True)
    pieces = [
        judge(part).assign(table=name) for (name, _), part in rows.groupby(["table", "algorithm"])
    ]
    table = pd.concat(pieces, ignore_index=True).set_index(["table", "algorithm", "k"])
    shown = ["silhouette", "null_mean", "p", "stability", "stability_seeds", "selected"]
    print(table[shown].round(3).to_string())
    for name, part in table.reset_index().groupby("table"):
        print(f"{name}: the report says {evidence_sentence(part, {one: one for one in METHODS})!r}")
    print(
        f"deep-noise: {int(table['selected'].sum())} of {len(pieces)} sweeps select something; "
        f"largest own silhouette {table['silhouette'].max():.3f}, "
        f"largest agreement between seeds {table['stability_seeds'].max():.2f}"
    )


if __name__ == "__main__":
    main()

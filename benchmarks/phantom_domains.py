"""Which features find the known domains of the phantoms, and does it vanish when they are permuted?

    snakemake --profile profiles/local --configfile studies/phantom_domains.yaml
    python benchmarks/phantom_domains.py --out domains.csv

Takes the features that the study measured and puts each source of them through the classical part
of the stage (four algorithms, k = 2 to 10, 99 draws of the copula null, 50 subsamples, the default
rule), as measured and with every column permuted on its own. A row a selected clustering is printed
with its adjusted Rand index against tumour type and scanner, or one that says that nothing was
selected; where nothing is, the best index of all clusterings stands beside. Known domains choose
nothing. Latents take part where the results hold those of the autoencoder. A row a source is
appended to --out.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from simulated_tables import Stage, run_stage
from sklearn.metrics import adjusted_rand_score

from cirl.clustering.assembly import assemble
from cirl.clustering.features import read_features
from cirl.clustering.outliers import OutlierSettings
from cirl.radiomics.cleaning import CleaningSettings, SelectionSettings, clean, select_features
from cirl.running.seeding import generator
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.radiomics import FEATURE_TABLE

TEXTURE = ["glcm", "gldm", "glrlm", "glszm", "ngtdm"]

SOURCES: dict[str, SelectionSettings] = {
    "brain, texture": SelectionSettings(regions=["brain"], classes=TEXTURE),
    "brain, first order": SelectionSettings(regions=["brain"], classes=["firstorder"]),
    "tumour, shape and first order": SelectionSettings(classes=["shape", "firstorder"]),
    "tumour, texture": SelectionSettings(classes=TEXTURE),
    "tumour, all": SelectionSettings(),
}
"""Measured features, by what they are."""

DOMAINS = ("tumour_type", "scanner")


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--results", type=Path, default=Path("results/phantom_domains"))
    parser.add_argument("--draws", type=int, default=99)
    parser.add_argument("--resamplings", type=int, default=50)
    return parser.parse_args()


def sources(results: Path) -> dict[str, pd.DataFrame]:
    """Return the tables that are clustered, subjects x features, by source."""
    measured = FEATURE_TABLE.read(results / "radiomics/measured.csv").set_index("subject")
    nobody = pd.DataFrame(columns=["subject", "reason"])
    tables = {
        name: clean(select_features(measured, chosen)[0], nobody, CleaningSettings()).features
        for name, chosen in SOURCES.items()
    }
    path = results / "clustering/deep/vae_latents.csv"
    if path.is_file():
        tables["latents"] = read_features(path)
        for name in ("brain, texture", "tumour, all"):
            blocks = {"radiomics": tables[name], "latents": tables["latents"]}
            features, _ = assemble(blocks, ["*"], None, OutlierSettings(), seed=0)
            tables[f"{name}, joined with latents"] = features.table
    return tables


def permuted(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table whose columns are permuted, each on its own."""
    random = generator(0, "permuted", name)
    return table.apply(lambda column: random.permutation(column.to_numpy()), result_type="expand")


def found(table: pd.DataFrame, domains: pd.DataFrame, stage: Stage) -> list[dict[str, object]]:
    """Return a row a selected clustering, or one for the best that was not."""
    sweep, fits = run_stage(table, stage, seed=0)
    known = domains.loc[table.index]
    for name in DOMAINS:
        sweep[f"ari_{name}"] = [adjusted_rand_score(known[name], fit.labels) for fit in fits]
    columns = [
        "algorithm",
        "k",
        "silhouette",
        "stability",
        "p",
        *(f"ari_{name}" for name in DOMAINS),
    ]
    chosen = sweep[sweep["selected"]]
    if len(chosen):
        return chosen[columns].assign(selected=True).to_dict("records")
    best: Mapping[str, object] = sweep[[f"ari_{name}" for name in DOMAINS]].max().to_dict()
    return [{"selected": False, "p": sweep["p"].min(), **best}]


def main() -> None:
    """Run what is missing and print the table."""
    options = arguments()
    stage = Stage(draws=options.draws, resamplings=options.resamplings)
    domains = SUBJECTS.read(options.results / "cohort/subjects.csv").set_index("subject")
    done = pd.read_csv(options.out) if options.out.is_file() else pd.DataFrame(columns=["source"])
    for name, table in sources(options.results).items():
        if name in set(done["source"]):
            continue
        rows = [
            {"source": name, "features": table.shape[1], "permuted": shuffled} | row
            for shuffled, values in ((False, table), (True, permuted(table, name)))
            for row in found(values, domains, stage)
        ]
        done = pd.concat([done, pd.DataFrame(rows)])
        done.to_csv(options.out, index=False)
    with pd.option_context("display.width", 200, "display.max_columns", 20):
        print(done.to_string(index=False, float_format="{:.3f}".format))
    right = done[~done["permuted"].astype(bool) & done["selected"].astype(bool)]
    best = np.nanmax(right[[f"ari_{name}" for name in DOMAINS]].to_numpy(), initial=0)
    print(f"best adjusted Rand index of a selected clustering: {best:.2f}")


if __name__ == "__main__":
    main()

"""How often does the clustering stage select something in tables without clusters?

    python benchmarks/clustering_level.py --out level.csv

Each of 80 tables (200 x 30, ten of each kind: independent Gaussian, correlated, skewed with
outliers, heavy-tailed, with duplicated columns, with gross outliers, tied, and bent continua) goes
through the classical part of the stage: four algorithms, k = 2 to 10, 99 draws of the null, 25
subsamples, the default rule. A row a table is appended to --out.

As small as a pilot study: --subjects 24 --features 40 --tables 100
"""

import argparse
from pathlib import Path

import numpy as np
from resumable import append_rows, share
from simulated_tables import NOISE, Stage, noise_table, run_stage


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kinds", nargs="+", choices=NOISE, default=NOISE)
    parser.add_argument("--tables", type=int, default=80, help="of all kinds together")
    parser.add_argument("--subjects", type=int, default=200)
    parser.add_argument("--features", type=int, default=30)
    parser.add_argument("--reference", default="copula", help="or permutation, gaussian")
    parser.add_argument("--minutes", type=float, default=1e6, help="then begin no further table")
    return parser.parse_args()


def main() -> None:
    """Run what is missing and print the shares."""
    options = arguments()
    stage = Stage(reference=options.reference)

    def work(kind: str, number: int) -> dict[str, object]:
        table = noise_table(kind, number, options.subjects, options.features)
        sweep, _ = run_stage(table, stage, seed=number)
        chosen = sweep[sweep["selected"]]
        sound = sweep[~sweep["degenerate"]]
        return {
            "selected": " ".join(f"{row.algorithm}_k{row.k}" for row in chosen.itertuples()),
            "p": sweep["p"].min(),
            "p_not_degenerate": sound["p"].min(),
            "p_uncorrected": sound["p_uncorrected"].min(),
            "silhouette": sweep["silhouette"].max(),
        }

    kinds = list(options.kinds)
    tasks = [(kinds[number % len(kinds)], number // len(kinds)) for number in range(options.tables)]
    table = append_rows(options.out, tasks, ("kind", "number"), work, options.minutes)
    anything = table["selected"].notna() & (table["selected"] != "")
    for kind, rows in table.groupby("kind", sort=False):
        print(f"{kind}: {len(rows)} tables, selected in {int(anything[rows.index].sum())},")
        print(f"  largest silhouette {rows['silhouette'].median():.2f} in the median table")
    alpha = stage.rule.alpha
    print("something selected in", share(anything))
    print("a corrected p up to alpha, degenerate or not", share(table["p"] <= alpha))
    print("  of one that is not degenerate", share(table["p_not_degenerate"] <= alpha))
    print("  not corrected over the sweep", share(table["p_uncorrected"] <= alpha))
    print(f"level: {np.mean(anything):.3f} ({len(table)} tables)")


if __name__ == "__main__":
    main()

"""How often does the clustering stage find clusters that are there?

    python benchmarks/clustering_power.py --out power.csv

Each of 50 tables (200 x 30; 2 to 5 groups of unequal size in correlated and skewed features, or in
independent ones: --inside) goes through the classical part of the stage: four algorithms, k = 2 to
10, 99 draws of the null, 25 subsamples, the default rule. The nearest two centres lie 8 standard
deviations of a group apart, along the line that joins them (--separations 4.65 5.2 6.2: two equal
groups have a Bayes error of 1, 0.5 and 0.1 % then); because of the other directions the silhouette
of the true groups is still only about 0.2 to 0.3. Found is a table in which at least one algorithm
has selected the right k with an adjusted Rand index of at least 0.9. Groups that no algorithm has
found at the right k are beyond any rule of selection, and counted apart. A row a table is appended
to --out.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import pandas as pd
from resumable import append_rows, share
from simulated_tables import SHARES, Stage, planted_table, run_stage
from sklearn.metrics import adjusted_rand_score

from cirl.clustering.selection import CRITERIA_IN_WORDS, select_clusterings
from cirl.clustering.silhouette import distance_matrix, silhouette_scores


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--groups", nargs="+", type=int, choices=SHARES, default=SHARES)
    parser.add_argument("--tables", type=int, default=50, help="of all numbers of groups together")
    parser.add_argument("--separations", nargs="+", type=float, default=[8], help="in turn")
    parser.add_argument("--inside", choices=("correlated", "independent"), default="correlated")
    parser.add_argument("--minutes", type=float, default=1e6, help="then begin no further table")
    return parser.parse_args()


def main() -> None:
    """Run what is missing and print the shares."""
    options = arguments()
    stage = Stage()

    def work(groups: int, number: int, separation: float) -> dict[str, object]:
        table, labels = planted_table(groups, number, 200, 30, separation, options.inside)
        sweep, fits = run_stage(table, stage, seed=number)
        truth = silhouette_scores(distance_matrix(fits[0].space), [labels])[0]
        sweep["ari"] = [adjusted_rand_score(labels, fit.labels) for fit in fits]
        best = sweep.loc[sweep["k"] == groups, "ari"].max()
        row: dict[str, object] = {"silhouette_truth": truth, "best_ari": best}
        for criterion in CRITERIA_IN_WORDS:
            chosen = sweep[
                select_clusterings(sweep, replace(stage.rule, criterion=criterion))["selected"]
            ]
            right = (chosen["k"] == groups) & (chosen["ari"] >= 0.9)
            row[f"found_by_{criterion}"] = right.any()
            row[f"wrong_by_{criterion}"] = (chosen["k"] != groups).any()
        chosen = sweep[sweep["selected"]].set_index("algorithm")
        for algorithm in stage.algorithms:
            for column in ("k", "ari"):
                row[f"{column}_{algorithm}"] = chosen[column].get(algorithm)
        return row

    groups = list(options.groups)
    turns = [divmod(number, len(groups)) for number in range(options.tables)]
    separations = options.separations
    tasks = [
        (groups[place], number, separations[(number + place) % len(separations)])
        for number, place in turns
    ]
    names = ("groups", "number", "separation")
    table = append_rows(options.out, tasks, names, work, options.minutes)
    right = {one: table[f"k_{one}"] == table["groups"] for one in stage.algorithms}
    hit = {one: right[one] & (table[f"ari_{one}"] >= 0.9) for one in stage.algorithms}
    wrong = {one: table[f"k_{one}"].notna() & ~right[one] for one in stage.algorithms}
    for one in stage.algorithms:
        print(f"{one}: found in {share(hit[one])}; another k selected in {int(wrong[one].sum())}")
    truth = table["silhouette_truth"]
    print(f"silhouette of the true groups {truth.min():.2f} to {truth.max():.2f}")
    found = pd.concat(hit, axis=1).any(axis=1)
    visible = table["best_ari"] >= 0.9
    print("some algorithm finds the groups in", share(visible))
    print("and the rule selects it in", share(found[visible]))
    for criterion in CRITERIA_IN_WORDS:
        hits, misses = (table[f"{kind}_by_{criterion}"] for kind in ("found", "wrong"))
        print(f"criterion {criterion}: found in {share(hits)}; another k in {int(misses.sum())}")
    for column in ("groups", "separation"):
        for value, rows in table.groupby(column):
            print(f"{column} {value}: found in {share(found[rows.index])}")
    print("another k selected by some algorithm in", share(pd.concat(wrong, axis=1).any(axis=1)))
    print(f"power: {found.mean():.3f} ({len(table)} tables)")


if __name__ == "__main__":
    main()

"""How large should the autoencoder of a table be? The default is what comes out best here.

Tables whose groups are known (planted ones of 200 x 30 and 600 x 60, the nearest centres 6 standard
deviations apart; scikit-learn's wine and breast cancer, z-scored) go through every deep method with
the true k, all settings but the hidden layers being the configuration's defaults. Chosen is the
network with the highest adjusted Rand index, averaged over methods and tables. The last line names
the smallest one within one standard error of it (of the difference, over tables) as well, which is
as good as far as ten tables can tell. Larger networks than these, such as the 500-500-2000 of the
literature, were left out for their time. Digits and the tables of the other studies take no part.

    python benchmarks/deep_setting.py --out results/benchmarks/deep_setting.csv
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from resumable import append_rows
from simulated_tables import planted_table
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.metrics import adjusted_rand_score

from cirl.clustering.features import standardise
from cirl.configuration.registries.deep_clusterers import DEEP_CLUSTERERS
from cirl.configuration.validation import validate
from cirl.deep_clustering.items import scale
from cirl.deep_clustering.methods import METHODS
from cirl.deep_clustering.training import PhaseSettings
from cirl.representation.autoencoders import AutoencoderSettings, build_autoencoder
from cirl.representation.pretraining import PretrainingSettings, pretrain

ROOT = Path(__file__).parents[1]
LAYERS = ("64-64", "128-64", "125-125-500", "250-250-1000")
LABELLED = {"wine": load_wine, "breast_cancer": load_breast_cancer}
PLANTED = [(groups, number) for groups in (3, 5) for number in range(1000, 1004)]
TABLES = [*LABELLED, *(f"planted_{groups}_{number}" for groups, number in PLANTED)]
SEPARATION = 6


def table_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return z-scores and groups."""
    if name in LABELLED:
        values, groups = LABELLED[name](return_X_y=True)
        return standardise(pd.DataFrame(values)), groups
    count, number = (int(part) for part in name.split("_")[1:])
    shape = (600, 60) if number == 1002 else (200, 30)
    table, groups = planted_table(count, number, *shape, SEPARATION)
    return table.to_numpy(), groups


def measure(layers: str, table: str) -> dict[str, float]:
    """Return each method's adjusted Rand index."""
    minimal = {"study": "setting", "seed": 0, "contrasts": ["t1n"], "use": {}}
    settings = validate(minimal, ROOT / "rules/schemas")["clustering"]
    deep = settings["deep"]
    values, groups = table_of(table)
    rows, k = scale(values), len(np.unique(groups))
    layout = AutoencoderSettings(**deep["networks"]["features"] | {"widths": _widths(layers)})
    training = PretrainingSettings(**deep["pretraining"])
    networks = {
        variational: pretrain(rows[:, None], layout, training, 0, variational)[0]
        for variational in (False, True)
    }
    phase = PhaseSettings(**deep["phase"])
    found = {}
    for name, method in METHODS.items():
        model = method(
            k, networks[DEEP_CLUSTERERS[name].variational], phase, 0, **settings[name]
        ).fit(rows)
        found[name] = adjusted_rand_score(groups, model.labels_)
    return found


def summarise(rows: pd.DataFrame) -> None:
    """Print what each network reaches, and the one that the rule chooses."""
    scores = rows.assign(ari=rows[list(METHODS)].mean(axis=1)).pivot_table(
        index="table", columns="layers", values="ari"
    )
    layers = [one for one in LAYERS if one in scores]
    best = scores[layers].mean().idxmax()
    difference = scores[layers].rsub(scores[best], axis=0)
    shown = pd.DataFrame(
        {
            "parameters": {one: _parameters(one) for one in layers},
            "ari": scores.mean(),
            "behind_best": difference.mean(),
            "standard_error": difference.sem(),
            "cpu_seconds": rows.groupby("layers")["cpu_seconds"].sum(),
        }
    ).loc[layers]
    print(scores[layers].round(3).to_string())
    print(rows.groupby("layers")[list(METHODS)].mean().loc[layers].round(3).to_string())
    print(shown.round(4).to_string())
    good = shown[shown["behind_best"] <= shown["standard_error"]]
    smallest = good["parameters"].idxmin()
    print(f"deep-setting: best {best}; smallest within one standard error {smallest}")


def _widths(layers: str) -> list[int]:
    return [int(width) for width in layers.split("-")]


def _parameters(layers: str) -> int:
    """Of the network of a table of 30 columns."""
    network = build_autoencoder((30,), AutoencoderSettings(_widths(layers), 10, "real", 1.0), False)
    return sum(parameter.numel() for parameter in network.parameters())


def main() -> None:
    """Measure what is missing and print the choice."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "results/benchmarks/deep_setting.csv")
    parser.add_argument("--layers", nargs="+", choices=LAYERS, default=list(LAYERS))
    parser.add_argument("--minutes", type=float, default=1e6, help="then begin no further table")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    tasks = [(layers, table) for layers in options.layers for table in TABLES]
    summarise(append_rows(options.out, tasks, ("layers", "table"), measure, options.minutes))


if __name__ == "__main__":
    main()

"""The page of the report on one texture signature: does it tell its target?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.report.number_format import interval, number, p_value, signed
from cirl.report.pages.sections import Section, ShownTable, page
from cirl.study.tables.texture_evidence import DIFFERENCES, IMPORTANCES, PLANTED, STABILITY, SUMMARY
from cirl.texture.measures import RANKING_MEASURE
from cirl.texture.published import PAPER
from cirl.texture.sentences import (
    CLASSIFIER_TITLES,
    MEASURE_TITLES,
    best_row,
    difference_sentences,
    stability_sentences,
    verdict_sentences,
    warning_sentences,
)
from cirl.texture.tasks import Question


def texture_page(
    name: str,
    question: Question,
    protocol: str,
    fits: Sequence[str],
    alpha: float,
    files: dict[str, str | Path],
    planted: Sequence[str | Path] = (),
) -> str:
    """Return the page as HTML.

    Args:
        name: of the signature.
        question: its folds and targets.
        protocol: how its folds are made.
        fits: on whom textures are learnt.
        alpha: largest corrected p that is evidence.
        files: the signature's tables ``summary, differences, importances, stability``.
        planted: ``planted.csv`` of each encoder, where it is known what was planted.
    """
    summary = SUMMARY.read(files["summary"])
    differences = DIFFERENCES.read(files["differences"])
    importances = IMPORTANCES.read(files["importances"])
    stability = STABILITY.read(files["stability"])
    ranked = summary[summary["metric"].isin(RANKING_MEASURE.values()) & summary["p_family"].notna()]
    best = str(best_row(ranked)["encoder"]) if len(ranked) else ""
    sections = [
        Section(
            sentences=[
                *verdict_sentences(summary, alpha),
                *warning_sentences(question.design, question.targets, protocol, fits),
            ],
            tables=[ShownTable(_ranking_table(summary))],
        ),
        Section("All measures", tables=[ShownTable(_measures_table(summary))]),
        Section("Differences on the same patients", difference_sentences(differences)),
        Section(
            "Which textures count, and how stable they are",
            stability_sentences(stability, best),
            [ShownTable(_importance_table(importances, best))],
        ),
        *_planted_section(PLANTED.read_all(planted)),
        Section("The paper's numbers beside ours", _paper_sentences(), [_paper_table(summary)]),
    ]
    return page(f"Texture signature {name}", sections)


def _model(row: dict[str, object]) -> dict[str, str]:
    within = f", within {row['standardise']}" if row["standardise"] else ""
    leak = " (fitted on all)" if row["fit"] == "all" else ""
    return {
        "Target": str(row["target"]),
        "Model": f"{CLASSIFIER_TITLES[str(row['classifier'])]} on {row['encoder']}{leak}{within}",
        "Textures": str(row["k"] or "-"),
    }


def _ranking_table(summary: pd.DataFrame) -> pd.DataFrame:
    rows = summary[summary["metric"].isin(RANKING_MEASURE.values())].to_dict("records")
    return pd.DataFrame(
        [
            {
                **_model(row),
                "Measure": MEASURE_TITLES[row["metric"]],
                "Value": f"{number(row['value'], 2)} {interval(row, 2)}",
                "Permuted, mean": number(row["null_mean"], 2),
                "Permuted, 95 %": number(row["null_95"], 2),
                "p": p_value(row["p"]),
                "p corrected": p_value(row["p_family"]),
                "Oracle": number(row["oracle"], 2),
                "Subjects": str(row["n"]),
            }
            for row in rows
        ]
    )


def _measures_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a row a model, a column a measure with its interval; the majority's below."""
    keys = ["target", "encoder", "k", "classifier", "fit", "standardise"]
    shown = [name for name in MEASURE_TITLES if name not in RANKING_MEASURE.values()]
    rows = []
    for _, group in summary.groupby("target", sort=False):
        for _, own in group.groupby(keys, sort=False):
            by_metric = {row["metric"]: row for row in own.to_dict("records")}
            cells = {MEASURE_TITLES[name]: _cell(by_metric.get(name)) for name in shown}
            rows.append({**_model(own.iloc[0].to_dict()), **cells})
        majority = group.drop_duplicates("metric").set_index("metric")["majority"]
        cells = {
            MEASURE_TITLES[name]: number(majority.get(name, float("nan")), 2) for name in shown
        }
        target = str(group["target"].iloc[0])
        rows.append({"Target": target, "Model": "most frequent class", "Textures": "-", **cells})
    return pd.DataFrame(rows)


def _cell(row: dict[str, Any] | None) -> str:
    return "-" if row is None else f"{number(row['value'], 2)} {interval(row, 2)}"


def _importance_table(importances: pd.DataFrame, encoder: str) -> pd.DataFrame:
    own = importances[(importances["encoder"] == encoder) & (importances["standardise"] == "")]
    own = own.sort_values(["target", "classifier", "fit", "k", "seed", "cluster"])
    return pd.DataFrame(
        [
            {
                **_model(row),
                "Texture": f"{row['cluster']} of fold {row['fold']}",
                "Importance": f"{row['importance']:.3f}",
                "Over folds, sd": number(row["sd"], 3),
                "Sign": signed(row["sign"], 1) if row["classifier"] == "l1" else "-",
                "Permuted, mean": number(row["null_mean"], 3),
                "Permuted, 95 %": number(row["null_95"], 3),
                "p": p_value(row["p"]),
                "p corrected": p_value(row["p_family"]),
            }
            for row in own.to_dict("records")
        ],
        columns=None if len(own) else ["Target"],
    )


def _planted_section(table: pd.DataFrame) -> list[Section]:
    """Return what the textures say of the planted ones, mean over folds; nothing where unknown."""
    if table.empty:
        return []
    rows = []
    for (encoder, k, fit), own in table.groupby(["encoder", "k", "fit"], sort=False):
        mutual, entropy = own["mutual_information"], own["entropy"]
        rows.append(
            {
                "Textures found by": encoder + (" (fitted on all)" if fit == "all" else ""),
                "Textures": str(k),
                "Windows": str(own["windows"].sum()),
                "Mutual information, nats": number(mutual.mean(), 3),
                "Lowest, highest fold": f"{number(mutual.min(), 3)} to {number(mutual.max(), 3)}",
                "Share of what there is to know": number((mutual / entropy).mean(), 2),
            }
        )
    best = max(rows, key=lambda row: row["Mutual information, nats"])
    said = (
        f"In windows of subjects that were not learnt from, the textures of "
        f"{best['Textures found by']} say most of which texture was planted at their middle: "
        f"{best['Mutual information, nats']} nats."
    )
    return [Section("Textures against the planted ones", [said], [ShownTable(pd.DataFrame(rows))])]


def _paper_sentences() -> list[str]:
    low, high = PAPER.balanced_interval()
    found, always = PAPER.measures, PAPER.always_high
    return [
        f"The paper's numbers are those of {PAPER.true_positive} of {PAPER.high} high grades and "
        f"{PAPER.true_negative} of {PAPER.low} low ones: balanced accuracy "
        f"{found['balanced_accuracy']:.2f} "
        f"[{low:.2f}, {high:.2f}]. Always answering high gives accuracy {always['accuracy']:.2f} "
        f"and F1 {always['f1']:.2f}, so that neither tells of a signature."
    ]


def _paper_table(summary: pd.DataFrame) -> ShownTable:
    """Return the published measures beside those of each of our signatures."""
    measures = list(PAPER.measures)
    ours = summary[summary["metric"].isin(measures) & summary["target"].str.endswith("_high")]
    ours = ours[(ours["k"] > 0) & (ours["standardise"] == "")]
    rows = [
        {"Target": "steatosis, low or high", "Model": "the paper, forest on dcn", "Textures": "10"}
        | {MEASURE_TITLES[name]: number(value, 2) for name, value in PAPER.measures.items()},
        {"Target": "steatosis, low or high", "Model": "always high", "Textures": "-"}
        | {MEASURE_TITLES[name]: number(value, 2) for name, value in PAPER.always_high.items()},
    ]
    for _, own in ours.groupby(["target", "encoder", "k", "classifier", "fit"], sort=False):
        values = own.set_index("metric")["value"]
        cells = {MEASURE_TITLES[name]: number(values[name], 2) for name in measures}
        rows.append({**_model(own.iloc[0].to_dict()), **cells})
    return ShownTable(pd.DataFrame(rows))

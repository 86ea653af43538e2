"""What a signature's tables show, in sentences that follow from their numbers."""

from collections.abc import Mapping, Sequence

import pandas as pd

from cirl.texture.design import Design, Target, small_classes
from cirl.texture.measures import RANKING_MEASURE
from cirl.texture.summary import FIRST_ORDER, ORACLE, RADIOMICS

MEASURE_TITLES = {
    "auc": "AUC",
    "concordance": "Concordance",
    "balanced_accuracy": "Balanced accuracy",
    "accuracy": "Accuracy",
    "f1": "F1",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "mean_error": "Mean error",
}
"""Measures as they are written."""

CLASSIFIER_TITLES = {"l1": "L1", "forest": "forest"}
"""Classifiers as they are written."""


def verdict_sentences(summary: pd.DataFrame, alpha: float) -> list[str]:
    """Say for each target whether some signature tells it, by p corrected over all of them.

    Args:
        summary: of ``SUMMARY``.
        alpha: largest corrected p that is evidence.
    """
    ranked = summary[summary["metric"].isin(RANKING_MEASURE.values())]
    sentences = []
    for target, rows in ranked.groupby("target", sort=False):
        signatures = rows[(rows["k"] > 0) & (rows["standardise"] == "")]
        for fit, own in signatures.groupby("fit", sort=False):
            first = own["classifier"].iloc[0]
            tested = own[(own["classifier"] == first) & own["p_family"].notna()]
            if tested.empty:
                continue
            said = _verdict(str(target), tested, alpha) + _beside(rows, tested)
            leak = " Textures were learnt from all subjects, the tested ones too." * (fit == "all")
            sentences.append(said + leak + _forest(own, first))
    return sentences


def best_row(tested: pd.DataFrame) -> pd.Series:
    """Return the signature with the smallest corrected p, of equal ones the highest measure."""
    return tested.sort_values(["p_family", "value"], ascending=[True, False]).iloc[0]


def _verdict(target: str, tested: pd.DataFrame, alpha: float) -> str:
    best = best_row(tested)
    over = "" if best["family"] == 1 else f", the best of {best['family']} signatures"
    said = f"{best['encoder']} with {best['k']} textures has {_value(best)}"
    p = (
        f"p {best['p_family']:.3f} after correction{over} "
        f"(no less than {best['smallest_p']:.3f} could be found)"
    )
    if best["p_family"] <= alpha:
        return f"{target}: the signature tells it. {said}, {p}."
    return f"{target}: no evidence that a signature tells it. {said}, {p}."


def _value(row: pd.Series) -> str:
    return (
        f"{MEASURE_TITLES[row['metric']]} {row['value']:.2f} "
        f"[{row['ci_low']:.2f}, {row['ci_high']:.2f}], "
        f"{row['null_mean']:.2f} on permuted labels"
    )


def _beside(rows: pd.DataFrame, tested: pd.DataFrame) -> str:
    """Say what the baselines reach, by the same classifier."""
    classifier = tested["classifier"].iloc[0]
    own = rows[(rows["classifier"] == classifier) & (rows["k"] == 0)].set_index("encoder")["value"]
    said = [f"{name} {own[name]:.2f}" for name in (FIRST_ORDER, RADIOMICS) if name in own]
    parts = [f" Beside it: {', '.join(said)}."] if said else [" Radiomics of this region: none."]
    if ORACLE in own:
        share = best_row(tested)["share_of_oracle"]
        reached = "no less" if share >= 1 else f"{share:.0%} of that above chance"
        parts.append(f" The true shares reach {own[ORACLE]:.2f}; the signature has {reached}.")
    return "".join(parts)


def _forest(own: pd.DataFrame, first: str) -> str:
    others = own[(own["classifier"] != first) & own["p_family"].notna()]
    if others.empty:
        return ""
    best = best_row(others)
    return (
        f" A random forest's best is {best['encoder']} with {best['k']} ({_value(best)}), p "
        f"{best['p_family']:.3f} after correction, no less than {best['smallest_p']:.3f}."
    )


def difference_sentences(differences: pd.DataFrame) -> list[str]:
    """Say which paired differences, of the first target and classifier, are beyond chance."""
    if differences.empty:
        return []
    own = differences[differences["metric"].isin(RANKING_MEASURE.values())]
    first = own.iloc[0]
    own = own[(own["target"] == first["target"]) & (own["classifier"] == first["classifier"])]
    several = own["k"].nunique() > 1
    return [
        f"{row['first']} minus {row['second']}{_with_k(row, several)}: {row['difference']:+.2f} "
        f"[{row['ci_low']:+.2f}, {row['ci_high']:+.2f}], {_told(row)}."
        for row in own.to_dict("records")
    ]


def _with_k(row: Mapping[str, object], several: bool) -> str:
    return f" ({row['k']} textures)" if several else ""


def _told(row: Mapping[str, float]) -> str:
    if row["ci_low"] > 0:
        return "better"
    return "worse" if row["ci_high"] < 0 else "not told apart"


def warning_sentences(
    design: Design, targets: Sequence[Target], protocol: str, fits: Sequence[str]
) -> list[str]:
    """Say what a reader has to know before any number.

    Args:
        design: the folds.
        targets: what is predicted.
        protocol: how the folds are made.
        fits: on whom textures are learnt.
    """
    said = []
    if "all" in fits:
        said.append(
            "Where it says fitted on all, textures were learnt from the tested subjects too: "
            "a leak, named as such, beside the same signatures without it."
        )
    if protocol == "subject":
        said.append(
            "Each subject is left out alone: then whoever is tested is lacking in training, and a "
            "model that knows nothing says the opposite of the truth. On permuted labels the AUC "
            "of a shrunk model is far below one half; compare with that value, not with 0.5."
        )
    for target in targets:
        few = small_classes(target, design)
        if few:
            names = ", ".join(f"{value:g} ({count})" for value, count in few.items())
            said.append(
                f"{target.name}: fewer subjects than folds have the value {names}; not every "
                "fold tests one, and a class of one subject is never learnt where it is tested."
            )
    return said


def stability_sentences(stability: pd.DataFrame, encoder: str) -> list[str]:
    """Say how stable one encoder's importances are, and how stable they are of nothing.

    Args:
        stability: of ``STABILITY``.
        encoder: whose.
    """
    own = stability[(stability["encoder"] == encoder) & (stability["standardise"] == "")]
    own = own.drop_duplicates("measure")
    titles = {
        "ranking": "The ranking of the textures' importances agrees between folds with",
        "clusters": "The shares of matched textures correlate between folds with",
    }
    nothing = {"ranking": "on permuted labels", "clusters": "with subjects shuffled"}
    return [
        f"{encoder}: {titles[row['measure']]} {row['value']:.2f}, "
        f"{row['null_mean']:.2f} {nothing[row['measure']]} (p {row['p']:.3f})."
        for row in own.to_dict("records")
        if pd.notna(row["value"]) and pd.notna(row["null_mean"])
    ]

"""The page of detectors: what beats a threshold, and what healthy brains show."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cirl.anomaly.thresholds import HEALTHY_PREFIX
from cirl.evaluation.published_detectors import ANCHORS, OVERALL, PUBLISHED_DICE, SLICE_AUC
from cirl.report.number_format import interval, number, p_value, signed
from cirl.report.pages.sections import Section, ShownTable, page

LEARNT_FROM = {
    "none": "no label",
    "slices": "labels of slices",
    "validation": "outlines of validation subjects",
    "test": "outlines of the tested subjects: an upper bound",
}

OF_HEALTHY = (
    "What is found in test subjects without tumour is false; one by one they stand in "
    "anomaly/healthy.csv."
)

OF_CONVENTIONS = (
    "The same masks, scored by slice, where one without tumour counts as 0 (the convention of the "
    "anomaly paper); by slice with tumour; by subject with tumour."
)

OF_PAPER = (
    "Published: BraTS 2018, 30 test subjects, slices without tumour count as 0, before the gate. "
    "Ours: this study's subjects and masks, by the same convention."
)

REGION_WORDS = {"WT": "tumour outline", "semantic": "semantic (mean of NCR, ED, ET)"}


def anomaly_page(
    summary: pd.DataFrame,
    tests: pd.DataFrame,
    slice_scores: pd.DataFrame,
    healthy: pd.DataFrame,
    conventions: pd.DataFrame,
    rows: Mapping[str, Mapping[str, Any]],
    sentences: Sequence[str],
) -> str:
    """Return the page.

    Args:
        summary: ``anomaly/summary.csv``.
        tests: ``anomaly/tests.csv``.
        slice_scores: ``anomaly/slice_scores.csv``.
        healthy: ``anomaly/healthy.csv``.
        conventions: ``anomaly/slice_conventions.csv``.
        rows: of the configuration, by detector.
        sentences: from ``cirl.evaluation.detector_sentences``.
    """
    everybody = summary[summary["partition"] == "all"]
    notes = [*sentences, *_supervision(rows)]
    learnt = "; ".join(f"{name}: {LEARNT_FROM[label]}" for name, label in _labels(summary).items())
    sections = [
        Section(sentences=notes, tables=_shown(_scores(everybody), _tests(tests))),
        Section("Thresholds", [f"Learnt from: {learnt}."], _shown(_thresholds(everybody))),
        Section("Healthy subjects", [OF_HEALTHY], _shown(_healthy(healthy))),
        Section("By domain", [], _shown(_strata(summary, rows))),
        Section("Slices", [], _shown(_slices(slice_scores))),
        Section("Conventions", [OF_CONVENTIONS], _shown(_conventions(conventions))),
        Section(
            "What is published",
            [OF_PAPER, _overall(conventions)],
            _shown(_published(conventions, rows), _anchors()),
        ),
    ]
    return page("Tumours without labels", sections)


def _shown(*tables: pd.DataFrame) -> list[ShownTable]:
    return [ShownTable(table) for table in tables if len(table)]


def _supervision(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Say which detectors know which slices are free of tumour, or more."""
    told = {"tumour_free": "labels of slices (weakly supervised)", "voxels": "outlines of tumours"}
    found = []
    for kind, words in told.items():
        names = [
            name
            for name, row in rows.items()
            if row["train_on"] == kind and row["model"] != "threshold"
        ]
        if names:
            found.append(f"Learnt with {words}: {', '.join(names)}.")
    return found


def _scores(summary: pd.DataFrame) -> pd.DataFrame:
    first = summary.drop_duplicates(["protocol", "detector", "score"])
    return pd.DataFrame(
        [
            {
                "Detector": _named(row),
                "Score": row["score"],
                "Contrasts": row["contrasts"],
                "Loss": row["loss"] or "-",
                "n": str(row["n"]),
                "AUPRC": number(row["auprc"], 3),
                "AUROC": number(row["auroc"], 3),
                "Best Dice": number(row["best_dice"], 3),
                "AUC of slices": number(row["slice_auc"], 3),
                "CPU minutes": number(row["cpu_minutes"], 1),
            }
            for row in first.to_dict("records")
        ]
    )


def _tests(tests: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Detector": _named(row),
                "Against": row["reference"],
                "n": str(row["n"]),
                "Dice": number(row["dice"], 3),
                "Its Dice": number(row["dice_reference"], 3),
                "Difference": f"{signed(row['effect'], 3)} {interval(row, 3)}",
                "p (Wilcoxon)": p_value(row["p_wilcoxon"]),
                f"p (Holm, {row['family']})": p_value(row["p_holm"]),
            }
            for row in tests.to_dict("records")
        ]
    )


def _labels(summary: pd.DataFrame) -> dict[str, str]:
    found = summary.drop_duplicates("threshold").set_index("threshold")["labels"]
    return {str(name): str(label) for name, label in found.items()}


def _thresholds(summary: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for names, part in summary.groupby(["protocol", "detector", "score"], sort=False):
        row = {"Detector": _named(dict(zip(["protocol", "detector"], names, strict=False)))}
        row["Score"] = str(names[2])
        for own in part.to_dict("records"):
            row[_title(own["threshold"])] = f"{number(own['dice'], 3)} {interval(own, 2)}"
        rows.append(row)
    return pd.DataFrame(rows)


def _healthy(healthy: pd.DataFrame) -> pd.DataFrame:
    shown = healthy[healthy["threshold"].str.startswith(HEALTHY_PREFIX)]
    keys = ["protocol", "detector", "score", "threshold"]
    return pd.DataFrame(
        [
            {
                "Detector": _named(dict(zip(keys, names, strict=True))),
                "Score": names[2],
                "Threshold": _title(names[3]),
                "Healthy subjects": str(len(part)),
                "False positives, %": number(100 * part["false_positive_rate"].mean(), 2),
                "Of single subjects, %": _span(100 * part["false_positive_rate"], 2),
                "False ml": number(part["false_ml"].mean(), 1),
                "Of single subjects, ml": _span(part["false_ml"], 1),
            }
            for names, part in shown.groupby(keys, sort=False)
        ]
    )


def _strata(summary: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    found = []
    for row in summary[summary["partition"] != "all"].to_dict("records"):
        own = rows[row["detector"]]
        if row["score"] != own["scores"][0] or row["threshold"] != own["threshold"] or not row["n"]:
            continue
        found.append(
            {
                "Partition": row["partition"],
                "Domain": row["domain"],
                "Detector": _named(row),
                "n": str(row["n"]),
                "AUPRC": number(row["auprc"], 3),
                "Best Dice": number(row["best_dice"], 3),
                "Dice at its threshold": f"{number(row['dice'], 3)} {interval(row, 2)}",
            }
        )
    table = pd.DataFrame(found)
    return table.sort_values(["Partition", "Domain"], kind="stable") if len(table) else table


def _slices(slice_scores: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Detector": _named(row),
                "Score of a slice": row["slice_score"],
                "Slices": str(row["slices"]),
                "With tumour": str(row["tumour_slices"]),
                "AUC": number(row["auc"], 3),
                "Sensitivity at 95 % specificity": number(row["sensitivity"], 3),
                "The paper's AUC": number(SLICE_AUC.get(row["slice_score"], float("nan")), 3),
            }
            for row in slice_scores.to_dict("records")
        ]
    )


def _conventions(conventions: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "Detector": _named(row),
                "Region": REGION_WORDS.get(row["region"], row["region"]),
                "Slices": str(row["slices"]),
                "By slice, 0 without tumour": number(row["dice_zero"], 3),
                "By slice with tumour": number(row["dice_tumour"], 3),
                "By subject with tumour": number(row["dice_subject"], 3),
            }
            for row in conventions.to_dict("records")
        ]
    )


def _published(conventions: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    own = conventions.drop_duplicates(["detector", "region"]).set_index(["detector", "region"])
    found = []
    for region, printed in PUBLISHED_DICE.items():
        for (model, loss), value in printed.items():
            # Similarity alone leaves intensities free, so that ours may have the error beside it.
            names = [
                name
                for name, row in rows.items()
                if row["model"] == model and row["loss"].startswith(loss)
            ]
            for name in names or [""]:
                ours = own["dice_zero"].get((name, region), float("nan"))
                found.append(
                    {
                        "Dice": REGION_WORDS[region],
                        "Model": model,
                        "Loss": loss,
                        "Published": f"{value:.3f}",
                        "Our detector": name or "-",
                        "Our loss": rows[name]["loss"] if name else "-",
                        "Ours": number(ours, 3),
                    }
                )
    return pd.DataFrame(found)


def _anchors() -> pd.DataFrame:
    return pd.DataFrame(ANCHORS, columns=["Published elsewhere", "What", "Value"])


def _overall(conventions: pd.DataFrame) -> str:
    """Say the paper's overall Dice, and the mean Dice of each detector's masks, by region."""
    parts = []
    for (protocol, detector), part in conventions.groupby(["protocol", "detector"], sort=False):
        means = part.set_index("region")["dice_subject"]
        told = ", ".join(f"{one} {means[one]:.2f}" for one in OVERALL if one in means)
        parts.append(f"{_named({'protocol': protocol, 'detector': detector})} {told}")
    printed = ", ".join(f"{region} {value:.2f}" for region, value in OVERALL.items())
    return (
        f"The paper's overall Dice, after the gate: {printed}. Ours, of subjects with the region: "
        f"{'; '.join(parts)}."
    )


def _named(row: Mapping[str, Any]) -> str:
    """Return a detector's name, with its protocol where that is not cross-validation."""
    name = str(row["detector"])
    return name if row["protocol"] == "cv" else f"{name} ({row['protocol']})"


def _title(threshold: str) -> str:
    """Return a threshold's name as it is written."""
    if threshold.startswith(f"{HEALTHY_PREFIX}_"):
        return f"healthy {threshold.removeprefix(f'{HEALTHY_PREFIX}_')} %"
    return threshold.replace("_", " ")


def _span(values: pd.Series, digits: int) -> str:
    return f"{number(values.min(), digits)} to {number(values.max(), digits)}"

"""Who is far from the others of its cohort, in what, and by how much.

Modified z-scores and their limit of 3.5: Iglewicz & Hoaglin, How to Detect and Handle Outliers,
ASQC Quality Press 1993, section 3.3.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cirl.imaging.quality.plausibility import BRAIN_ML, COVERAGE, implausible


@dataclass(frozen=True)
class QualitySettings:
    """Which subjects are marked.

    Attributes:
        threshold: absolute modified z-score above which a number is odd.
        minimum_subjects: in a cohort with fewer subjects nothing is compared.
        common: a missing label is odd where at least this share of the cohort has it.
        brain_ml: bounds of the brain's volume in ml, whatever the cohort's are.
        coverage: smallest share of the brain that a contrast must cover.
    """

    threshold: float = 3.5
    minimum_subjects: int = 10
    common: float = 0.95
    brain_ml: Sequence[float] = BRAIN_ML
    coverage: float = COVERAGE


@dataclass(frozen=True)
class Number:
    """A number of quality control.

    Attributes:
        column: its name in the table.
        title: what a reader calls it.
        logarithmic: ratios of it are compared, not differences.
        floor: smallest spread (of the logarithm to base 10 where it is logarithmic) by which
            differences are divided, so that nobody is odd for a difference too small to matter.
        unit: what follows it in a sentence.
    """

    column: str
    title: str
    logarithmic: bool
    floor: float
    unit: str = ""

    def scaled(self, values: pd.Series) -> pd.Series:
        """Return what is compared; NaN where it has no logarithm."""
        return np.log10(values.where(values > 0)) if self.logarithmic else values


def numbers(contrasts: Sequence[str]) -> list[Number]:
    """Return the numbers of quality control of a study with these contrasts.

    Of a contrast these are ``coverage``, the share of the brain in which it has more than one and
    the same value; ``range``, from the 1st to the 99th percentile in the brain around the
    tumour, in the file's units; ``level``, the median over that range; and ``tumour``, how far the
    tumour's median lies above that median, over that range.
    """
    subject = [
        Number("brain_ml", "brain volume", True, 0.02, " ml"),
        Number("tumour_ml", "tumour volume", True, 0.02, " ml"),
        Number("pieces", "number of pieces", True, 0.15),
        Number("largest_piece", "share of the largest piece", False, 0.2),
        Number("outside_brain", "share outside the brain", False, 0.005),
    ]
    return subject + [
        number
        for name in contrasts
        for number in (
            Number(f"{name}_range", f"{name} intensity range", True, 0.05),
            Number(f"{name}_level", f"{name} median over range", False, 0.1),
            Number(f"{name}_tumour", f"{name} tumour above brain", False, 0.1),
            Number(f"{name}_coverage", f"{name} share of the brain covered", False, 0.02),
        )
    ]


def quality_row(metadata: Mapping[str, Any], contrasts: Sequence[str]) -> dict[str, Any]:
    """Return a subject's row of numbers; one that was excluded has none.

    Args:
        metadata: what preprocessing wrote of the subject.
        contrasts: the study's contrasts.
    """
    row = {key: metadata[key] for key in ("subject", "cohort", "status")}
    found = metadata.get("quality")
    if metadata["status"] != "ok" or found is None:
        return row
    kept = ("brain_ml", "tumour_ml", "pieces", "largest_piece", "outside_brain")
    row |= {key: found[key] for key in kept} | {"missing": " ".join(found["missing"])}
    for name in contrasts:
        low, middle, high = found["contrasts"][name]["quantiles"]
        tumour, extent = found["contrasts"][name]["tumour"], high - low
        row[f"{name}_range"] = extent
        row[f"{name}_level"] = middle / extent if extent > 0 else None
        known = extent > 0 and tumour is not None
        row[f"{name}_coverage"] = found["contrasts"][name]["coverage"]
        row[f"{name}_tumour"] = (tumour - middle) / extent if known else None
    return row


def quality_table(
    rows: Iterable[Mapping[str, Any]], contrasts: Sequence[str], settings: QualitySettings
) -> pd.DataFrame:
    """Return a row a subject: its numbers, whether it is an outlier, and why.

    Args:
        rows: from ``quality_row``, of every subject found.
        contrasts: the study's contrasts.
        settings: what is marked.

    Returns:
        ``subject, cohort, status``, the numbers, ``missing``, ``score`` (the largest absolute
        modified z-score of a number, within the cohort; infinite where there is no tumour or a
        contrast has no range; missing where nothing is compared), ``outlier`` and ``why`` (the
        oddest first), sorted by subject.
    """
    judged = numbers(contrasts)
    columns = ["subject", "cohort", "status", *(number.column for number in judged), "missing"]
    table = pd.DataFrame(list(rows), columns=columns).sort_values("subject", ignore_index=True)
    table = table.astype({number.column: float for number in judged})
    table["missing"] = table["missing"].fillna("")
    cohorts = [cohort for _, cohort in table[table["status"] == "ok"].groupby("cohort")]
    scores = pd.concat([_scores(cohort, judged, settings) for cohort in cohorts] or [table[[]]])
    table["score"] = scores.abs().max(axis=1).reindex(table.index).astype(float)
    nothing = _nothing_there(table, judged)
    table.loc[[row for row, _ in nothing], "score"] = np.inf
    reasons = nothing + _implausible(table, contrasts, settings)
    reasons += _odd_scores(table, scores, judged, settings.threshold)
    for cohort in cohorts:
        reasons += _rarely_missing(cohort, settings)
    why = pd.DataFrame(reasons, columns=["row", "text"]).groupby("row")["text"].agg("; ".join)
    table["outlier"] = table.index.isin(why.index)
    table["why"] = why.reindex(table.index, fill_value="")
    return table


def robust_z(values: np.ndarray, floor: float = 0.0) -> np.ndarray:
    """Return modified z-scores: the distance from the median over a robust deviation.

    The deviation is 1.4826 times the median absolute deviation; where more than half of the values
    are equal, 1.2533 times the mean absolute deviation (both are the standard deviation of normal
    values); and at least ``floor``. NaN stays NaN; where all values are equal the score is 0.
    """
    values = np.asarray(values, dtype=float)
    if np.isnan(values).all():
        return np.full(values.shape, np.nan)
    distance = values - np.nanmedian(values)
    spread = 1.4826 * np.nanmedian(np.abs(distance))
    spread = spread or 1.2533 * np.nanmean(np.abs(distance))
    spread = max(spread, floor)
    return np.asarray(distance / spread if spread > 0 else distance)


def _scores(
    cohort: pd.DataFrame, judged: Sequence[Number], settings: QualitySettings
) -> pd.DataFrame:
    """Return the modified z-scores of a cohort's numbers, NaN where there is nothing to compare."""
    if len(cohort) < settings.minimum_subjects:
        return pd.DataFrame(np.nan, cohort.index, [number.column for number in judged])
    scaled = {number: number.scaled(cohort[number.column]).to_numpy() for number in judged}
    scores = {number.column: robust_z(scaled[number], number.floor) for number in judged}
    return pd.DataFrame(scores, cohort.index)


def _odd_scores(
    table: pd.DataFrame, scores: pd.DataFrame, judged: Sequence[Number], threshold: float
) -> list[tuple[int, str]]:
    """Return row and text of every number beyond the threshold, the largest scores first."""
    found = []
    for number in judged:
        if number.column not in scores:
            continue
        own = scores[number.column]
        for row, score in own[own.abs() > threshold].items():
            side = "high" if score > 0 else "low"
            value = f"{table.loc[row, number.column]:.3g}{number.unit}"
            found.append((abs(score), row, f"{number.title} {side} ({value}, z {score:+.1f})"))
    return [(row, text) for _, row, text in sorted(found, key=lambda entry: -entry[0])]


def _nothing_there(table: pd.DataFrame, judged: Sequence[Number]) -> list[tuple[int, str]]:
    """Return row and text where a subject has no tumour, or a contrast no range."""
    found = [(row, "no tumour in the label") for row in table.index[table["tumour_ml"] == 0]]
    for number in judged:
        if number.column.endswith("_range"):
            found += [
                (row, f"{number.title} is 0") for row in table.index[table[number.column] == 0]
            ]
    return found


def _implausible(
    table: pd.DataFrame, contrasts: Sequence[str], settings: QualitySettings
) -> list[tuple[int, str]]:
    """Return row and text of every number that cannot be, whatever the cohort's are."""
    columns = {name: f"{name}_coverage" for name in contrasts}
    return [
        (row, text)
        for row, numbers_of in table[table["status"] == "ok"].iterrows()
        for text in implausible(
            numbers_of["brain_ml"],
            {name: numbers_of[column] for name, column in columns.items()},
            settings.brain_ml,
            settings.coverage,
        )
    ]


def _rarely_missing(cohort: pd.DataFrame, settings: QualitySettings) -> list[tuple[int, str]]:
    """Return row and text of who lacks a label that nearly all others of the cohort have."""
    if len(cohort) < settings.minimum_subjects:
        return []
    lacking = cohort.loc[cohort["tumour_ml"] > 0, "missing"].str.get_dummies(sep=" ")
    return [
        (row, f"no {name}, which {1 - share:.0%} of the cohort have")
        for name, share in lacking.mean().items()
        if share <= 1 - settings.common
        for row in lacking.index[lacking[name] == 1]
    ]

"""How numbers are written in tables that people read."""

from typing import Any

import pandas as pd

METRIC_TITLES = {
    "dice": "Dice",
    "hd95": "HD95, mm",
    "lesionwise_dice": "Lesion-wise Dice",
    "lesionwise_hd95": "Lesion-wise HD95, mm",
    "surface_dice": "Surface Dice",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "volume_error_ml": "Volume error, ml",
    "volume_error_relative": "Volume error, relative",
    "calibration_error": "Calibration error",
}
"""Metrics as they are written."""

DIGITS = {"hd95": 1, "lesionwise_hd95": 1, "volume_error_ml": 1, "specificity": 4}
"""Decimals of those metrics that have not three."""


def digits_of(metric: str) -> int:
    """Return with how many decimals a metric is written."""
    return DIGITS.get(metric, 3)


def number(value: float, digits: int) -> str:
    """Return a number with so many decimals, a dash where it is undefined."""
    return "-" if pd.isna(value) else f"{value:.{digits}f}"


def signed(value: float, digits: int) -> str:
    """Return a number with its sign."""
    return "-" if pd.isna(value) else f"{value:+.{digits}f}"


def interval(row: dict[str, Any], digits: int, low: str = "ci_low", high: str = "ci_high") -> str:
    """Return the interval in two columns of a row, in brackets; nothing where there is none."""
    if pd.isna(row.get(low, float("nan"))):
        return ""
    return f"[{number(row[low], digits)}, {number(row[high], digits)}]"


def p_value(value: float) -> str:
    """Return a p value with three decimals."""
    if pd.isna(value):
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def with_part(row: dict[str, Any], column: str) -> str:
    """Return a row's name with its protocol, and with its partition where that is not all."""
    part = row.get("partition", "all")
    if part == "all":
        return with_protocol(row, column)
    return f"{row[column]} ({row['protocol']}, {part})"


def with_protocol(row: dict[str, Any], column: str) -> str:
    """Return a row's name, with its protocol where that is not cross-validation."""
    return row[column] if row["protocol"] == "cv" else f"{row[column]} ({row['protocol']})"

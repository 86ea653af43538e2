"""Features that the paper prints, and its numbers.

Source: cluster-invariance paper, Table 1 (BraTS-GoAT 2024, 1,537 patients).
"""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class PublishedFeature:
    """A row of the paper's Table 1; ``feature`` is the end of PyRadiomics' name."""

    title: str
    feature: str
    mean: float
    sd: float
    minimum: float
    maximum: float


TABLE_1: tuple[PublishedFeature, ...] = (
    PublishedFeature("Elongation", "shape_Elongation", 0.672, 0.185, 0.0, 1.0),
    PublishedFeature("Flatness", "shape_Flatness", 0.487, 0.169, 0.0, 0.878),
    PublishedFeature("Major axis length", "shape_MajorAxisLength", 38.478, 20.449, 0.0, 171.979),
    PublishedFeature("Energy", "firstorder_Energy", 9.909e10, 1.598e12, 81934.920, 3.898e13),
    PublishedFeature("Entropy", "firstorder_Entropy", 3.047, 1.392, -3.2e-16, 10.134),
    PublishedFeature(
        "Maximum intensity", "firstorder_Maximum", 1615.006, 5121.823, 50.0, 91585.953
    ),
)
"""The paper's Table 1 as printed."""


def table_1(summary: pd.DataFrame, region: str | None, published: bool) -> pd.DataFrame:
    """Return the paper's six features of a study, as in the paper's Table 1.

    Args:
        summary: what ``cirl.radiomics.table.summarise`` returns.
        region: the region whose features are shown; None for a table without regions in its names.
        published: put the paper's numbers beside.

    Returns:
        a row a feature (and contrast, where it has one): feature, mean, sd, min, max, n, missing,
        and with ``published`` the paper's mean, sd, min and max.
    """
    names = summary["feature"]
    rows = []
    for item in TABLE_1:
        found = names.str.lower().str.endswith(f"original_{item.feature}".lower())
        if region is not None:
            found &= names.str.contains(rf"(?:^|_){region}_")
        for row in summary[found].to_dict("records"):
            shown = {"feature": _title(item, row["feature"])}
            shown |= {key: row[key] for key in ("mean", "sd", "min", "max", "n", "missing")}
            rows.append(shown | (_as_published(item) if published else {}))
    return pd.DataFrame(rows)


def _title(item: PublishedFeature, column: str) -> str:
    """Return a feature's title with the contrast and region that its column begins with."""
    where = column.split("original_")[0].replace("_", " ").strip()
    return f"{item.title} ({where})" if where else item.title


def _as_published(item: PublishedFeature) -> dict[str, float]:
    return {
        "published mean": item.mean,
        "published sd": item.sd,
        "published min": item.minimum,
        "published max": item.maximum,
    }

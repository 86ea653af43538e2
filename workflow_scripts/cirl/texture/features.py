"""What a target is predicted from: signatures, and the baselines that stand beside every result."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cirl.radiomics.columns import ORIGINAL, Column, parse_column
from cirl.texture.design import Design

REPEATED_FROM = 0.95
"""Correlation from which of two radiomic features the later one tells nothing more."""

SMALLEST_GROUP = 5
"""Training subjects of a scanner by which its others are standardised; with fewer all of them."""


def signature_array(tables: Sequence[pd.DataFrame], design: Design) -> np.ndarray:
    """Return the shares of a signature, folds x subjects x clusters; NaN where there is none.

    Args:
        tables: ``SIGNATURES`` of each fold, in order, or a single one, fitted on all subjects.
        design: the folds.
    """
    names = [name for name in tables[0] if str(name).startswith("cluster_")]
    arrays = [
        table.set_index("subject")[names].reindex(design.subjects).to_numpy(float)
        for table in tables
    ]
    return np.broadcast_to(np.stack(arrays), (len(design.fold_numbers), *arrays[0].shape))


def without_groups(features: np.ndarray, groups: np.ndarray, design: Design) -> np.ndarray:
    """Return features with the mean and deviation of each group, such as a scanner, taken out.

    They are those of the group's training subjects. A group that hardly trains, such as a scanner
    that is left out, is standardised by all of its subjects; no label is used.

    Args:
        features: folds x subjects x features.
        groups: of the subjects.
        design: the folds.
    """
    found = np.array(features, dtype=float)
    for fold, trains in enumerate(design.trains):
        for group in np.unique(groups):
            members = groups == group
            known = members & trains
            by = features[fold][known if known.sum() >= SMALLEST_GROUP else members]
            with np.errstate(invalid="ignore"):
                spread = np.nanstd(by, axis=0)
            found[fold][members] -= np.nanmean(by, axis=0)
            found[fold][members] /= np.where(spread > 0, spread, 1)
    return found


def baseline_columns(
    columns: Sequence[str], region: str, contrasts: Sequence[str]
) -> dict[str, list[str]]:
    """Return the columns of each baseline made of radiomics, by the baseline's name.

    Args:
        columns: of ``radiomics/measured.csv``.
        region: whose features are wanted.
        contrasts: of the signature.
    """
    own = {
        name: column
        for name, column in _parsed(columns).items()
        if column.region == region and column.contrast in (None, *contrasts)
    }
    wanted = {
        "volume": _is_volume,
        "mean and deviation": _is_mean_or_deviation,
        "first order": _is_first_order,
        "radiomics": lambda column: True,
    }
    found = {
        baseline: [name for name, column in own.items() if chosen(column)]
        for baseline, chosen in wanted.items()
    }
    return {baseline: names for baseline, names in found.items() if names}


def _parsed(columns: Sequence[str]) -> dict[str, Column]:
    """Return what columns say; a table of the study's own may have some that say nothing."""
    found = {}
    for name in columns:
        try:
            found[name] = parse_column(name)
        except ValueError:
            continue
    return found


def _is_volume(column: Column) -> bool:
    return column.feature_class == "shape" and column.feature == "VoxelVolume"


def _is_first_order(column: Column) -> bool:
    return column.image == ORIGINAL and column.feature_class == "firstorder"


def _is_mean_or_deviation(column: Column) -> bool:
    return _is_first_order(column) and column.feature in ("Mean", "Variance")


def baseline_array(table: pd.DataFrame, columns: Sequence[str], design: Design) -> np.ndarray:
    """Return features of a table, folds x subjects x features, completed in each fold.

    A missing value is the median of who trains. A column that all of them lack is 0, and so is one
    that among them is nearly a column before it.

    Args:
        table: a row a subject.
        columns: those wanted.
        design: the folds.
    """
    rows = table.set_index("subject")[list(columns)].reindex(design.subjects)
    values = np.where(np.isfinite(rows), rows, np.nan)
    filled = []
    for trains in design.trains:
        known = values[trains]
        lacking = np.isnan(known).all(axis=0)
        medians = np.where(lacking, 0.0, np.nanmedian(np.where(lacking, 0.0, known), axis=0))
        complete = np.where(np.isnan(values), medians, values)
        filled.append(np.where(_repeated(complete[trains]), 0.0, complete))
    return np.stack(filled)


def _repeated(values: np.ndarray) -> np.ndarray:
    """Return which columns correlate with one that is kept before them, or are constant."""
    centred = values - values.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    alike = np.abs(centred.T @ centred) > REPEATED_FROM * np.outer(length, length)
    repeated = length <= 1e-12 * np.maximum(1, np.abs(values).max(axis=0))
    for column in range(len(repeated)):
        repeated[column] |= bool((alike[column, :column] & ~repeated[:column]).any())
    return repeated


def shares_by_subject(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the shares with which textures were planted, of subjects by their id.

    Args:
        tables: ``TRUE_SHARES`` of each simulated cohort, by its name.
    """
    parts = [
        table.filter(like="share_").assign(subject=cohort + "_" + table["name"])
        for cohort, table in tables.items()
    ]
    return pd.concat(parts, ignore_index=True)

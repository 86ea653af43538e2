"""The clustering of an algorithm that the evidence selected, as a file of its own."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cirl.study.tables.clustering import ASSIGNMENT


def read_selected(
    sweep: pd.DataFrame, algorithm: str, assignments: Sequence[str | Path]
) -> tuple[pd.DataFrame, dict[str, str | int | None]]:
    """Return the selected assignment of an algorithm, and what was decided.

    Args:
        sweep: rows ``algorithm, k, selected, why``.
        algorithm: its name.
        assignments: its files ``k{k}.csv``, one of which is selected, or none.

    Returns:
        The rows of that file, or none of them; and ``algorithm, k`` (None where nothing was
        selected) and the ``reason``, which then says what each k lacks.
    """
    own = sweep[sweep["algorithm"] == algorithm]
    chosen = own[own["selected"]]
    if chosen.empty:
        lacks = "; ".join(f"k = {row.k}: {row.why}" for row in own.itertuples())
        reason = f"the evidence selects no clustering of {algorithm} ({lacks})"
        return ASSIGNMENT.empty(), {"algorithm": algorithm, "k": None, "reason": reason}
    k = int(chosen["k"].iloc[0])
    path = next(path for path in map(Path, assignments) if path.name == f"k{k}.csv")
    return ASSIGNMENT.read(path), {
        "algorithm": algorithm,
        "k": k,
        "reason": "selected by the evidence",
    }

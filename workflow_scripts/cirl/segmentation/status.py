"""Whether an arm was trained in a fold, and why not: on the record, like everything else."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cirl.segmentation.arms import Arm
from cirl.study.tables.segmentation import STATUS, TRAINING_HISTORY

TRAINED, NOT_RUN = "trained", "not run"
"""What became of an arm in a fold."""

SELECTIONS = {
    "last": "those of the last epoch",
    "best": "those of the epoch with the best Dice on the watched subjects of the training domains",
    "oracle": "those of the epoch with the best Dice on the test subjects themselves (oracle)",
}
"""What the rules of selection choose among the weights of all epochs."""


def why_not_run(
    arm: Arm,
    clustering: pd.DataFrame | None,
    decision: pd.DataFrame | None,
    start: pd.DataFrame | None = None,
) -> str:
    """Return why an arm cannot be trained, or an empty text.

    Args:
        arm: the arm.
        clustering: the clustering whose clusters are its domains, where they are clusters.
        decision: what was decided where that clustering was to be selected: ``reason``.
        start: the status in this fold of the arm that it starts from.
    """
    if start is not None and (start["status"] != TRAINED).any():
        return f"it starts from {arm.start}, which was not run, for {start['reason'].iloc[0]}"
    if arm.domains is None or clustering is None or not clustering["cluster"].dropna().empty:
        return ""
    if decision is not None and len(decision):
        return f"its domains do not exist: {decision['reason'].iloc[0]}"
    return "its domains do not exist: the clustering has no cluster"


def status_row(
    protocol: str, arm: str, seed: int, fold: int, not_run_for: str = "", selection: str = "last"
) -> pd.DataFrame:
    """Return what became of an arm in a fold, as a table of one row."""
    status = NOT_RUN if not_run_for else TRAINED
    row = (protocol, arm, seed, fold, status, not_run_for, selection)
    return pd.DataFrame([row], columns=STATUS.names)


def was_trained(path: str | Path) -> bool:
    """Tell from a fold's status whether there is a network."""
    return bool((STATUS.read(path)["status"] == TRAINED).all())


def leave_untrained(
    weights: Path, history: Path, tensorboard: Path, further: Mapping[str, Path]
) -> None:
    """Write the files of a training that was not run: all of them empty."""
    for path in (weights, *further.values()):
        path.write_bytes(b"")
    TRAINING_HISTORY.write(TRAINING_HISTORY.empty(), history)
    tensorboard.mkdir(parents=True, exist_ok=True)


def not_run_sentences(statuses: pd.DataFrame) -> list[str]:
    """Say of each arm that was not run in some folds, in how many and why.

    Args:
        statuses: rows ``protocol, arm, seed, fold, status, reason``.
    """
    sentences = []
    for (protocol, arm), rows in statuses.groupby(["protocol", "arm"], sort=False):
        missing = rows[rows["status"] == NOT_RUN]
        if missing.empty:
            continue
        name = str(arm) if protocol == "cv" else f"{arm} ({protocol})"
        reasons = "; ".join(dict.fromkeys(missing["reason"]))
        where = "" if len(missing) == len(rows) else f" in {len(missing)} of {len(rows)} trainings"
        sentences.append(f"{name} was not run{where}, for {reasons}.")
    return sentences


def selection_sentence(statuses: pd.DataFrame) -> str:
    """Say by which rule the weights of the arms were chosen among those of all epochs.

    Args:
        statuses: rows with ``arm`` and ``selection``.
    """
    rules = statuses.groupby("selection", sort=False)["arm"].unique()
    if len(rules) == 1:
        return f"The weights of all arms are {SELECTIONS[rules.index[0]]}."
    parts = [f"of {', '.join(arms)} {SELECTIONS[rule]}" for rule, arms in rules.items()]
    return f"The weights are: {'; '.join(parts)}."

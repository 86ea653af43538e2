"""Studies of many tables, a row each, that go on where they were interrupted."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import binomtest


def append_rows(
    path: Path,
    tasks: Iterable[tuple[Any, ...]],
    names: tuple[str, ...],
    work: Callable[..., dict[str, Any]],
    minutes: float,
) -> pd.DataFrame:
    """Do the tasks that a table does not have yet, appending a row for each; return the table.

    Args:
        path: a CSV file, made at the first row.
        tasks: what identifies each row.
        names: its columns.
        work: returns the row's other columns.
        minutes: after which no further task is begun.
    """
    begin = time.monotonic()
    done = set()
    if path.exists():
        done = set(pd.read_csv(path)[list(names)].itertuples(index=False, name=None))
    for task in tasks:
        if task in done:
            continue
        if time.monotonic() - begin > 60 * minutes:
            print("stopped for the time given; run again to go on")
            break
        start = time.process_time()
        row = dict(zip(names, task, strict=True)) | work(*task)
        row["cpu_seconds"] = round(time.process_time() - start, 1)
        pd.DataFrame([row]).to_csv(path, mode="a", header=not path.exists(), index=False)
        print(row, flush=True)
    return pd.read_csv(path)


def share(hits: pd.Series) -> str:
    """Return a share with its exact 95 % interval (Clopper and Pearson 1934)."""
    count, total = int(hits.sum()), len(hits)
    interval = binomtest(count, total).proportion_ci()
    return f"{count} of {total} ({count / total:.0%}, {interval.low:.1%} to {interval.high:.1%})"

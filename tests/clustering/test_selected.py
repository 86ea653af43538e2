"""The selected clustering is a copy of its file, or an empty table and the reasons."""

import pandas as pd
import pytest

from cirl.clustering.selected import read_selected


@pytest.fixture
def sweep() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "algorithm": ["kmeans", "kmeans", "ward", "ward"],
            "k": [2, 3, 2, 3],
            "selected": [False, True, False, False],
            "why": ["p 0.2 > 0.05", "selected", "p 0.4 > 0.05", "stability 0.1 < 0.8"],
        }
    )


def test_copies_the_selected_file(sweep, tmp_path) -> None:
    for k in (2, 3):
        (tmp_path / f"k{k}.csv").write_text(
            f"subject,cluster,confidence,status\n007,{k},0.25,fitted\n008,,,missing\n"
        )
    paths = [tmp_path / "k2.csv", tmp_path / "k3.csv"]
    table, decision = read_selected(sweep, "kmeans", paths)
    table.to_csv(tmp_path / "selected.csv", index=False)
    assert (tmp_path / "selected.csv").read_text() == (tmp_path / "k3.csv").read_text()
    assert decision == {"algorithm": "kmeans", "k": 3, "reason": "selected by the evidence"}


def test_without_a_selection_there_are_no_rows_and_a_reason_for_each_k(sweep) -> None:
    table, decision = read_selected(sweep, "ward", [])
    assert table.empty
    assert list(table) == ["subject", "cluster", "confidence", "status"]
    assert decision["k"] is None
    assert decision["reason"] == (
        "the evidence selects no clustering of ward "
        "(k = 2: p 0.4 > 0.05; k = 3: stability 0.1 < 0.8)"
    )

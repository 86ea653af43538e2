"""Training curves of detectors say whose loss had come to rest."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cirl.report.figures.anomaly_training import draw, is_flat
from cirl.study.tables.segmentation import TRAINING_HISTORY


def losses(values: list[float]) -> pd.Series:
    return pd.Series(values, index=range(len(values)))


@pytest.mark.parametrize(
    ("values", "flat"),
    [
        ([10, 5, 4, 4, 3.97], True),  # 0.75 % in the last fifth
        ([10, 5, 4, 4, 3.95], False),  # 1.25 %
        ([10, 5, 4, 4, 7], True),
        ([10, 9.99], True),
        ([10], False),
        (list(np.linspace(10, 1, 20)), False),
    ],
)
def test_a_loss_is_flat_where_the_last_fifth_gained_less_than_a_hundredth(
    values: list[float], flat: bool
) -> None:
    assert is_flat(losses(values)) == flat


def written(folder: Path, name: str, values: list[float]) -> str:
    path = folder / f"{name}.csv"
    table = pd.DataFrame({"epoch": range(len(values)), "validation_loss": values})
    TRAINING_HISTORY.write(table, path)
    return str(path)


def test_networks_of_the_protocol_are_drawn_and_named(tmp_path: Path) -> None:
    paths = [
        written(tmp_path, "a", [8.0, 4.0, 2.0, 1.0]),
        written(tmp_path, "b", [8.0, 4.0, 4.0, 4.0]),
        written(tmp_path, "c", [8.0, 4.0]),
        written(tmp_path, "d", []),
    ]
    detections = [
        {"protocol": protocol, "detector": detector, "seed": 0, "fold": fold}
        for protocol, detector, fold in [
            ("cv", "vae", 0),
            ("cv", "vae", 1),
            ("lodo", "vae", 0),
            ("cv", "flair", 0),
        ]
    ]
    figure = draw(paths, detections, "cv")
    lines = figure.axes[0].get_lines()
    np.testing.assert_allclose(lines[0].get_ydata(), [1, 0.5, 0.25, 0.125])
    assert len(lines) == 2 and list(lines[1].get_xdata()) == [1, 2, 3, 4]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "vae (1 of 2 still falling)"
    ]
    said = draw(paths[3:], detections[3:], "cv").axes[0].texts[0].get_text()
    assert "No detector is a network" in said

"""Figures of the deep clustering draw what its files say."""

import numpy as np
import pandas as pd

from cirl.report.figures.deep import reconstructions, training_curves, traversals
from cirl.representation.examples import Examples, Traversals


def test_reconstructions_stand_below_their_inputs():
    inputs = np.zeros((2, 3, 16, 16))
    examples = Examples(
        ["c_p0", "c_p1"], ["t1n", "t1c", "t2f"], [True, False], inputs, inputs + 0.5
    )
    axes = np.array(reconstructions(examples).axes).reshape(6, 2)
    shown = [[axis.images[0].get_array().mean() for axis in row] for row in axes]
    np.testing.assert_array_equal(shown, [[0, 0], [0.5, 0.5]] * 3)
    assert axes[0, 0].get_title() == "c_p0\nnot trained on"


def test_training_curves_have_a_line_a_k(tmp_path):
    pretraining = pd.DataFrame({"epoch": [0, 1], "loss": [3, 2], "validation_loss": [4, 3]})
    pretraining.to_csv(tmp_path / "pretrained_history.csv", index=False)
    for k in (2, 3):
        columns = {"epoch": [0], "reconstruction": [0.1], "divergence": [0.2], "changed": [0]}
        pd.DataFrame(columns).to_csv(tmp_path / f"k{k}_history.csv", index=False)
    histories = [tmp_path / "k2_history.csv", tmp_path / "k3_history.csv"]
    figure = training_curves(tmp_path / "pretrained_history.csv", histories)
    assert [line.get_label() for line in figure.axes[1].lines] == ["k = 2", "k = 3"]
    titles = [axis.get_title() for axis in figure.axes[1:]]
    assert titles == [
        "clustering: reconstruction",
        "clustering: divergence",
        "clustering: share of changed labels",
    ]


def test_walks_are_a_block_an_axis_and_a_column_a_step():
    images = np.arange(12).reshape(2, 3, 2, 1, 1) / 12 * np.ones((2, 3, 2, 4, 4))
    walks = Traversals(["t1n", "t2f"], np.array([0.6, 0.25]), np.array([-2.0, 0.0, 2.0]), images)
    figure = traversals(walks)
    assert figure.subfigs[1].get_suptitle() == "axis 2, 25% of the variance"
    blocks = [np.array(block.axes).reshape(2, 3) for block in figure.subfigs]
    for block, first in zip(blocks, (0, 6), strict=True):
        shown = [[axis.images[0].get_array().mean() * 12 for axis in row] for row in block]
        np.testing.assert_allclose(shown, np.array([[0, 2, 4], [1, 3, 5]]) + first)
        assert [axis.get_title() for axis in block[0]] == ["-2 sd", "mean", "+2 sd"]
    assert blocks[0][1, 0].get_ylabel() == "t2f"

"""Losses of the segmentation: a term on the probabilities, beside the binary cross entropy."""

from cirl.configuration.registries.rows import Row, by_name

LOSSES = by_name(
    [
        Row(
            name="dice_bce",
            title="soft Dice and binary cross entropy",
            source="Milletari et al. 2016",
            implementation="cirl.segmentation.losses:soft_dice",
        ),
        Row(
            name="mse_bce",
            title="mean squared error and binary cross entropy",
            source="the cluster-invariance paper",
            implementation="cirl.segmentation.losses:SquaredError",
        ),
    ]
)
"""The losses by their names in the configuration; an implementation builds the first term."""

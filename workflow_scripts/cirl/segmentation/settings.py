"""Settings of networks, training, augmentation and prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class NetworkSettings:
    """A network.

    Attributes:
        filters: channels of each level, from the input's resolution down.
        kernel: edge of the convolutions.
        strides: downsampling of each level; empty for 1 at the first and 2 at every other.
        deep_supervision: number of coarser levels that also have a loss; 0 switches it off.
        residual: whether a dynunet's blocks on the way down have a shortcut; others always do.
        dropout: share of channels dropped in training.
        name: a key of ``cirl.configuration.registries.networks.NETWORKS``.
    """

    filters: tuple[int, ...]
    kernel: int
    strides: tuple[int, ...]
    deep_supervision: int
    residual: bool
    dropout: float
    name: str = "dynunet"

    def level_strides(self) -> tuple[int, ...]:
        """Return the stride of every level.

        Raises:
            ValueError: if strides are given, but not one for each level.
        """
        strides = self.strides or (1,) + (2,) * (len(self.filters) - 1)
        if len(strides) != len(self.filters):
            raise ValueError(
                f"segmentation.network.strides has {len(strides)} entries, expected one for each "
                f"of the {len(self.filters)} filters, or an empty list"
            )
        return strides


@dataclass(frozen=True)
class AugmentationSettings:
    """Random changes of a training crop; an amount of 0 switches one off.

    Attributes:
        flip: axes (0, 1, 2 = left-right, posterior-anterior, inferior-superior) that are flipped.
        turn: whether the crop is turned by multiples of 90 degrees about the third axis.
        probability: with which each of the following is applied to a contrast.
        gain: largest relative change of the contrast's spread.
        shift: largest change of its mean, in z-scores.
        gamma: largest change of the logarithm of the exponent.
        bias: largest relative amplitude of a smooth multiplicative field.
        noise: largest standard deviation of Gaussian noise, in z-scores.
        blur: largest standard deviation of Gaussian smoothing, in voxels.
        low_resolution: largest thickness of simulated slices, in voxels, along a random axis.
    """

    flip: tuple[int, ...]
    turn: bool
    probability: float
    gain: float
    shift: float
    gamma: float
    bias: float
    noise: float
    blur: float
    low_resolution: float


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained.

    Attributes:
        outputs: ``regions`` (WT, TC, ET) or ``labels`` (NCR, ED, ET), each a sigmoid output.
        loss: a key of ``cirl.configuration.registries.losses.LOSSES``.
        loss_weights: weights of the loss's two terms.
        epochs: number of epochs.
        steps_per_epoch: steps of an epoch; 0 for as many as show each subject once.
        batch_size: crops that go through the network together.
        accumulate: such batches whose gradients are added for a step.
        crop: edge lengths of a training crop in voxels.
        tumour_probability: share of the crops that are placed on a tumour voxel.
        optimiser: ``adam`` or ``adamw``.
        learning_rate: at the first epoch.
        learning_rate_power: of the polynomial decay over the epochs, which count from 0.
        weight_decay: of the optimiser.
        gradient_clip: largest norm of the gradient; 0 switches clipping off.
        precision: ``auto`` (bfloat16 where the device computes in it), ``float32`` or ``bfloat16``.
        validation_interval: epochs between two looks at the validation subjects.
        checkpoint_interval: epochs between two checkpoints; so many a kill can cost.
        workers: processes that load crops; 0 loads them in the training's own.
        compile: whether the network is compiled for its device.
    """

    outputs: str
    loss: str
    loss_weights: tuple[float, float]
    epochs: int
    steps_per_epoch: int
    batch_size: int
    accumulate: int
    crop: tuple[int, int, int]
    tumour_probability: float
    optimiser: str
    learning_rate: float
    learning_rate_power: float
    weight_decay: float
    gradient_clip: float
    precision: str
    validation_interval: int
    checkpoint_interval: int
    workers: int
    compile: bool = False


@dataclass(frozen=True)
class PredictionSettings:
    """How whole images are segmented.

    Attributes:
        window: edge lengths of the sliding window in voxels.
        overlap: share by which neighbouring windows overlap.
        batch_size: windows that go through the network together.
        flips: whether the mean over all eight mirror images is taken.
        smallest_component_ml: connected parts of the whole tumour below it are removed.
        precision: as in the training.
        smallest_et_ml: enhancing tumour of less than it, in all, becomes necrosis.
        postprocessing: ``fixed`` takes these two volumes, ``fit`` the best of the candidates.
        candidates: values of the two volumes to choose from, by their names.
        reliability_bins: bins in which probabilities are counted.
    """

    window: tuple[int, int, int]
    overlap: float
    batch_size: int
    flips: bool
    smallest_component_ml: float
    precision: str
    smallest_et_ml: float = 0.0
    postprocessing: str = "fixed"
    candidates: Mapping[str, Sequence[float]] = field(default_factory=dict)
    reliability_bins: int = 10


def build_settings(settings_class: type[Any], values: Mapping[str, Any]) -> Any:
    """Build a data class of settings from the configuration; lists become tuples."""
    frozen = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
    return settings_class(**frozen)

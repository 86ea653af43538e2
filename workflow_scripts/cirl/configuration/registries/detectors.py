"""Detectors: what gives each voxel a score of how unlike healthy tissue it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from cirl.configuration.registries.rows import Row, RowSettings, by_name

FLAIR = "t2f"
"""The contrast in which most tumours are bright: its deviation gives the whitened scores a sign."""


@dataclass(frozen=True, kw_only=True)
class ThresholdSettings(RowSettings):
    """The brightness of one contrast itself, which leaves nothing to choose."""


@dataclass(frozen=True, kw_only=True)
class LocationSettings(RowSettings):
    """Healthy tissue at each place of the brain (Saase et al. 2020): mean and covariance of the
    contrasts in the cells of a box around it, both hemispheres pooled."""

    box: Annotated[tuple[int, int, int], Field(min_length=3, max_length=3)] = (40, 48, 36)
    """Cells along right-left, back-front and bottom-top."""

    smoothing: Annotated[float, Field(ge=0)] = 1.5
    """Standard deviation, in cells, of the Gaussian that smooths what is counted in them."""

    ridge: Annotated[float, Field(gt=0)] = 0.05
    """Added to the variances, in squared units of three z-scores."""


@dataclass(frozen=True, kw_only=True)
class DenoisingSettings(RowSettings):
    """A U-Net that removes coarse noise (Kascenas et al. 2022)."""

    widths: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2)] = (16, 32, 64)  # type: ignore[assignment]
    """Channels of its levels."""

    resolution: Annotated[int, Field(ge=1)] = 16
    """Noise values along an edge of the image, between which it is interpolated."""

    deviation: Annotated[float, Field(gt=0)] = 0.2
    """Standard deviation of the noise, as a share of the 99th percentile of a contrast."""


@dataclass(frozen=True, kw_only=True)
class VariationalSettings(RowSettings):
    """What the variational autoencoders of the anomaly paper share."""

    reconstruction_weight: Annotated[float, Field(gt=0)] = 10
    """Factor on the reconstruction loss, summed over an image's values in the brain, beside the
    divergence of the latent from its prior."""


@dataclass(frozen=True, kw_only=True)
class ContextSettings(VariationalSettings):
    """A variational autoencoder that also fills in masked squares (Zimmerer et al. 2018)."""

    squares: Annotated[int, Field(ge=0)] = 3
    """Most squares that are masked in an image."""

    context_weight: Annotated[float, Field(ge=0)] = 1
    """Factor on the reconstruction of the whole image from the masked one."""


@dataclass(frozen=True, kw_only=True)
class AdversarialSettings(VariationalSettings):
    """A variational autoencoder against a discriminator, which has an optimiser of its own."""

    adversarial_weight: Annotated[float, Field(ge=0)] = 10
    """Factor on the loss by which the autoencoder deceives the discriminator."""


@dataclass(frozen=True, kw_only=True)
class DetectorRow(Row):
    """A detector's model.

    Attributes:
        settings: class of its settings.
        is_network: whether it is a network, trained with several seeds; the others draw nothing.
        scores: kinds of scores that it has, ``*`` standing for each of its contrasts, FLAIR first.
        voxels: whether it can be kept from learning single voxels, and not whole slices alone.
        objective: of a network, what it learns, ``module:attribute``.
    """

    settings: type[RowSettings]
    is_network: bool
    scores: tuple[str, ...]
    voxels: bool = False
    objective: str = ""

    def kinds(self, contrasts: Sequence[str]) -> list[str]:
        """Return the kinds of scores of a detector that sees these contrasts."""
        ordered = sorted(contrasts, key=lambda contrast: contrast != FLAIR)
        return [
            kind
            for score in self.scores
            for kind in (
                [score.replace("*", contrast) for contrast in ordered] if "*" in score else [score]
            )
        ]


_RESIDUALS = ("residual_*", "absolute", "whitened")


def _network(
    name: str, title: str, source: str, settings: type[RowSettings], learns: str
) -> DetectorRow:
    return DetectorRow(
        name=name,
        title=title,
        source=source,
        implementation=f"cirl.anomaly.networks:build_{name}",
        settings=settings,
        is_network=True,
        scores=_RESIDUALS,
        objective=learns,
    )


_PAPER = "Weninger et al., the anomaly paper"
_BOUND = "cirl.anomaly.objectives:NoisyBound"

DETECTORS: dict[str, DetectorRow] = by_name(
    [
        DetectorRow(
            name="threshold",
            title="FLAIR threshold",
            source="Meissen et al. 2021",
            implementation="cirl.anomaly.threshold:Threshold",
            settings=ThresholdSettings,
            is_network=False,
            scores=("zscore", "equalised"),
        ),
        DetectorRow(
            name="location",
            title="healthy tissue by location",
            source="Saase et al. 2020",
            implementation="cirl.anomaly.location:Location",
            settings=LocationSettings,
            is_network=False,
            scores=("distance", "deviation_*"),
            voxels=True,
        ),
        _network(
            "dae",
            "denoising autoencoder",
            "Kascenas et al. 2022",
            DenoisingSettings,
            "cirl.anomaly.objectives:Denoising",
        ),
        _network("vae", "VAE", _PAPER, VariationalSettings, _BOUND),
        _network("dvae", "dilated VAE", _PAPER, VariationalSettings, _BOUND),
        _network("vae1px", "VAE with a latent of one pixel", _PAPER, VariationalSettings, _BOUND),
        _network(
            "vae_ce",
            "context-encoding VAE",
            "Zimmerer et al. 2018",
            ContextSettings,
            "cirl.anomaly.objectives:ContextBound",
        ),
        _network(
            "aae",
            "adversarial autoencoder",
            _PAPER,
            AdversarialSettings,
            "cirl.anomaly.adversarial:AdversarialBound",
        ),
        _network(
            "biaae",
            "bidirectional adversarial autoencoder",
            _PAPER,
            AdversarialSettings,
            "cirl.anomaly.adversarial:BidirectionalBound",
        ),
    ]
)
"""The models by their names in the configuration."""

RECONSTRUCTION_LOSSES = by_name(
    [
        Row(
            name="mse",
            title="squared error",
            source=_PAPER,
            implementation="cirl.anomaly.losses:squared_error",
        ),
        Row(
            name="l1",
            title="absolute error",
            source=_PAPER,
            implementation="cirl.anomaly.losses:absolute_error",
        ),
        Row(
            name="ssim",
            title="structural similarity",
            source="Wang et al. 2004",
            implementation="cirl.anomaly.losses:dissimilarity",
        ),
        Row(
            name="ssim_mse",
            title="structural similarity and squared error",
            source="the sum of the two, since similarity alone leaves intensities free",
            implementation="cirl.anomaly.losses:dissimilarity_and_error",
        ),
    ]
)
"""What a reconstruction is compared by, inside the brain; a map of losses of values."""

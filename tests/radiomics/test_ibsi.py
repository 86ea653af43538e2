"""Our features of the IBSI's digital phantom, against its published consensus values.

Source: Zwanenburg et al., The image biomarker standardisation initiative, reference manual
(arXiv:1612.07003), chapter 5 (the phantom) and the benchmark tables of chapter 3; also Radiology
2020;295:328. The aggregation is the one that PyRadiomics has: 3D, and where matrices have a
direction the features' mean over the 13 ("3D, average").
"""

import numpy as np
import pytest

from cirl.radiomics.measure import MeasureSettings, measure_arrays
from cirl.radiomics.names import FEATURES

OUTSIDE = 0
PHANTOM = np.array(
    [
        [[1, 4, 4, 1, 1], [1, 4, 6, 1, 1], [4, 1, 6, 4, 1], [4, 4, 6, 4, 1]],
        [[1, 4, 4, 1, 1], [1, 1, 6, 1, 1], [0, 1, 3, 1, 1], [4, 4, 6, 1, 1]],
        [[1, 4, 4, 0, 0], [1, 1, 1, 1, 1], [1, 1, 0, 1, 1], [1, 1, 6, 1, 1]],
        [[1, 4, 4, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 6, 1, 1]],
    ]
)
"""Grey levels over z, y, x; 0 is outside the region. Voxels have an edge of 2 mm."""

TOLERANCE = 0.005
"""Relative: the published values have three significant digits."""

AGREEING = {
    "shape": {
        "MeshVolume": 556, "VoxelVolume": 592, "SurfaceArea": 388, "SurfaceVolumeRatio": 0.698,
        "Sphericity": 0.843, "Maximum3DDiameter": 13.1, "Elongation": 0.816, "Flatness": 0.749,
    },
    "firstorder": {
        "Mean": 2.15, "Variance": 3.05, "Skewness": 1.08, "Median": 1, "Minimum": 1,
        "10Percentile": 1, "90Percentile": 4, "Maximum": 6, "InterquartileRange": 3, "Range": 5,
        "MeanAbsoluteDeviation": 1.55, "RobustMeanAbsoluteDeviation": 1.11, "Energy": 567,
        "RootMeanSquared": 2.77, "Entropy": 1.27, "Uniformity": 0.512,
    },
    "glcm": {
        "MaximumProbability": 0.503, "JointAverage": 2.14, "SumSquares": 3.1, "JointEntropy": 2.4,
        "DifferenceAverage": 1.43, "DifferenceVariance": 3.06, "DifferenceEntropy": 1.56,
        "SumAverage": 4.29, "SumEntropy": 1.92, "JointEnergy": 0.303, "Contrast": 5.32,
        "Id": 0.677, "Idn": 0.851, "Idm": 0.618, "Idmn": 0.898, "InverseVariance": 0.0604,
        "Correlation": 0.157, "Autocorrelation": 5.06, "ClusterTendency": 7.07,
        "ClusterShade": 16.6, "ClusterProminence": 145, "Imc1": -0.157, "Imc2": 0.52,
    },
    "glrlm": {
        "ShortRunEmphasis": 0.705, "LongRunEmphasis": 3.06, "LowGrayLevelRunEmphasis": 0.603,
        "HighGrayLevelRunEmphasis": 9.7, "ShortRunLowGrayLevelEmphasis": 0.352,
        "ShortRunHighGrayLevelEmphasis": 8.54, "LongRunLowGrayLevelEmphasis": 2.39,
        "LongRunHighGrayLevelEmphasis": 17.6, "GrayLevelNonUniformity": 21.8,
        "GrayLevelNonUniformityNormalized": 0.43, "RunLengthNonUniformity": 26.9,
        "RunLengthNonUniformityNormalized": 0.513, "RunPercentage": 0.68,
        "GrayLevelVariance": 3.46, "RunVariance": 0.574, "RunEntropy": 2.43,
    },
    "glszm": {
        "SmallAreaEmphasis": 0.255, "LargeAreaEmphasis": 550, "LowGrayLevelZoneEmphasis": 0.253,
        "HighGrayLevelZoneEmphasis": 15.6, "SmallAreaLowGrayLevelEmphasis": 0.0256,
        "SmallAreaHighGrayLevelEmphasis": 2.76, "LargeAreaLowGrayLevelEmphasis": 503,
        "LargeAreaHighGrayLevelEmphasis": 1490, "GrayLevelNonUniformity": 1.4,
        "GrayLevelNonUniformityNormalized": 0.28, "SizeZoneNonUniformity": 1,
        "SizeZoneNonUniformityNormalized": 0.2, "ZonePercentage": 0.0676,
        "GrayLevelVariance": 2.64, "ZoneVariance": 331, "ZoneEntropy": 2.32,
    },
    "ngtdm": {
        "Coarseness": 0.0296, "Contrast": 0.584, "Busyness": 6.54, "Complexity": 13.5,
        "Strength": 0.763,
    },
    # The IBSI's neighbouring grey level dependence matrix.
    "gldm": {
        "SmallDependenceEmphasis": 0.045, "LargeDependenceEmphasis": 109,
        "LowGrayLevelEmphasis": 0.693, "HighGrayLevelEmphasis": 7.66,
        "SmallDependenceLowGrayLevelEmphasis": 0.00963,
        "SmallDependenceHighGrayLevelEmphasis": 0.736,
        "LargeDependenceLowGrayLevelEmphasis": 102, "LargeDependenceHighGrayLevelEmphasis": 235,
        "GrayLevelNonUniformity": 37.9, "DependenceNonUniformity": 4.86,
        "DependenceNonUniformityNormalized": 0.0657, "GrayLevelVariance": 3.05,
        "DependenceVariance": 22.1, "DependenceEntropy": 4.4,
    },
}  # fmt: skip
"""Published values of the features that agree, by PyRadiomics' names."""

NOT_DEFINED = {
    "original_shape_Maximum2DDiameterSlice",
    "original_shape_Maximum2DDiameterColumn",
    "original_shape_Maximum2DDiameterRow",
    "original_firstorder_TotalEnergy",
    "original_glcm_MCC",
}
"""Features of PyRadiomics that the IBSI does not define."""

DEVIATING = {
    "original_firstorder_Kurtosis",
    "original_shape_MajorAxisLength",
    "original_shape_MinorAxisLength",
    "original_shape_LeastAxisLength",
}
"""Features that PyRadiomics defines otherwise, each tested below."""


@pytest.fixture(scope="module")
def measured() -> dict[str, float]:
    """The phantom with grey levels as they are: bins of width 1."""
    settings = MeasureSettings(regions=("WT",), discretisation="width", bin_width=1.0)
    image = PHANTOM.transpose(2, 1, 0).astype(np.float32)
    label = (image != OUTSIDE).astype(np.uint8)
    assert image.shape == (5, 4, 4) and label.sum() == 74
    row = measure_arrays(image[None], label, (2.0, 2.0, 2.0), ("t1n",), settings)[0]
    assert (row["status"], row["reason"]) == ("ok", "")
    return row


PUBLISHED = {
    f"original_{feature_class}_{name}": value
    for feature_class, values in AGREEING.items()
    for name, value in values.items()
}


@pytest.mark.parametrize("feature", PUBLISHED)
def test_agrees_with_the_published_value(measured, feature) -> None:
    assert measured[feature] == pytest.approx(PUBLISHED[feature], rel=TOLERANCE)


def test_kurtosis_is_not_the_excess_that_is_published(measured) -> None:
    assert measured["original_firstorder_Kurtosis"] - 3 == pytest.approx(-0.355, rel=TOLERANCE)


@pytest.mark.parametrize(("axis", "published"), [("Major", 11.4), ("Minor", 9.31), ("Least", 8.54)])
def test_lengths_of_axes_are_of_a_variance_over_n_not_n_less_1(measured, axis, published) -> None:
    length = measured[f"original_shape_{axis}AxisLength"]
    assert length != pytest.approx(published, rel=TOLERANCE)
    assert length * np.sqrt(74 / 73) == pytest.approx(published, rel=TOLERANCE)


def test_total_energy_is_energy_times_the_voxels_volume(measured) -> None:
    assert measured["original_firstorder_TotalEnergy"] == pytest.approx(567 * 8)


def test_every_feature_is_accounted_for() -> None:
    assert set(PUBLISHED) | NOT_DEFINED | DEVIATING == set(FEATURES)
    assert len(PUBLISHED) == 98


def test_as_many_bins_as_levels_change_nothing(measured) -> None:
    """Six bins between 1 and 6 leave the grey levels as they are, as the manual says."""
    settings = MeasureSettings(regions=("WT",), bin_count=6)
    image = PHANTOM.transpose(2, 1, 0).astype(np.float32)
    label = (image != OUTSIDE).astype(np.uint8)
    row = measure_arrays(image[None], label, (2.0, 2.0, 2.0), ("t1n",), settings)[0]
    assert {name: row[name] for name in FEATURES} == {name: measured[name] for name in FEATURES}

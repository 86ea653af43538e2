"""What the name of a column says."""

import pytest

from cirl.radiomics.columns import (
    CLASSES,
    Column,
    bounded_reason,
    depends_on_levels,
    log_image,
    of_bounded_levels,
    parse_column,
)
from cirl.radiomics.filters import FilterSettings
from cirl.radiomics.names import FEATURE_NAMES, FEATURES, UNFILTERED_COLUMNS, features


@pytest.mark.parametrize(
    ("name", "column", "kind"),
    [
        (
            "WT_original_shape_Flatness",
            Column(None, "WT", "original", "shape", "Flatness"),
            "original",
        ),
        (
            "t1c_ET_original_firstorder_10Percentile",
            Column("t1c", "ET", "original", "firstorder", "10Percentile"),
            "original",
        ),
        (
            "my_t1_TC_wavelet-LHH_glcm_Imc1",
            Column("my_t1", "TC", "wavelet-LHH", "glcm", "Imc1"),
            "wavelet",
        ),
        (
            "t2f_brain_original_glcm_Idm",
            Column("t2f", "brain", "original", "glcm", "Idm"),
            "original",
        ),
        (
            "t2f_NCR_log-sigma-2-5-mm-3D_ngtdm_Busyness",
            Column("t2f", "NCR", "log-sigma-2-5-mm-3D", "ngtdm", "Busyness"),
            "log",
        ),
    ],
)
def test_a_column_is_read(name, column, kind) -> None:
    assert parse_column(name) == column
    assert parse_column(name).filter == kind


@pytest.mark.parametrize("name", ["age", "original_shape_Flatness", "t1c_XX_original_glcm_Idm"])
def test_another_column_is_refused(name) -> None:
    with pytest.raises(ValueError, match=f"'{name}' is no column of measured features"):
        parse_column(name)


def test_every_feature_of_every_image_makes_a_column_that_is_read() -> None:
    images = FilterSettings(wavelet=True, log_sigma=[1, 3.5]).images
    names = features(images)
    assert len(names) == len(set(names)) == 14 + 11 * 93
    for name in names:
        column = parse_column(f"t1c_WT_{name}")
        assert f"{column.image}_{column.feature_class}_{column.feature}" == name
        assert column.image in images
        assert column.feature in FEATURE_NAMES[column.feature_class]
    assert tuple(FEATURE_NAMES) == CLASSES
    assert UNFILTERED_COLUMNS[-107:] == FEATURES == features()


def test_features_of_grey_levels() -> None:
    free = [name for name in FEATURES if not depends_on_levels(name)]
    assert len(free) == 14 + 16
    assert depends_on_levels("wavelet-LLH_firstorder_Entropy")
    assert depends_on_levels("log-sigma-2-0-mm-3D_gldm_DependenceEntropy")
    assert not depends_on_levels("original_firstorder_Energy")


def test_what_a_reason_says_of_bounded_grey_levels_is_read() -> None:
    reason = "glszm: ValueError: x; " + "; ".join(
        bounded_reason(image, 500, 128) for image in ("original", "log-sigma-2-0-mm-3D")
    )
    assert "500 grey levels in original, bounded to 128" in reason
    assert of_bounded_levels("original_glcm_Contrast", reason)
    assert of_bounded_levels("log-sigma-2-0-mm-3D_firstorder_Entropy", reason)
    assert not of_bounded_levels("wavelet-LLH_glcm_Contrast", reason)
    assert not of_bounded_levels("original_firstorder_Mean", reason)
    assert not of_bounded_levels("original_glcm_Contrast", "7 voxels, fewer than 8")


def test_a_sigma_is_written_as_pyradiomics_writes_it() -> None:
    assert [log_image(sigma) for sigma in (2, 2.0, 0.75)] == [
        "log-sigma-2-0-mm-3D", "log-sigma-2-0-mm-3D", "log-sigma-0-75-mm-3D",
    ]  # fmt: skip

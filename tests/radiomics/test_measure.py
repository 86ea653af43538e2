"""Measuring a subject: PyRadiomics' numbers, and a status for whatever cannot be measured."""

import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
import stock_radiomics as stock

from cirl.imaging.geometry import to_original_grid
from cirl.imaging.preprocessing import PreprocessingSettings, preprocess
from cirl.imaging.regions import region_mask
from cirl.imaging.store import write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.radiomics import measure as measure_module
from cirl.radiomics.columns import depends_on_levels, parse_column
from cirl.radiomics.measure import MeasureSettings, measure_arrays, measure_subject
from cirl.radiomics.names import (
    FEATURE_NAMES,
    FEATURES,
    MEASUREMENT_KEYS,
    UNFILTERED_COLUMNS,
    features,
)
from cirl.radiomics.region import as_lps
from cirl.study.tables.radiomics import MEASUREMENTS

SPACING = (1.5, 2.0, 3.0)
CONTRASTS = ("t1n", "t1c")
VOLUME = "original_shape_VoxelVolume"
ENTROPY = "original_firstorder_Entropy"
GLCM = "original_glcm_Contrast"
MESH = {
    f"original_shape_{name}"
    for name in ("MeshVolume", "SurfaceArea", "SurfaceVolumeRatio", "Sphericity")
}


@pytest.fixture(scope="module")
def tumour() -> tuple[np.ndarray, np.ndarray]:
    """Two smooth random contrasts and a tumour of three nested, lopsided parts."""
    generator = np.random.default_rng(5)
    shape = (24, 28, 20)
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"))
    centre = np.array([12, 15, 9])[:, None, None, None]
    distance = np.sqrt(
        (((grid - centre) / np.array([1, 1.4, 0.8])[:, None, None, None]) ** 2).sum(0)
    )
    distance += 0.6 * np.sin(grid[0]) + generator.normal(0, 0.3, shape)
    label = np.select([distance < 3, distance < 5, distance < 7.5], [1, 3, 2], 0).astype(np.uint8)
    image = generator.normal(0, 0.5, (2, *shape)) + 0.8 * label + 0.05 * grid[1]
    return image.astype(np.float32), label


FILTERS = {"wavelet": True, "log_sigma": [2, 3.5]}


@pytest.mark.parametrize(
    ("settings", "stocks", "count"),
    [
        (MeasureSettings(), {"binCount": 32}, 107),
        (MeasureSettings(discretisation="width", bin_width=0.2), {"binWidth": 0.2}, 107),
        (
            MeasureSettings(regions=("WT", "ET"), filters=FILTERS),
            {"binCount": 32, **FILTERS},
            107 + 10 * 93,
        ),
    ],
    ids=["count", "width", "filters"],
)
def test_equals_the_stock_extractor(tumour, settings, stocks, count) -> None:
    image, label = tumour
    rows = measure_arrays(image, label, SPACING, CONTRASTS, settings)
    assert [(row["contrast"], row["region"]) for row in rows] == [
        (contrast, region) for contrast in CONTRASTS for region in settings.regions
    ]
    for row in rows:
        mask = region_mask(label, row["region"])
        channel = image[CONTRASTS.index(row["contrast"])]
        expected = stock.execute(channel, mask, SPACING, **stocks)
        assert (row["status"], row["reason"], row["voxels"]) == ("ok", "", mask.sum())
        assert (
            set(expected)
            == set(row) - set(MEASUREMENT_KEYS)
            == set(settings.columns) - set(MEASUREMENT_KEYS)
        )
        assert len(expected) == count
        for name, value in expected.items():
            assert row[name] == pytest.approx(value, rel=1e-9), name


def test_all_seven_classes_and_107_features() -> None:
    assert len(FEATURES) == 107
    counts = pd.Series([name.split("_")[1] for name in FEATURES]).value_counts().to_dict()
    assert counts == {
        "shape": 14, "firstorder": 18, "glcm": 24, "gldm": 14, "glrlm": 16, "glszm": 16, "ngtdm": 5
    }  # fmt: skip


def one_region(
    mask: np.ndarray, image: np.ndarray | None = None, spacing=SPACING, **settings
) -> dict:
    """Measure one contrast in one region, as WT."""
    if image is None:
        image = np.random.default_rng(1).normal(size=mask.shape)
    chosen = MeasureSettings(regions=("WT",), **settings)
    label = mask.astype(np.uint8) * 2
    return measure_arrays(image[None], label, spacing, ("t1n",), chosen)[0]


def box(*edges: int, start: int = 2) -> np.ndarray:
    """A box of ones in a volume of 10 x 10 x 10 voxels."""
    mask = np.zeros((10, 10, 10), bool)
    mask[tuple(slice(start, start + edge) for edge in edges)] = True
    return mask


def measured_classes(row: dict) -> set[str]:
    return {
        parse_column(f"t1n_WT_{name}").feature_class for name in row if name not in MEASUREMENT_KEYS
    }


class TestRegions:
    """Regions of any kind: what the row says, and what it still holds."""

    def test_an_absent_one_has_volume_0_and_nothing_else(self) -> None:
        row = one_region(box(0, 0, 0))
        assert (row["status"], row["reason"], row["voxels"]) == (
            "absent", "no voxel has this label", 0
        )  # fmt: skip
        assert {name: row[name] for name in row if name not in MEASUREMENT_KEYS} == {VOLUME: 0.0}

    def test_what_lies_outside_the_brain_belongs_to_no_region(self, tumour) -> None:
        """It has no intensities: zeros would be taken for some."""
        image, label = (array.copy() for array in tumour)
        image[:, :12] = 0
        regions = MeasureSettings(regions=("WT", "ET"))
        within = np.where(np.arange(24)[:, None, None] < 12, 0, label).astype(np.uint8)
        rows = measure_arrays(image, label, SPACING, CONTRASTS, regions)
        assert rows == measure_arrays(image, within, SPACING, CONTRASTS, regions)
        assert rows[0]["voxels"] == np.count_nonzero(within) < np.count_nonzero(label)

    def test_one_voxel_has_its_volume_and_first_order(self) -> None:
        image = np.random.default_rng(2).normal(3, 1, (10, 10, 10)).astype(np.float32)
        row = one_region(box(1, 1, 1), image)
        assert (row["status"], row["reason"]) == ("too_small", "1 voxels, fewer than 8")
        value = float(image[2, 2, 2])
        expected = dict.fromkeys(("Mean", "Median", "Minimum", "Maximum", "RootMeanSquared"), value)
        expected |= dict.fromkeys(("10Percentile", "90Percentile"), value)
        spread = ("Variance", "Skewness", "Kurtosis", "Range", "InterquartileRange", "Entropy")
        expected |= dict.fromkeys(spread, 0.0)
        expected |= dict.fromkeys(("MeanAbsoluteDeviation", "RobustMeanAbsoluteDeviation"), 0.0)
        expected |= {"Energy": value**2, "TotalEnergy": 9 * value**2, "Uniformity": 1.0}
        found = {name.split("_")[2]: row[name] for name in row if name.startswith("original_first")}
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert row[VOLUME] == 9.0 and measured_classes(row) == {"shape", "firstorder"}

    @pytest.mark.parametrize("edges", [(2, 1, 1), (1, 7, 1), (1, 1, 8)])
    def test_few_voxels_or_a_line(self, edges) -> None:
        mask, voxels = box(*edges), int(np.prod(edges))
        image = np.random.default_rng(2).normal(3, 1, mask.shape).astype(np.float32)
        row = one_region(mask, image)
        reason = "8 voxels in a line" if voxels == 8 else f"{voxels} voxels, fewer than 8"
        assert (row["status"], row["voxels"]) == ("too_small", voxels)
        assert row["reason"].split("; ")[0] == reason
        expected = stock.measure("firstorder", image, mask, SPACING, binCount=32)
        for name, value in expected.items():
            found = row.get(f"original_firstorder_{name}", np.nan)
            assert found == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True), name
        assert row[VOLUME] == pytest.approx(voxels * 9.0)
        assert measured_classes(row) == {"shape", "firstorder"}

    def test_two_isolated_voxels_bring_no_complex_number(self) -> None:
        """PyRadiomics' lengths of axes may be complex here, and its textures are no number."""
        mask, spacing = np.zeros((12, 12, 12), bool), (0.9, 3.0, 3.0)
        mask[2, 5, 3] = mask[10, 4, 9] = True
        row = one_region(mask, spacing=spacing)
        assert (row["status"], row["voxels"]) == ("too_small", 2)
        assert row["reason"] == (
            "2 voxels, fewer than 8; firstorder RobustMeanAbsoluteDeviation not finite or complex"
        )
        assert measured_classes(row) == {"shape", "firstorder"} and row[VOLUME] == 2 * 8.1
        row = one_region(mask, spacing=spacing, minimum_voxels=1)
        assert (row["status"], row["voxels"]) == ("nonfinite", 2)
        for lost in ("glcm Autocorrelation,", "glrlm GrayLevelNonUniformity,"):
            assert lost in row["reason"]
        values = {name: row[name] for name in row if name not in MEASUREMENT_KEYS}
        assert all(type(value) is float and np.isfinite(value) for value in values.values())
        # They lie on a line, and have no extent across it.
        for name in ("Elongation", "Flatness"):
            assert values[f"original_shape_{name}"] == pytest.approx(0, abs=1e-6)
        apart = np.array([8 * 0.9, 1 * 3.0, 6 * 3.0])
        assert values["original_shape_MajorAxisLength"] == pytest.approx(2 * np.hypot.reduce(apart))
        # From the far side of one voxel to that of the other, half a voxel beyond each centre.
        longest = max(np.hypot.reduce(apart + np.eye(3)[axis] * spacing[axis]) for axis in range(3))
        assert values["original_shape_Maximum3DDiameter"] == pytest.approx(longest)
        assert values["original_glszm_ZonePercentage"] == 1.0

    def test_equal_axes_bring_no_complex_number(self, monkeypatch) -> None:
        """Of a box as wide as it is deep PyRadiomics' may be complex, with rounding in a part."""
        mask, spacing = box(6, 6, 4), (1.0, 1.0, 1.0)
        expected = stock.measure("shape", mask.astype(float), mask, spacing)
        moments = np.array([35 / 12 + 1e-16j, 35 / 12 - 1e-16j, 15 / 12])
        monkeypatch.setattr(measure_module, "TEXTURE", {})
        monkeypatch.setattr(np.linalg, "eigvals", lambda matrix: moments)
        row = one_region(mask, spacing=spacing)
        assert (row["status"], row["reason"]) == ("ok", "")
        for name, value in expected.items():
            assert row[f"original_shape_{name}"] == pytest.approx(np.real(value), rel=1e-9)
        assert row["original_shape_Flatness"] == pytest.approx(np.sqrt(15 / 35))

    def test_an_axis_of_negative_variance_is_left_out(self, monkeypatch) -> None:
        monkeypatch.setattr(measure_module, "TEXTURE", {})
        monkeypatch.setattr(np.linalg, "eigvals", lambda matrix: np.array([4.0, 1.0, -1.0]))
        row = one_region(box(6, 6, 4))
        assert row["status"] == "nonfinite"
        assert row["reason"] == "shape Flatness, LeastAxisLength not finite or complex"
        assert row["original_shape_Elongation"] == 0.5

    @pytest.mark.parametrize("edges", [(1, 5, 6), (5, 1, 6), (5, 6, 1)])
    def test_a_plane(self, edges) -> None:
        mask = box(*edges)
        row = self.assert_as_stock(mask)
        assert row["original_shape_Flatness"] == pytest.approx(0, abs=1e-6)

    def test_one_that_touches_every_border(self) -> None:
        mask = np.random.default_rng(7).random((8, 9, 10)) < 0.6
        mask[0, 0, 0] = mask[-1, -1, -1] = True
        self.assert_as_stock(mask)
        self.assert_as_stock(box(4, 5, 6, start=0))

    def test_one_in_two_parts(self) -> None:
        mask = box(3, 4, 3, start=0)
        mask[7:, 6:, 8:] = True
        row = self.assert_as_stock(mask)
        assert row["voxels"] == 36 + 24 and row["original_shape_Maximum3DDiameter"] > 30

    def test_a_flat_one_is_finite(self) -> None:
        row = one_region(box(4, 4, 4), np.full((10, 10, 10), 2.5))
        assert row["status"] == "ok"
        assert row[ENTROPY] == pytest.approx(0, abs=1e-12)
        assert row["original_firstorder_Variance"] == 0

    @staticmethod
    def assert_as_stock(mask: np.ndarray) -> dict:
        """Assert that a region is measured whole and as the stock extractor does."""
        image = np.random.default_rng(3).normal(size=mask.shape)
        row = one_region(mask, image)
        assert (row["status"], row["reason"]) == ("ok", "")
        expected = stock.execute(image, mask, SPACING, binCount=32)
        assert {name: row[name] for name in FEATURES} == pytest.approx(
            expected, rel=1e-9, abs=1e-12
        )
        return row


class TestWhatCannotBeMeasured:
    """It costs itself alone, and is named."""

    def test_voxels_that_are_not_finite_cost_the_intensities_only(self) -> None:
        mask, image = box(4, 4, 4), np.random.default_rng(4).normal(size=(10, 10, 10))
        image[3, 3, 3], image[2, 2, 2], image[9, 9, 9] = np.nan, np.inf, np.nan
        row = one_region(mask, image)
        assert (row["status"], row["reason"]) == (
            "nonfinite", "2 of 64 voxels are not finite in t1n"
        )  # fmt: skip
        assert row[VOLUME] == pytest.approx(64 * 9.0) and measured_classes(row) == {"shape"}

    def test_values_outside_the_region_change_nothing(self) -> None:
        mask, image = box(4, 4, 4), np.random.default_rng(4).normal(size=(10, 10, 10))
        other = np.where(mask, image, np.nan)
        assert one_region(mask, image) == one_region(mask, other)

    def test_a_voxel_that_is_not_finite_near_the_region_costs_the_filters(self) -> None:
        image = np.random.default_rng(4).normal(size=(10, 10, 10))
        image[7, 3, 3] = np.nan
        row = one_region(box(4, 4, 4), image, filters=FILTERS)
        assert row["status"] == "nonfinite"
        assert "of 64 voxels are not finite in t1n wavelet-LLH" in row["reason"]
        assert "64 of 64 voxels are not finite in t1n log-sigma-2-0-mm-3D" in row["reason"]
        assert GLCM in row and not [n for n in row if n.startswith(("log", "wavelet-HHH_glcm"))]

    def test_too_many_grey_levels_are_bounded(self) -> None:
        image = np.random.default_rng(6).uniform(0, 90_000, (10, 10, 10))
        mask = box(6, 6, 6)
        row = one_region(mask, image, discretisation="width", bin_width=25.0)
        assert row["status"] == "bins_capped"
        assert row["reason"].endswith(" grey levels in original, bounded to 128")
        assert int(row["reason"].split()[0]) > 3_500
        expected = stock.execute(image, mask, SPACING, binCount=128)
        assert {name: row[name] for name in FEATURES} == pytest.approx(expected, rel=1e-9)

    def test_bounded_levels_stand_in_rows_that_say_so_only(self, monkeypatch) -> None:
        """Where another status has precedence, what is of grey levels is left out."""
        image = np.random.default_rng(6).uniform(0, 90_000, (10, 10, 10))
        width = {"discretisation": "width", "bin_width": 25.0}
        small = one_region(box(1, 1, 3), image, **width)
        assert small["status"] == "too_small" and "bounded to 128" in small["reason"]
        monkeypatch.setitem(measure_module.TEXTURE, "glszm", broken)
        failed = one_region(box(6, 6, 6), image, **width)
        assert failed["status"] == "failed" and "bounded to 128" in failed["reason"]
        for row in (small, failed):
            assert not [n for n in row if n not in MEASUREMENT_KEYS and depends_on_levels(n)]
            assert "original_firstorder_Mean" in row and VOLUME in row

    def test_levels_are_bounded_image_by_image(self, monkeypatch) -> None:
        """The low-pass wavelet nearly triples a slope's range, which costs the others nothing."""
        image = 0.3 * np.arange(10)[:, None, None] + 0.05 * np.random.default_rng(6).normal(
            size=(10, 10, 10)
        )
        settings = {"discretisation": "width", "bin_width": 0.2, "maximum_levels": 15}
        settings |= {"filters": {"wavelet": True}}
        row = one_region(box(6, 6, 6), image, **settings)
        assert row["status"] == "bins_capped"
        assert re.fullmatch(r"\d+ grey levels in wavelet-LLL, bounded to 15", row["reason"])
        assert "wavelet-LLL_glcm_Contrast" in row
        monkeypatch.setitem(measure_module.TEXTURE, "ngtdm", broken)
        row = one_region(box(6, 6, 6), image, **settings)
        assert row["status"] == "failed"
        assert "wavelet-LLL_glcm_Contrast" not in row and "wavelet-LLL_firstorder_Mean" in row
        assert "wavelet-HHH_glcm_Contrast" in row and GLCM in row

    def test_more_levels_than_numbers_between(self) -> None:
        """Two neighbouring numbers of single precision have no 30 others between them."""
        image = np.full((10, 10, 10), 1e8, np.float32)
        image[::2] += 8
        row = one_region(box(4, 4, 4), image)
        assert row["status"] == "failed"
        assert row["reason"].startswith("grey levels of t1n: ValueError: Too many bins")
        assert row["original_firstorder_Range"] == 8 and "original_shape_Sphericity" in row
        assert ENTROPY not in row and GLCM not in row

    def test_a_class_that_fails(self, monkeypatch) -> None:
        monkeypatch.setitem(measure_module.TEXTURE, "glszm", broken)
        row = one_region(box(4, 4, 4))
        assert (row["status"], row["reason"]) == ("failed", "glszm: ZeroDivisionError: no zone")
        assert GLCM in row and "original_glszm_ZoneEntropy" not in row

    def test_a_number_that_is_complex(self, monkeypatch) -> None:
        features = {"Busyness": 2 + 1e-9j, "Strength": np.array(np.inf), "Contrast": np.array(3.0)}
        monkeypatch.setattr(measure_module, "_texture", lambda *arguments: features)
        row = one_region(box(4, 4, 4))
        assert row["status"] == "nonfinite"
        assert row["reason"].endswith("ngtdm Busyness, Strength not finite or complex")
        assert [row[name] for name in row if name.startswith("original_ngtdm")] == [3.0]

    def test_a_filter_that_fails(self) -> None:
        row = one_region(box(4, 4, 4), filters={"log_sigma": [1.5, 60.0]})
        assert row["status"] == "failed"
        assert row["reason"].startswith(
            "log-sigma-60-0-mm-3D: ValueError: an image of 10 x 10 x 10 voxels is too small"
        )
        assert "log-sigma-1-5-mm-3D_glcm_Contrast" in row and GLCM in row
        assert not [name for name in row if name.startswith("log-sigma-60")]

    def test_a_want_of_memory_is_no_row_here(self, monkeypatch) -> None:
        """Another attempt, with more, may succeed."""

        def hungry(*arguments):
            raise MemoryError

        monkeypatch.setitem(measure_module.TEXTURE, "glcm", hungry)
        with pytest.raises(MemoryError):
            one_region(box(4, 4, 4))


def broken(*arguments):
    raise ZeroDivisionError("no zone")


def metadata(status: str = "ok", reason: str = "") -> dict:
    return {"status": status, "reason": reason, "contrasts": list(CONTRASTS), "spacing": SPACING}


class TestBrain:
    """The whole brain is measured as any region, and without the expert's mask."""

    SETTINGS = MeasureSettings(regions=("WT", "brain"))

    @pytest.fixture
    def head(self) -> tuple[np.ndarray, np.ndarray]:
        """A brain of 8 x 8 x 8 voxels in a volume of 10 x 10 x 10, and a tumour in it."""
        brain = box(8, 8, 8, start=1)
        image = np.where(brain, np.random.default_rng(6).normal(size=(2, 10, 10, 10)), 0)
        return image, box(3, 4, 3).astype(np.uint8) * 2

    def test_is_a_region_like_any_other(self, head) -> None:
        image, label = head
        rows = measure_arrays(image, label, SPACING, CONTRASTS, self.SETTINGS)
        whole = box(8, 8, 8, start=1).astype(np.uint8) * 2
        of_brain = measure_arrays(image, whole, SPACING, CONTRASTS, MeasureSettings(("WT",)))
        of_tumour = measure_arrays(image, label, SPACING, CONTRASTS, MeasureSettings(("WT",)))
        assert [row["region"] for row in rows] == ["WT", "brain"] * 2
        assert rows[::2] == of_tumour
        assert [row | {"region": "WT"} for row in rows[1::2]] == of_brain
        assert rows[1]["voxels"] == 512

    def test_no_mask_reaches_it(self, head, tmp_path: Path) -> None:
        image, label = head
        tables = []
        for name, mask in (("a_1", label), ("a_2", box(5, 2, 6).astype(np.uint8)), ("a_3", None)):
            write_subject(
                tmp_path, name, image, np.zeros_like(label) if mask is None else mask, metadata()
            )
            table = measure_subject(tmp_path, name, CONTRASTS, self.SETTINGS)
            tables.append(table[table["region"] == "brain"].drop(columns="subject"))
        pd.testing.assert_frame_equal(tables[0], tables[1])
        pd.testing.assert_frame_equal(tables[0], tables[2])
        assert (tables[2]["status"] == "ok").all()


class TestStoredSubjects:
    def test_a_subject_is_a_row_a_contrast_and_region(self, tmp_path: Path, tumour) -> None:
        image, label = tumour
        write_subject(tmp_path, "box_s1", image, label, metadata())
        table = measure_subject(tmp_path, "box_s1", CONTRASTS, MeasureSettings())
        turned = as_lps(image), as_lps(label)
        direct = pd.DataFrame(measure_arrays(*turned, SPACING, CONTRASTS, MeasureSettings()))
        assert tuple(table.columns) == UNFILTERED_COLUMNS and set(table["subject"]) == {"box_s1"}
        names = list(FEATURES)
        assert (table[names].to_numpy(float) == direct[names].to_numpy()).all()
        table.to_csv(tmp_path / "box_s1.csv", index=False)
        back = MEASUREMENTS.read(tmp_path / "box_s1.csv")
        assert back["voxels"].tolist() == direct["voxels"].tolist()
        assert (back[names].to_numpy() == direct[names].to_numpy()).all()  # to the last bit

    def test_filters_see_what_lies_around_the_tumour(self, tmp_path: Path, tumour) -> None:
        image, label = tumour
        write_subject(tmp_path, "box_s1", image, label, metadata())
        settings = MeasureSettings(regions=("WT",), filters=FILTERS)
        table = measure_subject(tmp_path, "box_s1", CONTRASTS, settings)
        turned = as_lps(image), as_lps(label)
        direct = pd.DataFrame(measure_arrays(*turned, SPACING, CONTRASTS, settings))
        names = list(features(settings.filters.images))
        assert tuple(table.columns) == (*MEASUREMENT_KEYS, *names)
        assert (table[names].to_numpy(float) == direct[names].to_numpy()).all()

    def test_the_numbers_are_stock_on_the_file_as_brats_stores_it(
        self, tmp_path: Path, tumour
    ) -> None:
        """Meshes and wavelets know which way an array runs; BraTS's run to left and posterior."""
        image, label = tumour
        write_subject(tmp_path, "box_s1", as_lps(image), as_lps(label), metadata())
        settings = MeasureSettings(regions=("WT",), filters={"wavelet": True})
        row = measure_subject(tmp_path, "box_s1", CONTRASTS, settings).iloc[0]
        expected = stock.execute(image[0], label > 0, SPACING, wavelet=True, binCount=32)
        names = list(features(settings.filters.images))
        assert row[names].to_dict() == pytest.approx({n: expected[n] for n in names}, rel=1e-9)
        mirrored = measure_arrays(as_lps(image), as_lps(label), SPACING, CONTRASTS, settings)[0]
        apart = {n for n in names if mirrored[n] != pytest.approx(expected[n], rel=1e-9)}
        assert {n for n in apart if n.startswith("original")} == MESH
        assert len(apart) > 700

    def test_without_a_tumour(self, tmp_path: Path, tumour) -> None:
        image, label = tumour
        write_subject(tmp_path, "box_s1", image, np.zeros_like(label), metadata())
        for filters in ({}, FILTERS):
            settings = MeasureSettings(filters=filters)
            table = measure_subject(tmp_path, "box_s1", CONTRASTS, settings)
            assert set(table["status"]) == {"absent"} and set(table["voxels"]) == {0}

    def test_an_excluded_subject_has_all_its_rows_and_the_reason(self, tmp_path: Path) -> None:
        empty = np.zeros((2, 1, 1, 1))
        write_subject(tmp_path, "box_s1", empty, empty[0], metadata("excluded", "label 7"))
        table = measure_subject(tmp_path, "box_s1", CONTRASTS, MeasureSettings())
        assert len(table) == 8 and set(table["status"]) == {"excluded"}
        assert set(table["reason"]) == {"label 7"}
        assert table[[name for name in table if name not in MEASUREMENT_KEYS]].isna().all(axis=None)

    def test_a_damaged_store_is_named(self, tmp_path: Path, tumour) -> None:
        image, label = tumour
        write_subject(tmp_path, "box_s1", image, label, metadata())
        (tmp_path / "box_s1.image.b2nd").write_bytes(b"nothing of the kind")
        with pytest.raises(OSError, match="the store of box_s1 cannot be read"):
            measure_subject(tmp_path, "box_s1", CONTRASTS, MeasureSettings())


def test_pyradiomics_keeps_quiet(tumour, caplog, capfd) -> None:
    image, label = tumour
    settings = MeasureSettings(regions=("WT",), filters=FILTERS)
    with caplog.at_level(logging.DEBUG):
        measure_arrays(image, label, SPACING, CONTRASTS, settings)
    assert not [record for record in caplog.records if record.name.startswith("radiomics")]
    assert capfd.readouterr().err == ""


@pytest.mark.real_data
def test_pyradiomics_own_baseline(real_data: Path) -> None:
    """Its brain1 case, the values that its authors keep beside it, and what it measures now."""
    folder = real_data / "pyradiomics_reference"
    image = sitk.ReadImage(str(folder / "brain1/brain1_image.nrrd"))
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "brain1/brain1_label.nrrd"))).T == 1
    voxels, spacing = sitk.GetArrayFromImage(image).T.astype(float), image.GetSpacing()
    settings = MeasureSettings(regions=("WT",), discretisation="width", bin_width=25.0)
    label = mask.astype(np.uint8) * 2
    row = measure_arrays(voxels[None], label, spacing, ("t1c",), settings)[0]
    assert (row["status"], row["voxels"]) == ("ok", 4137)
    assert {name: row[name] for name in FEATURES} == pytest.approx(
        stock.execute(voxels, mask, spacing, binWidth=25), rel=1e-9
    )
    # The baseline's energies are of intensities shifted by 2000.
    shifted = dict(row)
    energy = row["original_firstorder_Energy"] + 4137 * 2000 * (
        2 * row["original_firstorder_Mean"] + 2000
    )
    shifted["original_firstorder_Energy"] = energy
    shifted["original_firstorder_TotalEnergy"] = energy * np.prod(spacing)
    shifted["original_firstorder_RootMeanSquared"] = np.sqrt(energy / 4137)
    compared = dict.fromkeys(FEATURE_NAMES, 0)
    for name in FEATURE_NAMES:
        baseline = pd.read_csv(folder / f"baseline/baseline_{name}.csv", index_col=0)["brain1"]
        # The baseline's surface is of an earlier version of PyRadiomics.
        tolerance = 1e-3 if name == "shape" else 1e-9
        for feature in set(baseline.index) & set(FEATURES):
            value = float(baseline[feature])
            assert shifted[feature] == pytest.approx(value, rel=tolerance), feature
            compared[name] += 1
    assert compared == {
        "shape": 14, "firstorder": 18, "glcm": 24, "gldm": 14, "glrlm": 16, "glszm": 16, "ngtdm": 5
    }  # fmt: skip


@pytest.mark.real_data
def test_a_real_glioma_has_the_numbers_of_stock_on_its_files(real_data: Path, tmp_path) -> None:
    """LPS, as BraTS stores them: all features of four contrasts and four regions."""
    name = "Brats18_TCIA01_201_1"
    folder = real_data / "glioma_brats2018" / name
    own = {"t1n": "t1", "t1c": "t1ce", "t2w": "t2", "t2f": "flair"}
    paths = {contrast: str(folder / f"{name}_{end}.nii.gz") for contrast, end in own.items()}
    label_map = {1: "NCR", 2: "ED", 4: "ET"}
    files = SubjectFiles("a_x", "a", "x", paths, str(folder / f"{name}_seg.nii.gz"), label_map)
    result = preprocess(files, PreprocessingSettings(None, (0.5, 99.5)))
    write_subject(tmp_path, "a_x", result.image, result.label, result.metadata)
    table = measure_subject(tmp_path, "a_x", list(own), MeasureSettings())
    grid, inside = result.metadata["geometry"], (result.image != 0).any(axis=0)
    label = to_original_grid(result.label * inside, grid)
    compared = 0
    for channel, contrast in zip(result.image, own, strict=True):
        image = to_original_grid(channel, grid)
        for region in MeasureSettings().regions:
            row = table[(table["contrast"] == contrast) & (table["region"] == region)].iloc[0]
            expected = stock.execute(image, region_mask(label, region), (1, 1, 1), binCount=32)
            assert row[list(FEATURES)].to_dict() == pytest.approx(expected, rel=1e-9)
            compared += len(expected)
    assert compared == 1712

"""Measuring a subject: PyRadiomics' numbers, and a status for whatever cannot be measured."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

from cirl.radiomics.measure import MeasureSettings, measure_arrays, measure_subject
from cirl.radiomics.names import COLUMNS, FEATURES, KEYS
from cirl.radiomics.table import read_csv
from cirl.regions import region_mask
from cirl.store import write_subject

SPACING = (1.5, 2.0, 3.0)
CONTRASTS = ("t1n", "t1c")
SHAPE = "original_shape_VoxelVolume"
ENTROPY = "original_firstorder_Entropy"
GLCM = "original_glcm_Contrast"


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


def stock(image: np.ndarray, mask: np.ndarray, **settings: float) -> dict[str, float]:
    """Features of the stock extractor on the whole, uncropped image."""
    extractor = RadiomicsFeatureExtractor(**settings)
    volumes = [sitk.GetImageFromArray(a.transpose(2, 1, 0)) for a in (image, mask.astype(np.uint8))]
    for volume in volumes:
        volume.SetSpacing(SPACING)
    result = extractor.execute(*volumes)
    return {name: float(value) for name, value in result.items() if name.startswith("original_")}


@pytest.mark.parametrize(
    ("settings", "binning"),
    [
        (MeasureSettings(), {"binCount": 32}),
        (MeasureSettings(discretisation="width", bin_width=0.2), {"binWidth": 0.2}),
    ],
)
def test_equals_the_stock_extractor(tumour, settings, binning) -> None:
    image, label = tumour
    rows = measure_arrays(image, label, SPACING, CONTRASTS, settings)
    assert [(row["contrast"], row["region"]) for row in rows] == [
        (contrast, region) for contrast in CONTRASTS for region in ("WT", "NCR", "ED", "ET")
    ]
    for row in rows:
        mask = region_mask(label, row["region"])
        expected = stock(image[CONTRASTS.index(row["contrast"])], mask, **binning)
        assert (row["status"], row["reason"], row["voxels"]) == ("ok", "", mask.sum())
        assert set(expected) == set(FEATURES)
        for name, value in expected.items():
            assert row[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name


def test_all_seven_classes_and_107_features() -> None:
    assert len(FEATURES) == 107
    counts = pd.Series([name.split("_")[1] for name in FEATURES]).value_counts().to_dict()
    assert counts == {
        "shape": 14, "firstorder": 18, "glcm": 24, "gldm": 14, "glrlm": 16, "glszm": 16, "ngtdm": 5
    }  # fmt: skip


def one_region(mask: np.ndarray, image: np.ndarray | None = None, **settings) -> dict:
    """Measure one contrast in one region, as WT."""
    if image is None:
        image = np.random.default_rng(1).normal(size=mask.shape)
    chosen = MeasureSettings(regions=("WT",), **settings)
    label = mask.astype(np.uint8) * 2
    return measure_arrays(image[None], label, SPACING, ("t1n",), chosen)[0]


def box(*edges: int) -> np.ndarray:
    """A box of ones in a volume of 10 x 10 x 10 voxels."""
    mask = np.zeros((10, 10, 10), bool)
    mask[tuple(slice(2, 2 + edge) for edge in edges)] = True
    return mask


def test_an_absent_region_has_volume_0_and_nothing_else() -> None:
    row = one_region(box(0, 0, 0))
    assert (row["status"], row["voxels"]) == ("absent", 0)
    assert {name: row[name] for name in FEATURES if name in row} == {SHAPE: 0.0}


@pytest.mark.parametrize("edges", [(1, 1, 1), (2, 1, 1), (1, 7, 1), (1, 1, 8)])
def test_a_tiny_region_has_its_volume_and_first_order(edges) -> None:
    mask = box(*edges)
    image = np.random.default_rng(2).normal(3, 1, mask.shape).astype(np.float32)
    row = one_region(mask, image)
    voxels = int(np.prod(edges))
    assert (row["status"], row["voxels"]) == ("too_small", voxels)
    assert row["reason"].startswith(f"{voxels} voxels")
    assert row[SHAPE] == pytest.approx(voxels * 9.0)
    assert row["original_firstorder_Mean"] == pytest.approx(image[mask].mean(), rel=1e-6)
    measured = {name.split("_")[1] for name in FEATURES if name in row}
    assert measured == {"shape", "firstorder"} and GLCM not in row


def test_two_isolated_voxels_bring_no_complex_number() -> None:
    mask = box(1, 1, 1)
    mask[7, 8, 3] = True
    for minimum in (1, 8):
        row = one_region(mask, minimum_voxels=minimum)
        values = [row[name] for name in FEATURES if name in row]
        assert all(isinstance(value, float) and np.isfinite(value) for value in values)
        assert row["voxels"] == 2


def test_complex_features_are_left_out_and_named(monkeypatch, tumour) -> None:
    image, label = tumour
    monkeypatch.setattr(
        np.linalg, "eigvals", lambda matrix: np.array([1e-9 + 1e-9j, 1e-9 - 1e-9j, 4.0])
    )
    settings = MeasureSettings(regions=("WT",))
    row = measure_arrays(image, label, SPACING, CONTRASTS, settings)[0]
    assert row["status"] == "nonfinite"
    assert "shape Elongation, Flatness, LeastAxisLength" in row["reason"]
    assert "original_shape_Elongation" not in row
    assert row[SHAPE] == pytest.approx((label > 0).sum() * 9.0)


@pytest.mark.parametrize("edges", [(1, 5, 6), (5, 1, 6), (5, 6, 1)])
def test_a_plane_is_measured_as_the_stock_extractor_does(edges) -> None:
    mask = box(*edges)
    image = np.random.default_rng(3).normal(size=mask.shape)
    row = one_region(mask, image)
    assert row["status"] == "ok"
    assert row["original_shape_Flatness"] == pytest.approx(0, abs=1e-6)
    expected = stock(image, mask, binCount=32)
    assert [row[name] for name in FEATURES] == pytest.approx(
        [expected[name] for name in FEATURES], rel=1e-9, abs=1e-12
    )


def test_a_flat_region_is_finite() -> None:
    row = one_region(box(4, 4, 4), np.full((10, 10, 10), 2.5))
    assert row["status"] == "ok"
    assert row[ENTROPY] == pytest.approx(0, abs=1e-12)
    assert row["original_firstorder_Variance"] == 0


def test_voxels_that_are_not_finite_cost_the_intensities_only() -> None:
    mask, image = box(4, 4, 4), np.random.default_rng(4).normal(size=(10, 10, 10))
    image[3, 3, 3], image[2, 2, 2], image[9, 9, 9] = np.nan, np.inf, np.nan
    row = one_region(mask, image)
    assert (row["status"], row["reason"]) == ("nonfinite", "2 of 64 voxels are not finite in t1n")
    assert row[SHAPE] == pytest.approx(64 * 9.0) and ENTROPY not in row


def test_values_outside_the_region_change_nothing() -> None:
    mask, image = box(4, 4, 4), np.random.default_rng(4).normal(size=(10, 10, 10))
    other = np.where(mask, image, np.nan)
    assert one_region(mask, image) == one_region(mask, other)


def test_too_many_grey_levels_are_refused_at_once() -> None:
    image = np.random.default_rng(6).uniform(0, 90_000, (10, 10, 10))
    row = one_region(box(6, 6, 6), image, discretisation="width", bin_width=25.0)
    assert row["status"] == "failed" and "grey levels, more than 256" in row["reason"]
    assert GLCM not in row and ENTROPY in row and "original_shape_Sphericity" in row


def test_a_class_that_fails_costs_itself_alone(monkeypatch) -> None:
    def broken(*arguments, **settings):
        raise ZeroDivisionError("no zone")

    monkeypatch.setitem(measure_arrays.__globals__["FEATURE_CLASSES"], "glszm", broken)
    row = one_region(box(4, 4, 4))
    assert (row["status"], row["reason"]) == ("failed", "glszm: ZeroDivisionError: no zone")
    assert GLCM in row and "original_glszm_ZoneEntropy" not in row


def metadata(status: str = "ok", reason: str = "") -> dict:
    return {"status": status, "reason": reason, "contrasts": list(CONTRASTS), "spacing": SPACING}


def test_a_stored_subject_is_a_row_a_contrast_and_region(tmp_path: Path, tumour) -> None:
    image, label = tumour
    write_subject(tmp_path, "box_s1", image, label, metadata())
    table = measure_subject(tmp_path, "box_s1", CONTRASTS, MeasureSettings())
    direct = pd.DataFrame(measure_arrays(image, label, SPACING, CONTRASTS, MeasureSettings()))
    assert tuple(table.columns) == COLUMNS and set(table["subject"]) == {"box_s1"}
    names = list(FEATURES)
    np.testing.assert_allclose(table[names].to_numpy(float), direct[names].to_numpy(), rtol=1e-12)
    table.to_csv(tmp_path / "box_s1.csv", index=False)
    back = read_csv(tmp_path / "box_s1.csv")
    assert back["voxels"].tolist() == direct["voxels"].tolist()
    assert (back[names].to_numpy() == direct[names].to_numpy()).all()  # to the last bit


def test_a_stored_subject_without_a_tumour(tmp_path: Path, tumour) -> None:
    image, label = tumour
    write_subject(tmp_path, "box_s1", image, np.zeros_like(label), metadata())
    table = measure_subject(tmp_path, "box_s1", CONTRASTS, MeasureSettings())
    assert set(table["status"]) == {"absent"} and set(table["voxels"]) == {0}


def test_an_excluded_subject_has_all_its_rows_and_the_reason(tmp_path: Path) -> None:
    empty = np.zeros((2, 1, 1, 1))
    write_subject(tmp_path, "box_s1", empty, empty[0], metadata("excluded", "label 7"))
    table = measure_subject(tmp_path, "box_s1", CONTRASTS, MeasureSettings())
    assert len(table) == 8 and set(table["status"]) == {"excluded"}
    assert set(table["reason"]) == {"label 7"}
    assert table[[name for name in table if name not in KEYS]].isna().all(axis=None)


def test_a_damaged_store_becomes_a_row(tmp_path: Path, tumour) -> None:
    image, label = tumour
    write_subject(tmp_path, "box_s1", image, label, metadata())
    (tmp_path / "box_s1.image.b2nd").write_bytes(b"nothing of the kind")
    table = measure_subject(tmp_path, "box_s1", CONTRASTS, MeasureSettings())
    assert set(table["status"]) == {"failed"}
    assert table["reason"].str.startswith("store cannot be read").all()


def test_pyradiomics_keeps_quiet(tumour, caplog, capfd) -> None:
    image, label = tumour
    with caplog.at_level(logging.DEBUG):
        measure_arrays(image, label, SPACING, CONTRASTS, MeasureSettings(regions=("WT",)))
    assert not [record for record in caplog.records if record.name.startswith("radiomics")]
    assert capfd.readouterr().err == ""


@pytest.mark.real_data
def test_pyradiomics_own_baseline(real_data: Path) -> None:
    """Its brain1 case and the values that its authors keep beside it."""
    folder = real_data / "pyradiomics_reference"
    image = sitk.ReadImage(str(folder / "brain1/brain1_image.nrrd"))
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "brain1/brain1_label.nrrd")))
    label = (mask.transpose(2, 1, 0) == 1).astype(np.uint8) * 2
    settings = MeasureSettings(regions=("WT",), discretisation="width", bin_width=25.0)
    row = measure_arrays(
        sitk.GetArrayFromImage(image).transpose(2, 1, 0)[None].astype(float),
        label, image.GetSpacing(), ("t1c",), settings,
    )[0]  # fmt: skip
    compared = 0
    for name in ("shape", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm"):
        baseline = pd.read_csv(folder / f"baseline/baseline_{name}.csv", index_col=0)["brain1"]
        # The baseline's surface is of an earlier version of PyRadiomics.
        tolerance = 1e-3 if name == "shape" else 1e-6
        # Its energies were taken of intensities shifted by 2000.
        shifted = {f"original_firstorder_{n}" for n in ("Energy", "TotalEnergy", "RootMeanSquared")}
        for feature in set(baseline.index) & set(row) - shifted:
            assert row[feature] == pytest.approx(float(baseline[feature]), rel=tolerance), feature
            compared += 1
    assert compared >= 100

"""One subject through preprocessing: intensities, crop, geometry, and what excludes it."""

import hashlib
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from box_subjects import write_box_subject

from cirl.imaging import geometry
from cirl.imaging.bias_field import BiasSettings
from cirl.imaging.images import read_label
from cirl.imaging.normalisation import Scale, landmarks, learn_standard_scale, scale_table
from cirl.imaging.preprocessing import (
    PreprocessingSettings,
    excluded,
    measure_landmarks,
    preprocess,
    preprocessing_settings,
)
from cirl.imaging.store import open_subject, write_subject
from cirl.imaging.subjects import SubjectFiles

OWN_GRID = PreprocessingSettings(spacing=None, clip=(0.5, 99.5))


def files_of(cohort, name: str = "s1") -> SubjectFiles:
    return SubjectFiles(**cohort.files(name))


def test_brain_is_scaled_and_background_is_zero(box_cohort) -> None:
    result = preprocess(files_of(box_cohort), PreprocessingSettings(None, (0, 100)))
    assert result.image.shape == (4, 16, 18, 15)  # the box of 14 x 16 x 13 and a margin of 1
    inside = np.zeros(result.image.shape[1:], bool)
    inside[1:-1, 1:-1, 1:-1] = True
    for contrast in result.image:
        assert contrast[inside].mean() == pytest.approx(0, abs=1e-5)
        assert contrast[inside].std() == pytest.approx(1, abs=1e-5)
        assert (contrast[~inside] == 0).all()


@pytest.mark.parametrize("codes", ["RAS", "LPS", "SAL", "PIR"])
def test_label_returns_to_the_original_grid(box_cohort, codes: str) -> None:
    axes = nib.orientations.axcodes2ornt(codes)
    affine = nib.orientations.inv_ornt_aff(axes, (20, 24, 18)) @ np.diag([2, 2, 3, 1])
    write_box_subject(box_cohort, "turned", affine)
    files = files_of(box_cohort, "turned")
    result = preprocess(files, OWN_GRID)
    original, _ = read_label(files.label, files.label_map)
    restored = geometry.to_original_grid(result.label, result.metadata["geometry"])
    assert np.array_equal(restored, original)


def test_volumes_are_those_of_the_original_label(box_cohort) -> None:
    metadata = preprocess(files_of(box_cohort), PreprocessingSettings(4.0, (0.5, 99.5))).metadata
    assert metadata["volume_ml"]["WT"] == pytest.approx(6 * 6 * 5 * 12 / 1000)
    assert metadata["volume_ml"]["NCR"] == pytest.approx(2 * 2 * 1 * 12 / 1000)
    assert metadata["volume_ml"]["TC"] == pytest.approx(4 * 4 * 3 * 12 / 1000)
    assert metadata["spacing"] == pytest.approx([4, 4, 54 / 14])


def test_the_store_returns_what_was_written(box_cohort, tmp_path: Path) -> None:
    result = preprocess(files_of(box_cohort), OWN_GRID)
    write_subject(tmp_path, "box_s1", result.image, result.label, result.metadata)
    stored = open_subject(tmp_path, "box_s1")
    assert np.array_equal(stored.image[1:3, 2:9, :, 4], result.image[1:3, 2:9, :, 4])
    assert np.array_equal(stored.label[:], result.label)
    assert stored.spacing == (2, 2, 3)


def test_a_given_mask_bounds_the_brain(box_cohort, tmp_path: Path) -> None:
    mask = np.zeros((20, 24, 18), np.float32)
    mask[5:15, 6:18, 4:13] = 0.9999999
    nib.save(nib.Nifti1Image(mask, np.diag([2.0, 2, 3, 1])), tmp_path / "mask.nii.gz")
    files = replace(files_of(box_cohort), brain_mask=str(tmp_path / "mask.nii.gz"))
    assert preprocess(files, OWN_GRID).image.shape == (4, 12, 14, 11)


def test_an_excluded_subject_is_written_with_its_reason(box_cohort, tmp_path: Path) -> None:
    result = excluded(files_of(box_cohort), "no such file")
    write_subject(tmp_path, "box_s1", result.image, result.label, result.metadata)
    with pytest.raises(ValueError, match=r"box_s1 was excluded \(no such file\)"):
        open_subject(tmp_path, "box_s1")
    assert result.metadata["problem"] == "unexpected"


def test_the_files_that_were_read_are_summed(box_cohort) -> None:
    files = files_of(box_cohort)
    checksums = preprocess(files, OWN_GRID).metadata["checksums"]
    expected = {
        kind: hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
        for kind, path in {"label": files.label, **files.contrasts}.items()
    }
    assert checksums == expected
    assert excluded(files, "unreadable").metadata.get("checksums") is None


def test_the_digest_tells_voxels_apart(box_cohort) -> None:
    files = files_of(box_cohort)
    before = preprocess(files, OWN_GRID).metadata["digest"]
    assert preprocess(files, OWN_GRID).metadata["digest"] == before
    image = nib.load(files.contrasts["t2w"])
    voxels = np.asarray(image.dataobj).copy()
    voxels[8, 8, 8] += 1
    nib.save(nib.Nifti1Image(voxels, image.affine), files.contrasts["t2w"])
    assert preprocess(files, OWN_GRID).metadata["digest"] != before


DECILES = (1.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 99.0)
MATCHING = replace(OWN_GRID, normalisation="nyul", percentiles=DECILES)


def in_brain(result, contrast: int) -> np.ndarray:
    """Stored values of a box subject inside its brain, which a margin of one surrounds."""
    return result.image[contrast, 1:-1, 1:-1, 1:-1]


class TestIntensityScales:
    def test_zscore_is_recorded(self, box_cohort) -> None:
        files = files_of(box_cohort)
        record = preprocess(files, OWN_GRID).metadata["normalisation"]
        assert list(record) == list(files.contrasts)
        values = nib.load(files.contrasts["t2w"]).get_fdata()[3:17, 4:20, 2:15]
        clipped = np.clip(values, *np.percentile(values, (0.5, 99.5)))
        assert record["t2w"] == {
            "method": "zscore",
            "clip": (0.5, 99.5),
            "location": pytest.approx(clipped.mean(), rel=1e-5),
            "scale": pytest.approx(clipped.std(), rel=1e-5),
        }

    def test_none_keeps_the_values_of_the_file(self, box_cohort) -> None:
        files = files_of(box_cohort)
        result = preprocess(files, replace(OWN_GRID, normalisation="none"))
        assert result.metadata["normalisation"]["t1c"] == {"method": "none"}
        original = nib.load(files.contrasts["t1c"]).get_fdata()[3:17, 4:20, 2:15]
        assert np.array_equal(in_brain(result, 1), original)

    def test_histograms_of_two_scanners_become_alike(self, box_cohort) -> None:
        """The second subject's scanner has another gain, offset and contrast."""
        one, other = files_of(box_cohort), files_of(box_cohort, "s2")
        for path in other.contrasts.values():
            image = nib.load(path)
            values = np.asarray(image.dataobj).astype(np.float64)
            changed = np.where(values > 0, 300 + 0.01 * values**2, 0).astype(np.float32)
            nib.save(nib.Nifti1Image(changed, image.affine), path)
        tables = [measure_landmarks(files, MATCHING) for files in (one, other)]
        standard = learn_standard_scale(tables)
        results = [
            preprocess(files, replace(MATCHING, standard=standard)) for files in (one, other)
        ]
        for number, contrast in enumerate(one.contrasts):
            for result, table in zip(results, tables, strict=True):
                own = table.query("contrast == @contrast")["value"]
                values = in_brain(result, number)
                found = landmarks(values, np.ones(values.shape, bool), DECILES)
                assert found == pytest.approx(standard.values[contrast], abs=1e-5)
                record = result.metadata["normalisation"][contrast]
                assert record["method"] == "nyul" and record["percentiles"] == DECILES
                assert record["landmarks"] == pytest.approx(own)
                assert record["standard"] == standard.values[contrast]
                assert (result.image[number, 0] == 0).all()

    def test_the_label_teaches_the_standard_scale_nothing(self, box_cohort) -> None:
        files = files_of(box_cohort)
        before = measure_landmarks(files, MATCHING)
        image = nib.load(files.label)
        label = np.roll(np.asarray(image.dataobj), 2, axis=0)
        nib.save(nib.Nifti1Image(label, image.affine), files.label)
        assert measure_landmarks(files, MATCHING).equals(before)

    def test_a_subject_that_cannot_be_used_teaches_nothing(self, box_cohort) -> None:
        files = files_of(box_cohort)
        Path(files.contrasts["t2f"]).unlink()
        assert measure_landmarks(files, MATCHING).empty

    def test_settings_come_from_the_configuration(self, tmp_path: Path) -> None:
        scale = Scale((1.0, 99.0), {"t1c": (-2.0, 2.0)})
        scale_table(scale).to_csv(tmp_path / "scale.csv", index=False)
        section = {
            "spacing": 1,
            "clip": [0.5, 99.5],
            "normalisation": "nyul",
            "nyul": {"percentiles": [1, 99], "standard": None, "cohorts": []},
            "bias_correction": {
                "method": "n4",
                "spacing": 4,
                "iterations": [50, 40],
                "convergence": 0.001,
            },
        }
        assert preprocessing_settings(
            section, ["t1c"], tmp_path / "scale.csv"
        ) == PreprocessingSettings(
            spacing=1,
            clip=(0.5, 99.5),
            normalisation="nyul",
            percentiles=(1, 99),
            standard=scale,
            bias=BiasSettings(spacing=4, iterations=(50, 40), convergence=0.001),
        )
        section["bias_correction"]["method"] = "none"
        assert preprocessing_settings(section, ["t1c"]).bias is None


class TestBiasCorrection:
    SETTINGS = replace(OWN_GRID, bias=BiasSettings(6, (10, 10), 1e-3), normalisation="none")

    def test_it_takes_a_gradient_off_and_is_recorded(self, box_cohort) -> None:
        files = files_of(box_cohort)
        image = nib.load(files.contrasts["t1n"])
        ramp = np.exp(np.linspace(-0.5, 0.5, 20)).reshape(20, 1, 1)
        tissue = np.random.default_rng(0).normal(300, 6, image.shape)
        spoilt = np.where(np.asarray(image.dataobj) > 0, tissue * ramp, 0).astype(np.float32)
        nib.save(nib.Nifti1Image(spoilt, image.affine), files.contrasts["t1n"])
        bias = BiasSettings(2, (50, 50), 1e-3)
        result = preprocess(files, replace(self.SETTINGS, bias=bias))
        means = in_brain(result, 0).mean(axis=(1, 2))
        before = spoilt[3:17, 4:20, 2:15].mean(axis=(1, 2))
        assert before[-1] / before[0] > 1.9
        assert means[-3:].mean() / means[:3].mean() == pytest.approx(1, abs=0.02)
        record = result.metadata["bias_correction"]["t1n"]
        assert record["method"] == "n4" and record["iterations"] == (50, 50)
        assert record["low"] < 0.85 and record["high"] > 1.15

    def test_without_it_nothing_is_recorded(self, box_cohort) -> None:
        assert preprocess(files_of(box_cohort), OWN_GRID).metadata["bias_correction"] == {}

    def test_what_is_zscored_already_is_left_alone(self, box_cohort) -> None:
        files = files_of(box_cohort)
        path = files.contrasts["t2f"]
        image = nib.load(path)
        values = np.asarray(image.dataobj).astype(np.float32)
        scaled = np.where(values > 0, (values - 300) / 100, 0)
        nib.save(nib.Nifti1Image(scaled.astype(np.float32), image.affine), path)
        result = preprocess(files, self.SETTINGS)
        assert result.metadata["bias_correction"]["t2f"] == {"method": "none"}
        share = (values[values > 0] > 300).mean()
        assert result.metadata["notes"] == [
            f"t2f: no bias correction, {share:.0%} of the brain is above 0"
        ]
        assert np.array_equal(in_brain(result, 3), scaled[3:17, 4:20, 2:15].astype(np.float32))

    def test_landmarks_are_those_of_the_corrected_image(self, box_cohort) -> None:
        files = files_of(box_cohort)
        corrected = replace(MATCHING, bias=self.SETTINGS.bias)
        plain, other = (measure_landmarks(files, chosen) for chosen in (MATCHING, corrected))
        standard = learn_standard_scale([other])
        result = preprocess(files, replace(corrected, standard=standard))
        own = result.metadata["normalisation"]["t1n"]["landmarks"]
        assert own == pytest.approx(other.query("contrast == 't1n'")["value"])
        assert own != pytest.approx(plain.query("contrast == 't1n'")["value"])

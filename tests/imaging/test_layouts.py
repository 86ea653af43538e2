"""One phantom in every layout becomes the same arrays, and what is unclear has a reason."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import yaml
from laid_out import LAYOUTS, as_bids, lay_out_as
from nibabel import orientations

from cirl.configuration.validation import check_references, validate
from cirl.imaging.geometry import save_mask
from cirl.imaging.images import SubjectError, read_label_volume, read_volume
from cirl.imaging.preprocessing import (
    Preprocessed,
    PreprocessingSettings,
    preprocess,
    preprocess_or_exclude,
)
from cirl.imaging.subjects import SubjectFiles
from cirl.imaging.turning import turned
from cirl.study.before_jobs import check_tables
from cirl.study.cohorts import Cohort
from cirl.study.inputs import Inputs
from cirl.study.names import StudyNames
from cirl.study.participants import read_participants
from cirl.study.patients import patients_of

SETTINGS = PreprocessingSettings(spacing=None, clip=(0.5, 99.5))


@pytest.fixture
def study_of(project: Path):
    """A study of one cohort, checked as the rules do."""

    def made(cohort: dict, **keys: object) -> StudyNames:
        config = yaml.safe_load((project / "config.yaml").read_text())
        config |= {"study": "mine", "cohorts": {"box": cohort}, **keys}
        validate(config, project / "rules/schemas")
        check_references(config)
        return StudyNames(config)

    return made


def prepared(study: StudyNames, subject: str, **changes: object) -> Preprocessed:
    cohort, name = study.found[subject]
    files = SubjectFiles(**cohort.files(name) | changes)
    return preprocess_or_exclude(files, SETTINGS, last_attempt=True)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_arrays_are_those_of_the_brats_layout_bit_for_bit(
    box_cohort: Cohort, tmp_path: Path, study_of, layout: str
) -> None:
    keys = lay_out_as(layout, box_cohort, tmp_path / "other")
    study = study_of(keys)
    names = {name: name + "_ses-01" * (layout == "bids") for name in ("s1", "s2")}
    assert study.subjects == [f"box_{name}" for name in names.values()]
    for name, other in names.items():
        expected = preprocess(SubjectFiles(**box_cohort.files(name)), SETTINGS)
        found = prepared(study, f"box_{other}")
        assert found.metadata["reason"] == ""
        assert found.image.tobytes() == expected.image.tobytes()
        assert found.label.tobytes() == expected.label.tobytes() and expected.label.any()
        assert found.metadata["digest"] == expected.metadata["digest"]
        # The mask lies on the grid of the images, which have three axes.
        mask = save_mask(found.label, found.metadata["geometry"], tmp_path / "mask.nii.gz")
        truth = read_label_volume(box_cohort.files(name)["label"], {1: "NCR", 2: "ED", 3: "ET"})
        np.testing.assert_array_equal(mask, truth.voxels)
        np.testing.assert_array_equal(nib.load(tmp_path / "mask.nii.gz").affine, truth.affine)


def test_a_job_waits_for_the_files_that_there_are(
    box_cohort: Cohort, tmp_path: Path, study_of
) -> None:
    """Each once, also where one holds all contrasts; never a pattern."""
    study = study_of(lay_out_as("msd", box_cohort, tmp_path / "msd"))
    root = tmp_path / "msd"
    expected = [f"{root}/imagesTr/s1.nii.gz", f"{root}/labelsTr/s1.nii.gz"]
    assert Inputs(study).existing_files(["box_s1"])({}) == expected
    assert study.found["box_s1"][0].files("s1")["contrasts"]["t1c"] == f"{expected[0]}[2]"
    bids = study_of(lay_out_as("bids", box_cohort, tmp_path / "bids", session=""))
    (tmp_path / "bids/sub-s2/anat/sub-s2_FLAIR.nii.gz").unlink()
    found = Inputs(bids).existing_files(["box_s2"])({})
    assert len(found) == 5 and all(Path(path).is_file() for path in found)


def test_a_file_that_nobody_has_a_use_for_is_named(
    box_cohort: Cohort, tmp_path: Path, study_of
) -> None:
    """A fifth channel beside four, or a name that fits no subject; what is used is no stray."""
    for layout in LAYOUTS:
        notes = check_tables(study_of(lay_out_as(layout, box_cohort, tmp_path / layout)))
        assert not [note for note in notes if "no subject has a use" in note]
    keys = {"root": str(tmp_path / "nnunet"), "layout": "nnunet"}
    folder = tmp_path / "nnunet/imagesTr"
    (folder / "s1_0004.nii.gz").write_bytes((folder / "s1_0000.nii.gz").read_bytes())
    (folder / "notes.txt").touch()
    (folder / "s2_0001.nii").touch()
    study = study_of(keys)
    [note] = check_tables(study)
    assert note.startswith("cohort box: no subject has a use for 'imagesTr/s1_0004.nii.gz' in ")
    fewer = study_of(keys, contrasts=["t2f"])
    assert check_tables(fewer) == [note]
    flat = {"root": str(tmp_path / "plain"), "pattern": "{subject}_{contrast}.nii.gz"}
    (tmp_path / "plain").mkdir()
    for file in ("a_t1n.nii.gz", "a_seg.nii.gz", "a_adc.nii.gz", ".a_t3.nii.gz"):
        (tmp_path / "plain" / file).touch()
    [note] = check_tables(study_of(flat, contrasts=["t1n"]))
    assert "no subject has a use for 'a_adc.nii.gz' in " in note


class TestBids:
    @pytest.fixture
    def root(self, box_cohort: Cohort, tmp_path: Path) -> Path:
        lay_out_as("bids", box_cohort, tmp_path / "bids")
        return tmp_path / "bids"

    @pytest.fixture
    def keys(self, root: Path) -> dict:
        return {"root": str(root), "layout": "bids", "label": "dseg"}

    def test_subjects_with_and_without_sessions_and_with_folders_only(
        self, box_cohort: Cohort, root: Path, keys: dict, study_of
    ) -> None:
        as_bids(box_cohort.files("s1"), root, "s1", "ses-02/")
        as_bids(box_cohort.files("s2"), root, "s3", "")
        (root / "sub-s4/anat").mkdir(parents=True)
        (root / "sub-s5/ses-a").mkdir(parents=True)
        (root / "participants.tsv").touch()
        study = study_of(keys)
        names = ["s1_ses-01", "s1_ses-02", "s2_ses-01", "s3", "s4", "s5_ses-a"]
        assert study.subjects == [f"box_{name}" for name in names]
        empty = prepared(study, "box_s4").metadata
        assert empty["problem"] == "missing" and "T1w.nii" in empty["reason"]
        assert prepared(study, "box_s3").metadata["status"] == "ok"

    def test_sessions_are_one_patients_and_share_the_row_of_participants(
        self, box_cohort: Cohort, root: Path, keys: dict, study_of
    ) -> None:
        as_bids(box_cohort.files("s2"), root, "s1", "ses-02/")
        as_bids(box_cohort.files("s1"), root, "s3", "")
        text = "participant_id\tsite\nsub-s1\tA\nsub-s2\tB\nsub-s3\tC\n"
        (root / "participants.tsv").write_text(text)
        study = study_of(keys | {"participants": "participants.tsv", "domains": ["site"]})
        check_tables(study)
        names = study.names_of("box")
        known = read_participants(study.participants_tables["box"], names)
        sites = {name: entries["site"] for name, entries in known.entries.items()}
        assert sites == {"s1_ses-01": "A", "s1_ses-02": "A", "s2_ses-01": "B", "s3": "C"}
        patients = patients_of("box", names, study.patient_templates["box"], {})
        assert [patients[name] for name in names] == ["box_s1", "box_s1", "box_s2", "box_s3"]

    def test_two_files_for_one_contrast_are_a_row_with_both(self, root, keys, study_of) -> None:
        folder = root / "sub-s1/ses-01/anat"
        first = folder / "sub-s1_ses-01_FLAIR.nii.gz"
        (folder / "sub-s1_ses-01_run-2_FLAIR.nii.gz").write_bytes(first.read_bytes())
        study = study_of(keys)
        row = prepared(study, "box_s1_ses-01").metadata
        assert (row["status"], row["problem"]) == ("excluded", "ambiguous")
        assert "t2f may be any of" in row["reason"]
        assert "_ses-01_FLAIR.nii.gz, " in row["reason"] and "_run-2_FLAIR" in row["reason"]
        assert prepared(study, "box_s2_ses-01").metadata["status"] == "ok"

    def test_a_native_t1_is_never_one_with_contrast_agent(self, root, keys, study_of) -> None:
        """Whether the study uses the other one or not; space- is no contrast agent."""
        folder = root / "sub-s1/ses-01/anat"
        (folder / "sub-s1_ses-01_T1w.nii.gz").unlink()
        for contrasts in (["t1n"], ["t1n", "t1c"]):
            row = prepared(study_of(keys, contrasts=contrasts), "box_s1_ses-01").metadata
            assert row["problem"] == "missing" and "[*_]T1w" in row["reason"]
        moved = root / "sub-s2/ses-01/anat/sub-s2_ses-01_T1w.nii.gz"
        moved.rename(moved.with_name("sub-s2_ses-01_space-orig_T1w.nii.gz"))
        study = study_of(keys)
        assert prepared(study, "box_s2_ses-01").metadata["status"] == "ok"

    def test_a_label_of_nobody_is_a_row(self, root, keys, study_of) -> None:
        own = root / "derivatives/experts/sub-s1/ses-01/anat/sub-s1_ses-01_space-orig_dseg.nii.gz"
        other = root / "derivatives/experts/sub-x/ses-9/anat/sub-x_ses-9_dseg.nii.gz"
        other.parent.mkdir(parents=True)
        other.write_bytes(own.read_bytes())
        row = prepared(study_of(keys), "box_x_ses-9").metadata
        assert row["problem"] == "missing" and "T1w" in row["reason"]


@pytest.mark.parametrize("count", [3, 5])
def test_another_number_of_channels_is_a_row(
    box_cohort: Cohort, tmp_path: Path, study_of, count: int
) -> None:
    keys = lay_out_as("msd", box_cohort, tmp_path / "msd")
    path = tmp_path / "msd/imagesTr/s1.nii.gz"
    image = nib.load(path)
    array = np.asarray(image.dataobj)[..., [0, 1, 2, 3, 3][:count]]
    nib.save(nib.Nifti1Image(array, image.affine), path)
    study = study_of(keys)
    row = prepared(study, "box_s1").metadata
    assert row["problem"] == "grid"
    assert f"shape (20, 24, 18, {count}), expected 4 volumes" in row["reason"]
    assert prepared(study, "box_s2").metadata["status"] == "ok"


def test_itk_stores_channels_along_a_fifth_axis(tmp_path: Path) -> None:
    array = np.arange(4 * 5 * 6 * 3, dtype=np.int16).reshape(4, 5, 6, 1, 3)
    nib.save(nib.Nifti1Image(array, np.eye(4)), tmp_path / "a.nii.gz")
    volume = read_volume(tmp_path / "a.nii.gz[2]", volumes=3)
    np.testing.assert_array_equal(volume.voxels, array[..., 0, 2])
    with pytest.raises(SubjectError, match=r"expected more than 3 volumes"):
        read_volume(tmp_path / "a.nii.gz[3]")
    with pytest.raises(SubjectError, match="expected a volume with three axes"):
        read_volume(tmp_path / "a.nii.gz")


ORIENTATIONS = ["LPS", "ASR", "RAI", "PIL"]


@pytest.mark.parametrize("axes", ORIENTATIONS)
@pytest.mark.parametrize("oblique", [False, True])
def test_files_of_one_space_are_those_of_a_case_that_was_turned_by_hand(
    box_cohort: Cohort, tmp_path: Path, axes: str, oblique: bool
) -> None:
    """Equal arrays; the first contrast's grid stays the subject's."""
    files = SubjectFiles(**box_cohort.files("s1"))
    if oblique:
        for path in files.paths:
            rotate(path)
    expected = preprocess(files, SETTINGS)
    for path in files.paths[2:]:
        reorient(path, axes)
    found = preprocess(files, SETTINGS)
    assert found.image.tobytes() == expected.image.tobytes()
    assert found.label.tobytes() == expected.label.tobytes() and found.label.any()
    assert found.metadata["geometry"] == expected.metadata["geometry"]
    notes = [note for note in found.metadata["notes"] if "turned to" in note]
    assert notes == [f"{kind}: axes run {axes}, turned to RAS" for kind in ("t2w", "t2f", "label")]


def test_what_is_turned_lies_where_it_did(box_cohort: Cohort) -> None:
    """Every voxel's value, by both forms of the header."""
    files = SubjectFiles(**box_cohort.files("s1"))
    like, path = read_volume(files.grid_file), files.contrasts["t2f"]
    before = read_volume(path)
    reorient(path, "PIL")
    volume = read_volume(path)
    assert volume.voxels.shape == (24, 18, 20)
    back = turned(volume, like, 0.01)
    np.testing.assert_array_equal(back.voxels, before.voxels)
    assert len(back.affines) == 2
    for affine in back.affines:
        np.testing.assert_allclose(affine, before.affine, atol=1e-5)


def reorient(path: str, axes: str) -> None:
    image = nib.load(path)
    wanted = orientations.axcodes2ornt(axes)
    own = nib.io_orientation(image.affine)
    other = image.as_reoriented(orientations.ornt_transform(own, wanted))
    other.set_qform(other.affine, 1)
    nib.save(nib.Nifti1Image(np.asarray(other.dataobj), None, other.header), path)


def rotate(path: str) -> None:
    image = nib.load(path)
    angle = np.radians(20)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), turn @ image.affine), path)


def test_dataset_json_tells_what_labels_mean(box_cohort: Cohort, tmp_path: Path, study_of) -> None:
    """The decathlon's 1 is oedema: read as anybody else's it would be necrosis."""
    keys = lay_out_as("msd", box_cohort, tmp_path / "msd")
    described = json.loads((tmp_path / "msd/dataset.json").read_text())
    described["labels"] = {"0": "background", "1": "edema", "2": "non-enhancing tumor", "3": "ET"}
    (tmp_path / "msd/dataset.json").write_text(json.dumps(described))
    found = prepared(study_of(keys), "box_s1").metadata["label_voxels"]
    plain = preprocess(SubjectFiles(**box_cohort.files("s1")), SETTINGS).metadata["label_voxels"]
    assert found == {"NCR": plain["ED"], "ED": plain["NCR"], "ET": plain["ET"]}
    given = prepared(study_of(keys | {"label_map": {1: "NCR", 2: "ED", 3: "ET"}}), "box_s1")
    assert given.metadata["label_voxels"] == plain

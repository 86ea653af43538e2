"""``cirl predict`` of a folder: every subject a row, masks as of each alone, means of networks."""

import json
import os
import shutil

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from toy_store import CONTRASTS
from trained_model import (
    AFFINE,
    PREPROCESSING,
    arguments,
    failure,
    spoilt,
    write_fold,
    write_images,
)

from cirl.commands import main
from cirl.imaging.preprocessing import preprocess
from cirl.imaging.subjects import SubjectFiles
from cirl.segmentation import predict_folder as many
from cirl.segmentation.ensemble import load_ensemble
from cirl.segmentation.model_file import MODEL_FILE
from cirl.segmentation.predict import predict_probability
from cirl.study.tables.segmentation import PREDICTED

LAYOUT = ["--pattern", "{subject}/{contrast}.nii.gz"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two folds' weights, and three subjects a folder each, of which b has no FLAIR."""
    root = tmp_path_factory.mktemp("many")
    for seed in range(2):
        write_fold(root / f"fold{seed}", seed)
    for name in ("a", "b", "c d"):
        (root / "clinic" / name).mkdir(parents=True)
        write_images(root / "clinic" / name)
    (root / "clinic/b/t2f.nii.gz").unlink()
    return root


def words(made, out, *more, folds=(0,), folder="clinic"):
    given = [word for fold in folds for word in ("--weights", f"{made}/fold{fold}/weights.pt")]
    return ["predict", *given, "--folder", str(made / folder), "--out", str(out), *more]


def voxels(path):
    return np.asarray(nib.load(path).dataobj)


def test_every_subject_has_a_row_and_a_mask_or_a_reason(made, tmp_path, capsys):
    assert main(words(made, tmp_path / "out", *LAYOUT)) == 1
    said = capsys.readouterr().out
    table = PREDICTED.read(tmp_path / "out/predictions.csv").set_index("subject")
    assert table.index.tolist() == ["a", "b", "c d"]
    assert table["status"].tolist() == ["ok", "failed", "ok"]
    assert "b/t2f.nii.gz: no such file" in table.loc["b", "reason"]
    assert "b: failed: " in said and "2 masks, 1 subjects failed" in said
    brain = np.count_nonzero(voxels(made / "clinic/a/t1c.nii.gz")) * 0.008
    assert table.loc["a", "brain_ml"] == pytest.approx(brain)
    assert f"brain volume of {brain:.0f} ml, expected 400" in table.loc["a", "warnings"]
    # Volumes are the mask's own, and the mask is that of the subject alone.
    mask = voxels(tmp_path / "out/a.nii.gz")
    for region, values in {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,), "ED": (2,)}.items():
        assert table.loc["a", f"{region}_ml"] == pytest.approx(np.isin(mask, values).sum() * 0.008)
    assert table.loc["a", "WT_ml"] > 1
    assert table.loc["a", "coverage_t2f"] > 0.999 and pd.isna(table.loc["b", "coverage_t2f"])
    alone = tmp_path / "alone.nii.gz"
    images = {name: str(made / f"clinic/a/{name}.nii.gz") for name in CONTRASTS}
    assert main(arguments(made / "fold0", alone, **images)) == 0
    assert (tmp_path / "out/a.nii.gz").read_bytes() == alone.read_bytes()
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {"a.nii.gz", "c d.nii.gz", "predictions.csv", many.RECORDS}


class TestMeans:
    @pytest.fixture
    def prepared(self, made):
        images = {name: str(made / f"clinic/a/{name}.nii.gz") for name in CONTRASTS}
        ensemble = load_ensemble([made / "fold0/weights.pt"])
        files = SubjectFiles("a", "", "a", images, None)
        return preprocess(files, ensemble.preprocessing)

    def test_one_network_is_itself_and_two_are_their_mean(self, made, prepared):
        paths = [made / f"fold{seed}/weights.pt" for seed in range(2)]
        own = []
        for path in paths:
            (member,) = load_ensemble([path]).members
            own.append(predict_probability(member.trained, prepared.image, member.prediction))
            alone = load_ensemble([path]).probability(prepared)
            assert alone.tobytes() == own[-1].tobytes()
        both = load_ensemble(paths)
        np.testing.assert_array_equal(both.probability(prepared), (own[0] + own[1]) / 2)
        assert np.abs(own[0] - own[1]).max() > 0.01
        assert both.identity == load_ensemble(paths[::-1]).identity
        assert both.identity != load_ensemble(paths[:1]).identity

    def test_probabilities_lie_on_the_images_grid(self, made, tmp_path):
        """On a grid of the images' own spacing to the last bit, with zeros outside the brain."""
        own = PREPROCESSING | {"spacing": None}
        for seed in range(2):
            write_fold(tmp_path / f"fold{seed}", seed, preprocessing=own)
        folder = tmp_path / "x"
        shutil.copytree(made / "clinic/a", folder / "a")
        for folds in ((0,), (1,), (0, 1)):
            out = tmp_path / "".join(map(str, folds))
            line = words(tmp_path, out, *LAYOUT, "--probabilities", folds=folds, folder="x")
            assert main(line) == 0
        one, other, both = (
            nib.load(tmp_path / name / "a_probabilities.nii.gz") for name in ("0", "1", "01")
        )
        assert both.shape == (36, 30, 26, 3) and both.get_data_dtype() == np.float32
        np.testing.assert_array_equal(both.affine, nib.load(folder / "a/t1c.nii.gz").affine)
        first, second, mean = (np.asarray(image.dataobj) for image in (one, other, both))
        np.testing.assert_array_equal(mean, (first + second) / 2)
        brain = voxels(folder / "a/t1c.nii.gz") != 0
        assert (mean[~brain] == 0).all() and (mean[brain] > 0).all() and mean.max() < 1
        # The mask lies where some region is more probable than not.
        mask = voxels(tmp_path / "01/a.nii.gz") > 0
        assert (mean.max(axis=-1)[mask] > 0.5).all() and mask.any()

    def test_a_single_subject_has_them_too(self, made, tmp_path):
        out = tmp_path / "a.nii"
        images = {name: str(made / f"clinic/a/{name}.nii.gz") for name in CONTRASTS}
        line = arguments(made / "fold0", out, **images)
        assert main([*line, "--weights", f"{made}/fold1/weights.pt", "--probabilities"]) == 0
        found = nib.load(tmp_path / "a_probabilities.nii")
        assert found.shape == (*nib.load(out).shape, 3) and 0 < np.asarray(found.dataobj).max() < 1

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"preprocessing": PREPROCESSING | {"spacing": 2.0}}, "spacing (2.0 and 3.0)"),
            ({"preprocessing": PREPROCESSING | {"clip": [1, 99]}}, "preprocessing: clip"),
        ],
    )
    def test_networks_of_other_images_are_refused_together(
        self, made, tmp_path, capsys, changes, says
    ):
        other = write_fold(tmp_path / "other", 5, **changes)
        line = words(made, tmp_path / "out", *LAYOUT, "--weights", str(other))
        assert says in failure(line, capsys)
        assert not (tmp_path / "out").exists()

    def test_one_given_twice_is_refused(self, made, tmp_path, capsys):
        shutil.copytree(made / "fold0", tmp_path / "copy")
        line = words(made, tmp_path / "out", *LAYOUT, "--weights", f"{tmp_path}/copy/weights.pt")
        assert "are the same weights, given twice" in failure(line, capsys)

    def test_volumes_below_which_nothing_is_believed_are_the_median_of_the_folds(self, tmp_path):
        chosen = [{"smallest_component_ml": ml, "smallest_et_ml": 0.1} for ml in (0, 0.4, 5)]
        folds = [
            write_fold(tmp_path / f"fold{seed}", seed, postprocessing=own)
            for seed, own in enumerate(chosen)
        ]
        assert vars(load_ensemble(folds).postprocessing) == chosen[1]


class TestResume:
    @pytest.fixture
    def out(self, made, tmp_path):
        assert main(words(made, tmp_path / "out", *LAYOUT)) == 1
        return tmp_path / "out"

    def test_finished_subjects_are_not_predicted_again(self, made, out, monkeypatch):
        before = (out / "predictions.csv").read_text()
        segmented = []
        original = many.segment

        def segment(ensemble, prepared):
            segmented.append(prepared.metadata["subject"])
            return original(ensemble, prepared)

        monkeypatch.setattr(many, "segment", segment)
        assert main(words(made, out, *LAYOUT)) == 1
        assert segmented == [] and (out / "predictions.csv").read_text() == before
        (out / "c d.nii.gz").unlink()
        assert main(words(made, out, *LAYOUT)) == 1
        assert segmented == ["c d"] and (out / "predictions.csv").read_text() == before
        assert main(words(made, out, *LAYOUT, folds=(1,))) == 1
        assert segmented == ["c d", "a", "c d"] and (out / "predictions.csv").read_text() != before

    def test_after_an_interruption_the_rest_is_made(self, made, tmp_path, out, monkeypatch):
        other = tmp_path / "other"
        original = many.segment

        def interrupted(ensemble, prepared):
            if prepared.metadata["subject"] == "c d":
                raise KeyboardInterrupt
            return original(ensemble, prepared)

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(many, "segment", interrupted)
            main(words(made, other, *LAYOUT))
        table = PREDICTED.read(other / "predictions.csv")
        assert table["subject"].tolist() == ["a", "b"] and not (other / "c d.nii.gz").exists()
        assert main(words(made, other, *LAYOUT)) == 1
        for name in ("a.nii.gz", "c d.nii.gz", "predictions.csv"):
            assert (other / name).read_bytes() == (out / name).read_bytes()

    def test_a_full_disk_ends_it_and_excludes_nobody(self, made, tmp_path, capsys, monkeypatch):
        def full(image, path):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr("cirl.imaging.geometry.nib.save", full)
            said = failure(words(made, tmp_path / "out", *LAYOUT), capsys)
        assert "No space left on device" in said
        assert len(PREDICTED.read(tmp_path / "out/predictions.csv")) == 0
        assert main(words(made, tmp_path / "out", *LAYOUT)) == 1
        assert (tmp_path / "out/a.nii.gz").is_file()


class TestNothingIsReplaced:
    def test_an_image_in_a_masks_place(self, made, tmp_path, capsys):
        """Of files of all contrasts a mask has the very name."""
        folder = tmp_path / "flat"
        folder.mkdir()
        images = [voxels(made / f"clinic/a/{name}.nii.gz") for name in CONTRASTS]
        nib.save(nib.Nifti1Image(np.stack(images, axis=-1), AFFINE), folder / "a.nii.gz")
        before = (folder / "a.nii.gz").read_bytes()
        line = words(made, folder, "--pattern", "{subject}.nii.gz", folder="../" + str(folder))
        line[line.index("--folder") + 1] = str(folder)
        named = ["--name", "t1c=0", "--name", "t2f=1"]
        assert "would replace " in failure(line + named, capsys)
        assert (folder / "a.nii.gz").read_bytes() == before
        # Elsewhere the same files give the mask of files of one contrast each.
        line[line.index("--out") + 1] = str(tmp_path / "out")
        assert main(line + named) == 0
        assert main(words(made, tmp_path / "other", *LAYOUT)) == 1
        masks = [tmp_path / name / "a.nii.gz" for name in ("out", "other")]
        assert masks[0].read_bytes() == masks[1].read_bytes()

    @pytest.mark.parametrize("name", ["a.nii.gz", "predictions.csv"])
    def test_what_somebody_else_wrote_there(self, made, tmp_path, capsys, name):
        (tmp_path / name).write_bytes(b"an expert's")
        said = failure(words(made, tmp_path, *LAYOUT), capsys)
        assert f"{tmp_path / name}: is there, and" in said
        assert (tmp_path / name).read_bytes() == b"an expert's"

    def test_a_file_for_a_folder(self, made, tmp_path, capsys):
        (tmp_path / "out").write_text("")
        assert "out: no folder for masks" in failure(words(made, tmp_path / "out"), capsys)


def test_named_layouts_give_the_same_mask(made, tmp_path, capsys):
    """Without a label; of BIDS a brain mask is wanted, unless it is said that there is none."""
    images = {name: made / f"clinic/a/{name}.nii.gz" for name in CONTRASTS}
    for folder, names in {
        "nnunet/imagesTr": {"t1c": "a_0001", "t2f": "a_0000"},
        "bids/sub-a/ses-1/anat": {"t1c": "sub-a_ses-1_ce-gd_T1w", "t2f": "sub-a_ses-1_FLAIR"},
    }.items():
        (tmp_path / folder).mkdir(parents=True)
        for contrast, name in names.items():
            shutil.copy(images[contrast], tmp_path / folder / f"{name}.nii.gz")
    described = {"channel_names": {"0": "FLAIR", "1": "T1ce"}}
    (tmp_path / "nnunet/dataset.json").write_text(json.dumps(described))
    weights = ["predict", "--weights", str(made / "fold0/weights.pt")]
    masks = []
    for layout, name, code, more in (
        ("nnunet", "a", 0, []),
        ("bids", "a_ses-1", 1, []),
        ("bids", "a_ses-1", 0, ["--name", "brain_mask="]),
    ):
        out = tmp_path / f"out{len(masks)}{layout}{code}"
        line = ["--folder", str(tmp_path / layout), "--layout", layout, "--out", str(out)]
        assert main([*weights, *line, *more]) == code
        if code:
            assert "desc-brain_mask.nii[.gz]: no such file" in capsys.readouterr().out
        else:
            masks.append((out / f"{name}.nii.gz").read_bytes())
    assert masks[0] == masks[1]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--layout", "bisd"], "layout: 'bisd', known are: brats, nnunet, bids, msd"),
        (["--t1c", "a.nii"], "--t1c cannot be given with --folder"),
        (["--name", "t1c"], "--name t1c: expected NAME=TEXT"),
        (
            ["--name", "t1c=a", "--name", "t1c=b"],
            "--name: one of them is given twice: t1c=a, t1c=b",
        ),
        (["--pattern", "{contrast}.nii"], "pattern {contrast}.nii: expected {subject} in it"),
        (["--pattern", "{subject}.nii"], "contrasts.t1c: 't1c', but pattern has no {contrast}"),
        (["--pattern", "t9={subject}.nii"], "patterns: no file is called 't9'"),
        (["--layout", "nnunet"], "contrasts.t1c: 't1c', but no "),
        (["--pattern", "{subject}/x/{contrast}.nii"], ""),
    ],
)
def test_a_folder_that_leaves_something_open_is_refused(made, tmp_path, capsys, more, says):
    if says:
        assert says in failure(words(made, tmp_path / "out", *more), capsys)
        assert not (tmp_path / "out").exists()
    else:
        assert main(words(made, tmp_path / "out", *more)) == 1


def test_folder_options_without_a_folder_are_refused(made, tmp_path, capsys):
    line = ["predict", "--weights", f"{made}/fold0/weights.pt", "--out", "a.nii", *LAYOUT]
    assert "--pattern needs --folder" in failure(line, capsys)


def test_variables_are_put_into_paths(made, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("CIRL_NOT_SET", raising=False)
    line = words(made, "$CIRL_NOT_SET/out", *LAYOUT)
    assert "the environment variable CIRL_NOT_SET is not set" in failure(line, capsys)
    monkeypatch.setenv("CIRL_MADE", str(made))
    monkeypatch.setenv("HOME", str(tmp_path))
    line = ["predict", "--weights=$CIRL_MADE/fold0/weights.pt", "--folder=${CIRL_MADE}/clinic"]
    assert main([*line, "--out=~/out", *LAYOUT]) == 1
    assert (tmp_path / "out/a.nii.gz").is_file()


def test_one_network_of_two_standard_scales_only_where_each_fold_has_one(tmp_path):
    """Scales of all subjects have to be equal; those of folds differ, and are each network's."""
    nyul = PREPROCESSING | {"normalisation": "nyul"}
    scales = [
        [
            {"contrast": name, "percentile": percentile, "value": value * (1 + seed)}
            for name in CONTRASTS
            for percentile, value in zip((1, 50, 99), (-2.0, 0.0, 2.0), strict=True)
        ]
        for seed in range(2)
    ]
    for fit in ("all", "fold"):
        own = nyul | {"nyul": {"percentiles": [1, 50, 99], "fit": fit}}
        folds = [
            write_fold(tmp_path / fit / str(seed), seed, preprocessing=own, standard_scale=scale)
            for seed, scale in enumerate(scales)
        ]
        if fit == "all":
            with pytest.raises(ValueError, match="differ in standard_scale, so that"):
                load_ensemble(folds)
            continue
        ensemble = load_ensemble(folds)
        (tmp_path / "a").mkdir()
        images = write_images(tmp_path / "a")
        files = SubjectFiles("a", "", "a", {name: images[name] for name in CONTRASTS}, None)
        prepared = preprocess(files, ensemble.preprocessing)
        alone = [load_ensemble([fold]).probability(prepared) for fold in folds]
        np.testing.assert_array_equal(ensemble.probability(prepared), (alone[0] + alone[1]) / 2)
        shown = [member.image_of(prepared) for member in ensemble.members]
        assert np.abs(shown[0] - shown[1]).max() > 1


def test_a_spoilt_model_of_several_is_named(made, tmp_path, capsys):
    shutil.copytree(made / "fold1", tmp_path / "copy")
    spoilt(tmp_path / "copy" / MODEL_FILE, lambda content: content.pop("outputs"))
    line = words(made, tmp_path / "out", *LAYOUT, "--weights", f"{tmp_path}/copy/weights.pt")
    assert f"{tmp_path}/copy/{MODEL_FILE}: not a model's file" in failure(line, capsys)


def test_records_are_plain_text(made, tmp_path):
    main(words(made, tmp_path / "out", *LAYOUT))
    record = json.loads((tmp_path / "out" / many.RECORDS / "a.json").read_text())
    assert record["row"]["subject"] == "a" and set(record["key"]["files"]) == set(CONTRASTS)


def test_names_that_no_table_or_no_file_system_can_hold_cost_nobody_else(made, tmp_path, capsys):
    """One that is not UTF-8, and one that is as long as a folder's may be: no mask fits."""
    folder = tmp_path / "clinic"
    for name in (b"a", b"\xff", b"x" * 253):
        shutil.copytree(made / "clinic/a", folder / os.fsdecode(name))
    line = words(made, tmp_path / "out", *LAYOUT)
    line[line.index("--folder") + 1] = str(folder)
    assert main(line) == 1
    table = PREDICTED.read(tmp_path / "out/predictions.csv").set_index("subject")
    assert table["status"].to_dict() == {"a": "ok", "x" * 253: "failed", "\\udcff": "failed"}
    assert table.loc["x" * 253, "reason"] == "the name is too long for a file"
    assert "not UTF-8" in table.loc["\\udcff", "reason"]

"""Maps lie where the image lies, and say what the windows say."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from two_textures import AFFINE, BORDER, SHAPE, SUBJECTS, WINDOWS, settings_of

from cirl.imaging.store import open_subject
from cirl.texture.encoder import Learning
from cirl.texture.maps import nearest_window, texture_map, write_map
from cirl.texture.model import TextureModel, learn_model
from cirl.texture.patches import draw_patches
from cirl.texture.signing import shares_of, sign_subjects, window_labels
from cirl.texture.windows import WindowSettings


@pytest.fixture(scope="module")
def model(store: Path) -> TextureModel:
    windows = draw_patches(store, SUBJECTS, WINDOWS, 400, seed=1).of(None)
    return learn_model("spectrum", settings_of("spectrum"), windows, WINDOWS, Learning(2, 7), {})


def test_a_map_lies_on_the_image_and_has_the_textures_where_they_are(
    model: TextureModel, store: Path, tmp_path: Path
) -> None:
    subject = open_subject(store, SUBJECTS[1])
    written = write_map(subject, model, tmp_path / "map.nii.gz")
    image = nib.load(tmp_path / "map.nii.gz")
    assert image.shape == SHAPE and np.allclose(image.affine, AFFINE)
    assert np.array_equal(np.asanyarray(image.dataobj), written)
    assert set(np.unique(written)) == {0, 1, 2}
    assert not written[:4].any() and not written[:, :4].any()
    # In the file's own axes, well away from the border of the textures.
    fine, coarse = (written[part, 20:40] for part in (slice(15, 22), slice(50, 57)))
    assert np.bincount(fine.ravel()).argmax() != np.bincount(coarse.ravel()).argmax()
    for side in (fine, coarse):
        assert np.bincount(side.ravel()).max() / side.size > 0.9
    change = np.abs(np.diff((written[:, 20:40] == np.bincount(fine.ravel()).argmax()).mean((1, 2))))
    assert abs(int(change[15:57].argmax()) + 15 - BORDER) <= 4


def test_the_middles_of_windows_have_their_labels(model: TextureModel, store: Path) -> None:
    subject = open_subject(store, SUBJECTS[2])
    numbers = texture_map(subject, model)
    places, labels = window_labels(subject, model)
    found = numbers[tuple(places.T)]
    assert (found == labels + 1)[found > 0].mean() == 1 and (found > 0).mean() > 0.95


def test_each_voxel_takes_the_nearest_window() -> None:
    settings = WindowSettings("liver", (0,))
    nearest = nearest_window(72, 1.0, 21, settings)
    middles = (
        np.arange(21) * settings.step * settings.pixel + (16 - settings.margin) * settings.pixel
    )
    voxels = np.arange(72) + 0.5
    distance = np.abs(voxels[:, None] - middles)
    assert np.array_equal(distance[np.arange(72), nearest], distance.min(axis=1))


def test_signatures_are_shares_and_coarse_or_empty_ones_are_marked(
    model: TextureModel, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    roles = dict.fromkeys(SUBJECTS[:3], "train") | {SUBJECTS[3]: "test"}
    table = sign_subjects(store, SUBJECTS, roles, model)
    assert table["status"].eq("ok").all() and table["role"].tolist() == [*["train"] * 3, "test"]
    shares = table[["cluster_1", "cluster_2"]]
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1)
    assert shares.to_numpy() == pytest.approx(0.5, abs=0.25)
    wide = WindowSettings("liver", (0,), edge=6.0)
    coarse = TextureModel(model.name, model.encoder, model.centroids, wide, {})
    row = sign_subjects(store, SUBJECTS[:1], {}, coarse).iloc[0]
    assert (row["status"], row["role"]) == ("coarse", "none")
    assert "a window of 6 mm is 6.0 voxels wide, expected 7" in row["reason"]
    nowhere = TextureModel(
        model.name, model.encoder, model.centroids, WindowSettings("WT", (0,)), {}
    )
    row = sign_subjects(store, SUBJECTS[:1], {}, nowhere).iloc[0]
    assert row["status"] == "empty" and np.isnan(row["cluster_1"]) and row["windows"] == 0
    with pytest.raises(
        ValueError, match="none of the 4 subjects has a window of 14 mm of which 80"
    ):
        draw_patches(store, SUBJECTS, WindowSettings("WT", (0,)), 40, seed=1)


def test_shares_are_of_all_textures_though_some_are_nowhere() -> None:
    assert shares_of(np.array([0, 0, 2, 0]), 4) == pytest.approx([0.75, 0, 0.25, 0])

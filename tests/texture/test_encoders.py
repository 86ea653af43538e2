"""Every encoder: finds what is there, encodes slices as it does windows, comes from a file."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from two_textures import SUBJECTS, WINDOWS, settings_of

from cirl.configuration.registries.encoders import ENCODERS
from cirl.deep_clustering.dcn import DCN
from cirl.deep_clustering.training import ClusteringBatch, PhaseSettings
from cirl.imaging.store import open_subject
from cirl.representation.patch_autoencoder import PatchAutoencoder
from cirl.texture.encoder import Encoder, Learning, build_encoder
from cirl.texture.model import TextureModel, has_model, learn_model, load_textures, save_textures
from cirl.texture.networks import changed_windows, weight_on_sums
from cirl.texture.patches import draw_patches
from cirl.texture.signing import sign_subject, window_labels
from cirl.texture.spectrum import log_power
from cirl.texture.windows import all_starts, cut_windows, middles, region_slices


@pytest.fixture(scope="module")
def windows(store: Path) -> np.ndarray:
    return draw_patches(store, SUBJECTS[:3], WINDOWS, 240, seed=1).of(None)


@pytest.fixture(scope="module", params=list(ENCODERS))
def model(request: pytest.FixtureRequest, windows: np.ndarray) -> TextureModel:
    settings = settings_of(request.param)
    return learn_model(request.param, settings, windows, WINDOWS, Learning(3, 7), {"a": 1})


def test_the_same_windows_give_the_same_textures_after_a_file(
    model: TextureModel, store: Path, tmp_path: Path, windows: np.ndarray
) -> None:
    save_textures(model, tmp_path / "encoder.npz")
    assert has_model(tmp_path / "encoder.npz")
    again = load_textures(tmp_path / "encoder.npz")
    assert again.windows == WINDOWS and again.study == {"a": 1} and again.k == 3
    left_out = open_subject(store, SUBJECTS[3])
    for one, other in zip(
        window_labels(left_out, model), window_labels(left_out, again), strict=True
    ):
        assert np.array_equal(one, other)
    # Numbered by size among the windows that were learnt from.
    sizes = np.bincount(model.labels(model.encoder.encode(windows)), minlength=3)
    assert (np.diff(sizes) <= 0).all()
    row = sign_subject(left_out, model)
    assert sum(row[f"cluster_{number}"] for number in (1, 2, 3)) == pytest.approx(1)


def test_a_slice_is_encoded_to_what_its_windows_are(model: TextureModel, store: Path) -> None:
    part = next(iter(region_slices(open_subject(store, SUBJECTS[0]), WINDOWS)))
    starts = all_starts(part, WINDOWS, 5)
    assert len(starts) > 200
    single = model.encoder.encode(cut_windows(part.image, starts, WINDOWS.pixels))
    assert np.abs(model.encoder.encode_slice(part.image, starts) - single).max() < 1e-5


def halves(store: Path, subject: str) -> tuple[np.ndarray, np.ndarray]:
    """Windows of a subject that lie in one texture, and whether it is the coarse one."""
    stored = open_subject(store, subject)
    part = next(iter(region_slices(stored, WINDOWS)))
    starts = all_starts(part, WINDOWS, 8)
    # The store runs the other way.
    places = middles(part.number, starts, stored.spacing, WINDOWS)[:, 0] - 35
    pure = np.abs(places) > 8
    return cut_windows(part.image, starts[pure], WINDOWS.pixels), places[pure] < 0


def test_spectra_fall_into_the_textures_and_random_filters_tell_them(
    windows: np.ndarray, store: Path
) -> None:
    """In a subject that neither has seen."""
    seen, of_seen = halves(store, SUBJECTS[0])
    left_out, coarse = halves(store, SUBJECTS[3])
    spectrum = learn_model(
        "spectrum", settings_of("spectrum"), windows, WINDOWS, Learning(4, 7), {}
    )
    labels = spectrum.labels(spectrum.encoder.encode(left_out))
    of_each = [coarse[labels == number] for number in range(4)]
    right = sum(max(found.sum(), (~found).sum()) for found in of_each) / coarse.size
    assert right > 0.95 and 0.3 < coarse.mean() < 0.7
    filters = build_encoder("random", settings_of("random"), 1, 32)
    filters.learn(windows, Learning(4, 7))
    told = LogisticRegression().fit(filters.encode(seen), of_seen)
    assert told.score(filters.encode(left_out), coarse) > 0.95


def test_an_encoder_without_padding_is_dense_and_one_with_padding_is_not(
    monkeypatch: pytest.MonkeyPatch, store: Path
) -> None:
    part = next(iter(region_slices(open_subject(store, SUBJECTS[0]), WINDOWS)))
    starts = all_starts(part, WINDOWS, 8)
    dense = build_encoder("ae", settings_of("ae"), 1, 32)
    padded = build_encoder("ae", settings_of("ae") | {"padding": "same"}, 1, 32)
    monkeypatch.setattr(Encoder, "encode_slice", lambda *_: pytest.fail("windows were cut"))
    assert dense.encode_slice(part.image, starts).shape == (len(starts), 4)
    with pytest.raises(pytest.fail.Exception):
        padded.encode_slice(part.image, starts)


def test_log_spectra_see_neither_brightness_nor_place() -> None:
    random = np.random.default_rng(0)
    window = random.standard_normal((1, 1, 32, 32)).astype(np.float32)
    assert log_power(window + 7) == pytest.approx(log_power(window), abs=2e-3)
    wave = np.cos(2 * np.pi * 4 * np.arange(32) / 32)[None, None, None] * np.ones((1, 1, 32, 1))
    moved = np.roll(wave, 3, axis=3)
    peak = np.unravel_index(log_power(wave)[0, 0].argmax(), (32, 32))
    assert peak[0] == 16 and abs(peak[1] - 16) == 4
    assert log_power(moved)[0, 0, 16, 20] == pytest.approx(log_power(wave)[0, 0, 16, 20], abs=0.1)


def test_the_clustering_weight_means_what_its_reduction_says() -> None:
    """By hand: 2 x 8 x 8 values of 1 reproduced as 0, and a latent 3 from the centroid."""
    network = PatchAutoencoder(2, 8, [3], 2)
    network.decode = lambda latents: torch.zeros(1, 2, 8, 8)
    network.encode = lambda items: torch.tensor([[3.0, 0.0]])
    item = torch.ones(1, 2, 8, 8)

    def loss(weight: float, reduction: str) -> float:
        clusterer = DCN(1, network, PhaseSettings(), 0, 2 * weight_on_sums(weight, reduction, 128))
        clusterer.network_, clusterer.centroids_ = network, torch.zeros(1, 2)
        target = torch.zeros(1, dtype=torch.long)
        zeros = torch.zeros(1, 2)
        batch = ClusteringBatch(item, target, torch.Generator(), target=target, offsets=zeros)
        return clusterer._losses(batch)[0].item()

    assert loss(0.0, "sum") == pytest.approx(128)
    assert loss(0.05, "sum") == pytest.approx(128 + 0.05 * 9)
    # As mean(error) + 0.05 |z - m|^2, times 128.
    assert loss(0.05, "mean") == pytest.approx(128 * (1 + 0.05 * 9))
    assert weight_on_sums(1, "mean", 32 * 32) == 1024


def test_changed_windows_are_the_same_pixels_elsewhere() -> None:
    windows = torch.arange(2 * 16 * 16, dtype=torch.float32).view(2, 1, 16, 16)
    changed = changed_windows(windows, torch.Generator().manual_seed(3))
    assert not torch.equal(changed, windows)
    assert torch.equal(changed.flatten(1).sort().values, windows.flatten(1))


def test_too_few_pixels_for_the_network_are_named() -> None:
    with pytest.raises(ValueError, match="nothing is left of 8 after 3 convolutions"):
        PatchAutoencoder(1, 8, [4, 4, 4], 2)

"""What images are disturbed by."""

import torch

from cirl.anomaly.disturbance import coarse_noise, masked_squares, noise_patches


def images(count: int = 300) -> torch.Tensor:
    flat = torch.full((count, 2, 64, 64), 1.5)
    flat[:, :, :, :16] = 0
    return flat


def random() -> torch.Generator:
    return torch.Generator().manual_seed(2)


def edges_of(changed: torch.Tensor) -> torch.Tensor:
    return changed.any(dim=-1).sum(dim=-1)


def test_a_patch_of_noise_is_a_square_of_the_size_that_was_asked_for() -> None:
    clean = torch.full((300, 2, 64, 64), 1.5)
    noisy = noise_patches(clean, (0.25, 0.5), random())
    changed = noisy != clean
    assert torch.equal(changed[:, 0], changed[:, 1])  # the same square in all contrasts
    heights, widths = edges_of(changed[:, 0]), edges_of(changed[:, 0].transpose(1, 2))
    assert (heights - widths).abs().max() <= 1
    assert heights.min() in (15, 16, 17) and heights.max() in (31, 32)
    # Like the brain: mean 1, deviation a third, as z-scores are.
    assert abs(noisy[changed].mean() - 1) < 0.01 and abs(noisy[changed].std() - 1 / 3) < 0.01


def test_noise_stays_in_the_brain_and_repeats_itself() -> None:
    clean = images()
    deviations = torch.tensor([0.2, 0.4])
    for disturb in (
        lambda draw: noise_patches(clean, (0.9, 0.9), draw),
        lambda draw: coarse_noise(clean, 8, deviations, draw),
    ):
        noisy = disturb(random())
        assert torch.equal(noisy[..., :16], clean[..., :16])
        assert (noisy[..., 16:] != clean[..., 16:]).any()
        assert torch.equal(noisy, disturb(random()))


def test_coarse_noise_is_smooth_and_has_the_deviation_of_each_contrast() -> None:
    clean = torch.ones(400, 2, 64, 64)
    noise = coarse_noise(clean, 16, torch.tensor([0.2, 0.4]), random()) - clean
    first, second = noise[:, 0].std(), noise[:, 1].std()
    # Interpolation between normal values takes a part of their variance.
    assert 0.11 < first < 0.2 and abs(second / first - 2) < 0.05
    steps = (noise[..., 1:] - noise[..., :-1])[:, 0].std()
    assert steps < 0.6 * first


def test_up_to_so_many_squares_of_up_to_half_the_width_are_masked() -> None:
    clean = torch.ones(2000, 1, 32, 32)
    masked = masked_squares(clean, 1, random())
    hidden = (masked == 0)[:, 0]
    share = hidden.any(dim=(1, 2)).float().mean()
    assert abs(share - 0.5) < 0.06  # none or one
    assert edges_of(hidden).max() == 16
    assert masked_squares(clean, 0, random()) is clean
    untouched = (masked_squares(clean, 3, random()) > 0).all(dim=(1, 2, 3)).float().mean()
    # Each number of squares is equally likely; some squares are of less than a pixel.
    assert 0.22 < untouched < 0.3

"""Examples show subjects held out first, and walks pass through the mean latent."""

import numpy as np
import torch

from cirl.representation.autoencoders import decode, encode, to_items
from cirl.representation.examples import load_examples, load_traversals, save_arrays
from cirl.representation.showing import reconstruct_examples, traverse


def test_examples_show_subjects_held_out_first(pretrained, planted_slices, tmp_path):
    network, _, held_out = pretrained["vae"]
    examples = reconstruct_examples(network, planted_slices, held_out, count=4)
    assert examples.held_out == [True, True, False, False]
    assert examples.subjects[0] == planted_slices.subjects[held_out[0]]
    assert examples.inputs.shape == examples.outputs.shape == (4, 2, 16, 16)
    save_arrays(examples, tmp_path / "examples.npz")
    again = load_examples(tmp_path / "examples.npz")
    assert again.subjects == examples.subjects and again.held_out == examples.held_out
    np.testing.assert_array_equal(again.outputs, examples.outputs)


def test_walks_follow_the_main_axes(pretrained, planted_slices, tmp_path):
    network = pretrained["vae"][0]
    walks = traverse(network, planted_slices, axes=2, steps=(-1, 0, 2))
    latents = encode(network, to_items(planted_slices.images).flatten(0, 1)).numpy()
    mean = latents.mean(axis=0, dtype=float)
    values, vectors = np.linalg.eigh(np.cov(latents.astype(float), rowvar=False, ddof=0))
    np.testing.assert_allclose(walks.shares, values[::-1][:2] / values.sum(), rtol=1e-5)
    point = mean + 2 * np.sqrt(values[-1]) * vectors[:, -1]
    other = mean - 2 * np.sqrt(values[-1]) * vectors[:, -1]
    both = decode(network, torch.from_numpy(np.stack([point, other]).astype(np.float32))).numpy()
    distance = np.abs(both - walks.images[0, 2]).max(axis=(1, 2, 3)).min()
    assert distance < 1e-3  # the sign of an axis is free
    centre = decode(network, torch.from_numpy(mean[None].astype(np.float32))).numpy()[0]
    np.testing.assert_allclose(walks.images[:, 1], np.stack([centre, centre]), atol=1e-5)
    save_arrays(walks, tmp_path / "walks.npz")
    np.testing.assert_array_equal(load_traversals(tmp_path / "walks.npz").images, walks.images)

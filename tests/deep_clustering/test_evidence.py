"""The trap: on noise a trained latent has a high silhouette, and the evidence says what it is."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import silhouette_score

from cirl.clustering.selection import SelectionRule, select_clusterings
from cirl.clustering.significance import (
    null_columns,
    stability_columns,
)
from cirl.deep_clustering.evidence import (
    DeepFitter,
    deep_null,
    deep_resamplings,
    deep_seeds,
    latent_null,
)
from cirl.deep_clustering.training import PhaseSettings
from cirl.representation.autoencoders import AutoencoderSettings, encode, to_items
from cirl.representation.epochs import Interruption
from cirl.representation.pretraining import PretrainingSettings, pretrain
from cirl.running.checkpoints import CheckpointFolder
from cirl.running.seeding import repetition_seed
from cirl.study.tables.clustering import NULLS, STABILITIES

SEED, K = 5, 4


@pytest.fixture(scope="module")
def noise():
    """Gaussian noise, and what DEC makes of it from the networks of three seeds."""
    torch.set_num_threads(1)
    values = np.random.default_rng(0).normal(size=(200, 1, 20)).astype(np.float32)
    network = AutoencoderSettings((64, 64), 10, "real", 0.5**0.5)
    settings = PretrainingSettings(2e-3, 50, 60, 60, 0.0)
    phase = PhaseSettings(5, 2e-3, 50, 100, patience=100)
    fitters = [
        DeepFitter(
            "dec",
            K,
            pretrain(values, network, settings, repetition_seed(SEED, number), False)[0],
            phase,
            {},
        )
        for number in range(3)
    ]
    (fit,) = fitters[0](values, SEED)
    return values, fitters, fit


def test_noise_has_a_high_silhouette_that_no_other_seed_agrees_with(noise):
    values, (first, *others), fit = noise
    silhouette = silhouette_score(fit.space, fit.labels)
    assert silhouette > 0.8
    seeds = deep_seeds(others, fit.labels, values, SEED)
    assert seeds.columns.tolist() == STABILITIES.names
    assert len(seeds) == 3 and (seeds["kind"] == "seed").all()
    assert seeds["ari"].mean() < 0.2

    null = deep_null(first, values, 3, SEED)
    assert null.columns.tolist() == NULLS.names
    assert null["silhouette"].min() > 0.8
    resampled = deep_resamplings(first.knowing(fit.labels), values, 0.8, 2, SEED)
    observed = pd.DataFrame(
        {"algorithm": ["dec"], "k": [K], "silhouette": [silhouette], "degenerate": [False]}
    ).assign(valley=0.0, finer="")
    evidence = [
        null_columns(observed, null, SelectionRule().alpha),
        stability_columns(observed, pd.concat([resampled, seeds])),
    ]
    chosen = select_clusterings(pd.concat([observed, *evidence], axis=1), SelectionRule())
    assert not chosen["selected"].any()


def test_a_real_clustering_is_stable_between_seeds(pretrained, planted_slices, planted_labels):
    phase = PhaseSettings(epochs=3)
    fitters = [DeepFitter("idec", 3, pretrained["ae"][0], phase, {}) for _ in range(2)]
    seeds = deep_seeds(fitters, planted_labels, planted_slices.images, SEED)
    assert len(seeds) == 3
    assert seeds["ari"].min() > 0.9


def test_null_has_the_mean_and_the_covariance_of_the_latents(noise):
    values, (first, *_), _ = noise
    latents = encode(first.network, to_items(values[:, 0])).numpy()
    draw = latent_null(first.network, values)
    random = np.random.default_rng(1)
    drawn = np.concatenate([draw(random) for _ in range(30)])
    assert drawn.shape == (6000, 1, 20) and drawn.dtype == values.dtype
    again = encode(first.network, to_items(drawn[:, 0])).numpy()
    # What was decoded is encoded again, so that the two agree as far as the network inverts itself.
    scale = latents.std(axis=0)
    np.testing.assert_allclose(again.mean(axis=0) / scale, latents.mean(axis=0) / scale, atol=0.15)
    wanted, found = np.corrcoef(latents.T), np.corrcoef(again.T)
    np.testing.assert_allclose(found, wanted, atol=0.15)


def test_parts_of_a_drawn_subject_belong_together():
    """Two parts that are equal in every real subject are equal in every drawn one."""
    random = np.random.default_rng(0)
    values = np.repeat(random.normal(size=(30, 1, 6)), 2, axis=1).astype(np.float32)
    network = AutoencoderSettings((16,), 3, "real", 1.0)
    trained, _, _ = pretrain(values, network, PretrainingSettings(epochs=2), 0, False)
    drawn = latent_null(trained, values)(random)
    np.testing.assert_allclose(drawn[:, 0], drawn[:, 1], atol=1e-4)
    assert np.abs(drawn[0] - drawn[1]).max() > 1e-3


def test_draws_do_not_depend_on_how_many_there_are_nor_on_interruptions(
    noise, tmp_path, monkeypatch
):
    values, (first, *_), _ = noise
    few = PhaseSettings(2, 2e-3, 50, 2)
    fitter = DeepFitter("dec", 3, first.network, few, {})
    whole = deep_null(fitter, values, 3, SEED)
    pd.testing.assert_frame_equal(deep_null(fitter, values, 2, SEED), whole.head(2))

    interruption = Interruption(CheckpointFolder(tmp_path, {}), interval=0)
    fit = DeepFitter.__call__
    calls = []

    def until(self, data, seed):
        calls.append(seed)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return fit(self, data, seed)

    monkeypatch.setattr(DeepFitter, "__call__", until)
    with pytest.raises(KeyboardInterrupt):
        deep_null(fitter, values, 3, SEED, interruption)
    resumed = deep_null(fitter, values, 3, SEED, interruption)
    pd.testing.assert_frame_equal(resumed, whole)
    assert len(calls) == 4  # two before the interruption, and the two that were missing


def test_clusterings_of_subsamples_are_compared_on_them(noise):
    values, (first, *_), fit = noise
    resampled = deep_resamplings(first.knowing(fit.labels), values, 0.8, 1, SEED)
    assert resampled[["family", "algorithm", "k", "kind"]].values.tolist() == [
        ["dec", "dec", K, "resample"]
    ]
    assert -0.1 < resampled["ari"].item() < 1


def test_as_many_clusters_as_subjects_are_not_fitted(noise):
    values, (first, *_), _ = noise
    assert first(values[:K], SEED) == []

"""Probes and the effective rank against closed forms, and features against plain reckoning."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_store import CONTRASTS, NETWORK, make_store, training_settings

from cirl.segmentation.features import layer_features
from cirl.segmentation.network import build_network, parts_of
from cirl.segmentation.probes import effective_rank, probe
from cirl.segmentation.weights import TrainedNetwork


@pytest.mark.parametrize(
    ("singular", "rank"),
    [
        ((2.0,) * 5, 5.0),
        ((3.0, 0.0, 0.0), 1.0),
        ((3.0, 1.0), np.exp(-0.75 * np.log(0.75) - 0.25 * np.log(0.25))),
        ((0.0, 0.0), 0.0),
    ],
)
def test_effective_rank_counts_directions_that_are_used_evenly(singular, rank):
    turn, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((len(singular),) * 2))
    covariance = turn @ np.diag(np.square(singular)) @ turn.T
    assert effective_rank(covariance) == pytest.approx(rank, rel=1e-5)


NOTHING = (0.3, 0.7)


def groups(kind: str, sizes: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    domains = np.repeat(["a", "b"], sizes)
    features = random.standard_normal((sum(sizes), 6))
    sign = np.where(domains == "a", 1, -1)
    if kind == "shift":
        features[:, 0] += 3 * sign
    if kind == "product":  # no plane tells the domains apart
        first = np.where(random.random(sum(sizes)) < 0.5, 3, -3)
        features[:, 0] += first
        features[:, 1] += first * sign
    return features, domains


@pytest.mark.parametrize(
    ("kind", "linear", "mlp"),
    [
        ("shift", (0.95, 1), (0.95, 1)),
        ("product", (0.3, 0.7), (0.9, 1)),
        ("none", NOTHING, NOTHING),
    ],
)
def test_probes_tell_what_there_is_and_nothing_else(kind, linear, mlp):
    train, test = groups(kind, (80, 80), 1), groups(kind, (60, 60), 2)
    for name, (low, high) in (("linear", linear), ("mlp", mlp)):
        found = probe(*train, *test, name, hidden=16, seed=0)
        assert low <= found["accuracy"] <= high, (name, found)
        assert found["chance"] == 0.5 and found["classes"] == 2
        assert (found["n_train"], found["n_test"]) == (160, 120)


@pytest.mark.parametrize("kind", ["linear", "mlp"])
def test_a_rare_domain_counts_as_much_as_a_frequent_one(kind):
    accuracies = [
        probe(*groups("none", (90, 10), seed), *groups("none", (90, 10), 50 + seed), kind, 8, seed)
        for seed in range(4)
    ]
    assert np.mean([found["accuracy"] for found in accuracies]) == pytest.approx(0.5, abs=0.13)


def test_only_domains_on_both_sides_count():
    features = np.arange(12.0)[:, None]
    train = np.array(["a"] * 4 + ["b"] * 4 + ["c"] * 4)
    test = np.array(["a"] * 4 + ["b"] * 4 + ["new"] * 4)
    found = probe(features, train, features, test, "linear", 8, 0)
    assert (found["classes"], found["chance"], found["n_test"]) == (2, 0.5, 8)
    alone = probe(features[:4], train[:4], features, test, "mlp", 8, 0)
    assert np.isnan(alone["accuracy"]) and alone["classes"] == 1


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    return folder, sorted(make_store(folder, 4)["subject"])


def untrained() -> TrainedNetwork:
    torch.manual_seed(0)
    settings = replace(NETWORK, dropout=0.0)
    return TrainedNetwork(build_network(settings, 2, 3).eval(), settings, CONTRASTS, "regions")


def test_features_are_those_of_the_layers_and_follow_the_subjects(store):
    folder, subjects = store
    trained, training = untrained(), training_settings(tumour_probability=0.0, crop=[24, 20, 16])
    found = layer_features(trained, folder, subjects, training, crops=1, seed=0)
    assert list(found) == ["skip0", "skip1", "bottleneck"]
    # The crop is the whole image, wherever it is placed.
    from cirl.imaging.store import open_subject

    seen = []
    parts_of(trained.settings, trained.network).bottleneck.register_forward_hook(
        lambda module, inputs, output: seen.append(output[0].double().flatten(1))
    )
    with torch.inference_mode():
        for subject in subjects:
            trained.network(torch.from_numpy(open_subject(folder, subject).image[:])[None])
    bottleneck = found["bottleneck"]
    means = torch.stack([features.mean(dim=1) for features in seen]).numpy()
    np.testing.assert_allclose(bottleneck.pooled[:, :8], means, atol=1e-5)
    highest = torch.stack([features.amax(dim=1) for features in seen]).numpy()
    np.testing.assert_allclose(bottleneck.pooled[:, 16:], highest, atol=1e-5)
    expected = np.cov(torch.cat(seen, dim=1).numpy(), bias=True)
    np.testing.assert_allclose(bottleneck.covariance, expected, atol=1e-5)
    backwards = layer_features(trained, folder, subjects[::-1], training, crops=1, seed=0)
    np.testing.assert_allclose(backwards["skip1"].pooled[::-1], found["skip1"].pooled, atol=1e-6)

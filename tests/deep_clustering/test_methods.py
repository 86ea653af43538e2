"""All deep methods keep one contract, and find clusters that are there."""

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score, confusion_matrix

from cirl.configuration.registries.deep_clusterers import DEEP_CLUSTERERS
from cirl.deep_clustering.items import scale
from cirl.deep_clustering.methods import METHODS, build_method
from cirl.deep_clustering.training import PhaseSettings
from cirl.representation.autoencoders import AutoencoderSettings, digest, encode, to_items
from cirl.representation.epochs import Interruption
from cirl.representation.pretraining import PretrainingSettings, pretrain
from cirl.representation.training import Training
from cirl.running.checkpoints import CheckpointFolder

PHASE = PhaseSettings(batch_size=32, epochs=8, patience=8)


def network_of(method, pretrained):
    return pretrained[DEEP_CLUSTERERS[method].network][0]


@pytest.fixture(scope="module")
def models(pretrained, planted_slices):
    """Each method fitted to the planted slices, two a subject."""
    return {
        name: build_method(name, 3, network_of(name, pretrained), PHASE, 1, {}).fit(
            planted_slices.images
        )
        for name in METHODS
    }


@pytest.fixture(scope="module")
def digits():
    """600 digits, their classes, and a plain and a variational autoencoder of them."""
    values, truth = load_digits(return_X_y=True)
    rows = scale(values[:600])
    network = AutoencoderSettings((128, 128), 10, "real", 0.5**0.5)
    settings = PretrainingSettings(2e-3, 60, 60, 60, 0.0)
    networks = {
        name: pretrain(rows[:, None], network, settings, 0, name == "vae")[:1]
        for name in ("ae", "vae")
    }
    return rows, truth[:600], networks


@pytest.mark.parametrize("method", METHODS)
def test_finds_planted_clusters(models, planted_labels, method):
    model = models[method]
    assert adjusted_rand_score(planted_labels, model.labels_) > 0.9
    sizes = np.bincount(model.labels_)
    assert (np.diff(sizes) <= 0).all()
    assert model.confidences_.min() > 1 / 3 and model.confidences_.max() <= 1
    assert (model.margins_ >= 0).all() and (model.margins_ <= model.confidences_).all()
    assert model.latents_.shape == (48, 8)


@pytest.mark.parametrize("method", METHODS)
def test_predicts_what_it_fitted(models, planted_slices, method):
    labels, confidences = models[method].predict(planted_slices.images)
    np.testing.assert_array_equal(labels, models[method].labels_)
    np.testing.assert_allclose(confidences, models[method].confidences_, rtol=1e-5)
    some = models[method].predict(planted_slices.images[5:9])[0]
    np.testing.assert_array_equal(some, labels[5:9])


@pytest.mark.parametrize("method", METHODS)
def test_history_tells_losses_changes_and_sizes(models, method):
    history = models[method].history_
    sizes = ["size_0", "size_1", "size_2"]
    assert history.columns[-4:].tolist() == ["changed", *sizes]
    assert history["epoch"].tolist() == list(range(8))
    assert (history[sizes].sum(axis=1) == 96).all()
    assert np.isfinite(history.to_numpy()).all()


@pytest.mark.parametrize("method", METHODS)
def test_interrupted_and_resumed_equals_uninterrupted(
    models, pretrained, planted_slices, tmp_path, monkeypatch, method
):
    interruption = Interruption(CheckpointFolder(tmp_path, {}), interval=0)
    train_epoch = Training.train_epoch
    before = digest(network_of(method, pretrained))

    def fit():
        model = build_method(method, 3, network_of(method, pretrained), PHASE, 1, {})
        return model.fit(planted_slices.images, interruption=interruption)

    def until(self, epoch):
        if epoch == 3:
            raise KeyboardInterrupt
        return train_epoch(self, epoch)

    monkeypatch.setattr(Training, "train_epoch", until)
    with pytest.raises(KeyboardInterrupt):
        fit()
    monkeypatch.setattr(Training, "train_epoch", train_epoch)
    resumed, whole = fit(), models[method]
    assert digest(resumed.parts.network_) == digest(whole.parts.network_) != before
    for name, tensor in whole.parts._tensors().items():
        assert torch.equal(tensor, resumed.parts._tensors()[name]), name
    np.testing.assert_array_equal(resumed.labels_, whole.labels_)
    np.testing.assert_array_equal(resumed.latents_, whole.latents_)
    assert resumed.history_.equals(whole.history_)
    assert digest(network_of(method, pretrained)) == before


@pytest.mark.parametrize("method", METHODS)
def test_finds_most_digits(digits, method):
    rows, truth, networks = digits
    phase = PhaseSettings(epochs=30, patience=30)
    network = networks["vae" if method == "vdec" else "ae"][0]
    labels = METHODS[method](10, network, phase, 0).fit(rows).labels_
    table = confusion_matrix(truth, labels)
    assert table[linear_sum_assignment(-table)].sum() / len(truth) >= 0.6


def test_stops_when_labels_no_longer_change(pretrained, planted_slices):
    phase = PhaseSettings(batch_size=32, epochs=60, patience=3)
    model = METHODS["idec"](3, pretrained["ae"][0], phase, 1).fit(planted_slices.images[:, 0])
    assert (model.history_["changed"].tail(3) < phase.tolerance).all()
    assert len(model.history_) < 60


def test_volumes_are_clustered():
    """Two groups of cubes: the bright one lies at one end or at the other."""
    random = np.random.default_rng(0)
    values = random.uniform(0, 0.2, (12, 1, 1, 16, 16, 16)).astype(np.float32)
    values[:8, 0, 0, :6] += 0.7
    values[8:, 0, 0, 10:] += 0.7
    network = AutoencoderSettings((4, 4, 4, 4), 4, "gaussian", 0.3)
    trained, _, _ = pretrain(values, network, PretrainingSettings(0.01, 4, 15, 15, 0.0), 0, True)
    model = build_method("vdec", 2, trained, PhaseSettings(batch_size=4, epochs=3), 0, {})
    assert model.fit(values).labels_.tolist() == [0] * 8 + [1] * 4


def test_another_network_with_the_same_interface_can_be_clustered(planted_slices):
    """As small as a network can be: linear, without batch normalisation, of our own making."""
    from cirl.representation.autoencoders import Autoencoder
    from cirl.representation.likelihood import Likelihood

    class Linear(Autoencoder):
        def __init__(self):
            super().__init__(512, 6, Likelihood("gaussian", 0.3), False)
            self.encoder = torch.nn.Flatten()
            self.decoder = torch.nn.Unflatten(1, (2, 16, 16))

    torch.manual_seed(0)
    network = Linear()
    images = planted_slices.images[:, 0]
    model = METHODS["dcn"](3, network, PHASE, 0).fit(images)
    assert encode(model.network_, to_items(images)).shape == (48, 6)
    assert np.bincount(model.labels_).sum() == 48

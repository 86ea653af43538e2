"""The slices of a subject vote, and their places do not."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from cirl.deep_clustering.methods import METHODS, build_method
from cirl.deep_clustering.training import PhaseSettings
from cirl.deep_clustering.votes import count_votes
from cirl.representation.autoencoders import AutoencoderSettings
from cirl.representation.pretraining import PretrainingSettings, pretrain


def test_votes_are_weighed_by_their_probabilities():
    votes = count_votes(
        np.array(
            [
                [[0.9, 0.1, 0.0], [0.4, 0.6, 0.0], [0.45, 0.55, 0.0]],
                [[0.2, 0.2, 0.6], [0.3, 0.1, 0.6], [0.1, 0.3, 0.6]],
            ]
        )
    )
    # Two of three slices are for 1, the third is surer of 0.
    assert votes.labels.tolist() == [0, 2]
    assert votes.confidences == pytest.approx([1.75 / 3, 0.6])
    assert votes.margins == pytest.approx([(1.75 - 1.25) / 3, 0.4])


def test_with_one_part_the_method_itself_is_asked(pretrained, planted_slices):
    images = planted_slices.images[:, :1]
    phase = PhaseSettings(epochs=3)
    model = build_method("vdec", 3, pretrained["vae"][0], phase, 1, {}).fit(images)
    alone = METHODS["vdec"](3, pretrained["vae"][0], phase, 1).fit(images[:, 0])
    np.testing.assert_array_equal(model.labels_, alone.labels_)
    np.testing.assert_array_equal(model.confidences_, alone.confidences_)
    np.testing.assert_array_equal(model.latents_, alone.latents_)


def test_places_of_slices_do_not_become_clusters():
    """Rows whose place shifts them far more than their cluster does."""
    random = np.random.default_rng(0)
    truth = np.repeat([0, 1], [25, 15])
    values = random.normal(size=(40, 3, 12)) * 0.5
    values[:, :, 0] += 3 * (truth[:, None] - 0.5)
    values[:, :, 1:5] += 8 * (np.arange(3)[None, :, None] - 1)
    values = (values / np.sqrt(np.mean(values**2))).astype(np.float32)
    network = AutoencoderSettings((32,), 4, "real", 0.5)
    settings = PretrainingSettings(5e-3, 30, 60, 60, 0.0)
    trained, _, _ = pretrain(values, network, settings, 0, False)
    phase = PhaseSettings(epochs=10)
    voted = build_method("idec", 2, trained, phase, 0, {}).fit(values)
    assert adjusted_rand_score(truth, voted.labels_) > 0.9
    assert voted.margins_.mean() > 0.2
    places = np.tile(np.arange(3), 40)
    flat = METHODS["idec"](2, trained, phase, 0).fit(values.reshape(120, 12))
    assert adjusted_rand_score(places, flat.labels_) > 0.4

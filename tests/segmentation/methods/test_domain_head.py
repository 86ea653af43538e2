"""The gradient reversal, its strength, the domain head and its loss."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from cirl.segmentation.domains import NO_DOMAIN, shuffle_domains, subject_domains
from cirl.segmentation.methods.domain_head import (
    DomainHead,
    adversary_strength,
    balanced_weights,
    domain_loss,
    pool,
    scale_gradient,
)


def gradients(factor: float | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Gradients of a head's loss to the features and to the head, behind a factor or without."""
    torch.manual_seed(0)
    features = torch.randn(2, 4, 3, 3, 3, requires_grad=True)
    head = DomainHead(channels=4, domains=3, hidden=5)
    seen = features if factor is None else scale_gradient(features, factor)
    assert torch.equal(seen, features)
    functional.cross_entropy(head(pool(seen)), torch.tensor([0, 2])).backward()
    weight = head.layers[0].weight.grad
    assert features.grad is not None and weight is not None
    return features.grad, weight


@pytest.mark.parametrize("factor", [-1.0, -0.25, 0.0, 0.5])
def test_features_get_the_scaled_gradient_exactly_and_the_head_the_full_one(factor):
    plain_features, plain_head = gradients(None)
    features, head = gradients(factor)
    assert torch.equal(features, factor * plain_features)
    assert torch.equal(head, plain_head)
    assert plain_features.abs().max() > 1e-4


def test_strength_rises_from_0_to_nearly_1():
    assert adversary_strength(0) == 0
    assert adversary_strength(0.1) == pytest.approx(2 / (1 + math.exp(-1)) - 1)
    assert adversary_strength(0.1) == pytest.approx(0.46211715726)
    assert adversary_strength(1) == pytest.approx(0.9999092)


def test_pooled_are_mean_deviation_and_maximum():
    features = torch.tensor([[1.0, 3.0, 5.0, 7.0], [2.0, 2.0, 2.0, 2.0]]).reshape(1, 2, 2, 2, 1)
    expected = torch.tensor([[4.0, 2.0, math.sqrt(5), 0.001, 7.0, 2.0]])
    torch.testing.assert_close(pool(features), expected, atol=1e-5, rtol=0)


def test_every_domain_weighs_the_same_in_all_however_few_its_subjects_are():
    weights = balanced_weights([0, 0, 0, 1, NO_DOMAIN], 3)
    assert weights[:2].tolist() == pytest.approx([4 / (2 * 3), 4 / (2 * 1)])
    logits, domains = torch.zeros(4, 3), torch.tensor([0, 0, 0, 1])
    assert domain_loss(logits, domains, weights).item() == pytest.approx(math.log(3))


def test_items_without_a_domain_give_no_loss_and_a_batch_of_one_keeps_its_weight():
    weights = torch.tensor([0.5, 2.0])
    logits = torch.tensor([[1.0, -1.0], [0.3, 0.2]], requires_grad=True)
    loss = domain_loss(logits, torch.tensor([1, NO_DOMAIN]), weights)
    assert loss.item() == pytest.approx(2 * math.log(1 + math.exp(2)))
    loss.backward()
    assert logits.grad is not None and logits.grad[1].abs().sum() == 0
    none = domain_loss(logits, torch.tensor([NO_DOMAIN, NO_DOMAIN]), weights)
    assert none.item() == 0 and none.requires_grad


def test_domains_are_clusters_or_cohorts():
    subjects = pd.DataFrame({"subject": ["a_1", "b_1", "b_2"], "cohort": ["a", "b", "b"]})
    assert subject_domains("cohort", subjects, None) == {"a_1": 0, "b_1": 1, "b_2": 1}
    clusters = {"clustering": "kmeans", "k": 3}
    clustering = pd.DataFrame({"subject": ["a_1", "b_1", "b_2"], "cluster": [4, None, 2]})
    assert subject_domains(clusters, subjects, clustering) == {"a_1": 1, "b_2": 0}
    with pytest.raises(ValueError, match="no clustering is given .*kmeans"):
        subject_domains(clusters, subjects, None)


def test_a_placebo_has_the_same_subjects_and_sizes_and_other_domains():
    domains = {f"s{number:02d}": int(number < 6) for number in range(20)}
    dealt = shuffle_domains(domains, {}, np.random.default_rng(0))
    assert dealt.keys() == domains.keys() and sum(dealt.values()) == 6 and dealt != domains
    backwards = dict(reversed(domains.items()))
    assert shuffle_domains(backwards, {}, np.random.default_rng(0)) == dealt
    plainly = np.random.default_rng(0).permutation([domains[name] for name in sorted(domains)])
    assert [dealt[name] for name in sorted(domains)] == plainly.tolist()


def test_a_placebo_deals_the_scans_of_a_patient_together():
    """Eight patients have two scans in one domain, three a single scan, and one three."""
    scans = {f"p{n:02d}": 1 + (n < 8) for n in range(11)} | {"p11": 3}
    patients = {f"{name}-{scan}": name for name, n in scans.items() for scan in range(n)}
    domains = {subject: int(name[1:]) % 3 for subject, name in patients.items()}
    dealt = shuffle_domains(domains, patients, np.random.default_rng(1))
    assert sorted(dealt.values()) == sorted(domains.values()) and dealt != domains
    assert list(shuffle_domains(domains, patients, np.random.default_rng(1))) == list(dealt)
    for name, n in scans.items():
        assert len({dealt[f"{name}-{scan}"] for scan in range(n)}) == 1
    assert all(dealt[f"p11-{scan}"] == domains[f"p11-{scan}"] for scan in range(3))

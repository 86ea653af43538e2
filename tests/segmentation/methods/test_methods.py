"""What each method adds to a step, against closed forms and plain reckoning."""

import io
import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from cirl.configuration.registries.arm_methods import (
    AdversarySettings,
    CoralSettings,
    GroupDROSettings,
    IRMSettings,
    MixStyleSettings,
)
from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.methods.base import DomainTask, TrainingStep
from cirl.segmentation.methods.build import build_arm_method
from cirl.segmentation.methods.coral import coral_distance, covariance
from cirl.segmentation.methods.domain_head import pool
from cirl.segmentation.methods.mixstyle import mix_style
from cirl.segmentation.network import Parts

PARTS = Parts(nn.Identity(), 4, (nn.Identity(), nn.Identity()), (), ())
TASK = DomainTask(3, torch.ones(3))
BCE = functional.binary_cross_entropy_with_logits


def step_of(domains: list[int], progress: float = 1.0, seed: int = 0) -> TrainingStep:
    torch.manual_seed(seed)
    items = len(domains)
    logits = torch.randn(items, 1, 2, 2, 2, requires_grad=True)
    target = (torch.rand(items, 1, 2, 2, 2) > 0.5).float()
    features = torch.randn(items, 4, 3, 3, 3, requires_grad=True)
    image = torch.randn(items, 2, 2, 2, 2)
    return TrainingStep(
        logits, target, torch.tensor(domains), features, progress, BCE, image, as_seen
    )


def as_seen(images: torch.Tensor) -> torch.Tensor:
    """An encoder whose four channels are the two contrasts, and their negatives."""
    return torch.cat([images, -images], dim=1)


def losses_of(step: TrainingStep) -> torch.Tensor:
    return torch.stack([BCE(a, b) for a, b in zip(step.logits, step.target, strict=True)])


def test_plain_training_minimises_the_loss_of_all_crops():
    step = step_of([0, 1])
    objective, measured = build_arm_method(None, PARTS, TASK).objective(step)
    assert objective.item() == pytest.approx(losses_of(step).mean().item())
    assert measured == {}


@pytest.mark.parametrize(("reversal", "sign"), [(True, -1), (False, 1)])
@pytest.mark.parametrize(("schedule", "factor"), [("rising", 0.3 * 0.4621172), ("constant", 0.3)])
def test_the_encoder_gets_the_reversed_gradient_and_the_control_arm_the_plain_one(
    reversal, sign, schedule, factor
):
    settings = AdversarySettings(
        domains="cohort",
        weight=0.3,
        reversal=reversal,
        hidden=8,
        schedule=schedule,
        loss_weight=3.0,
        memory=0,
    )
    method, step = build_arm_method(settings, PARTS, TASK), step_of([0, 2], progress=0.1)
    known = functional.cross_entropy(method.head(pool(step.features)), step.domains)
    weight = method.head.layers[0].weight
    plain, head = torch.autograd.grad(known, [step.features, weight])
    objective, measured = method.objective(step)
    found, full = torch.autograd.grad(objective, [step.features, weight])
    torch.testing.assert_close(found, 3 * sign * factor * plain)
    torch.testing.assert_close(full, 3 * head)
    assert measured["train_domain_loss"].item() == pytest.approx(known.item(), rel=1e-5)


REMEMBERING = AdversarySettings(
    domains="cohort", weight=0.3, reversal=True, hidden=8, schedule="constant", memory=6
)


def test_a_remembering_head_sends_nothing_until_its_memory_is_full_and_then_the_reversed_gradient():
    method = build_arm_method(REMEMBERING, PARTS, TASK)
    for number in range(3):
        step = step_of([0, 2], seed=number)
        objective, _ = method.objective(step)
        sent = torch.autograd.grad(objective, step.features)[0]
        assert torch.equal(sent, torch.zeros_like(sent))
    assert method.memory.full
    assert method.memory.images is not None
    held = pool(as_seen(method.memory.images.float()))  # so few are looked at anew in each step
    step = step_of([1, NO_DOMAIN, 0], seed=7)
    objective, measured = method.objective(step)
    sent = torch.autograd.grad(objective, step.features)[0]
    # By the head as it is now, which has not learnt since, from what it held before the step; by
    # how far the crop of each domain is from the middle of both.
    standard = (pool(step.features) - held.mean(0)) / (held.std(0, correction=0) + 1e-3)
    logits = method.head(standard)
    logits = logits - (logits[0] + logits[2]) / 2
    known = functional.cross_entropy(logits[[0, 2]], step.domains[[0, 2]])
    torch.testing.assert_close(sent, -0.3 * torch.autograd.grad(known, step.features)[0])
    assert measured["train_domain_loss"].item() == pytest.approx(known.item(), rel=1e-5)
    # The crop without a domain is not remembered, the others are.
    assert method.memory.pushed == 8
    torch.testing.assert_close(method.memory.features[:2], pool(step.features)[[0, 2]].detach())


def test_an_encoder_gains_nothing_by_making_all_crops_look_like_one_domain():
    method = build_arm_method(REMEMBERING, PARTS, TASK)
    for number in range(4):
        method.objective(step_of([0, 2], seed=number))
    method.head.layers = nn.Linear(12, 3)
    step, common = step_of([1, 0, 2], seed=5), torch.zeros((), requires_grad=True)
    objective, _ = method.objective(replace(step, features=step.features + common))
    sent, moved = torch.autograd.grad(objective, [step.features, common])
    assert sent.abs().sum() > 0.01
    assert moved.abs() < 1e-5 * sent.abs().sum()
    # And a batch of one domain tells nothing.
    alone = step_of([1, 1], seed=6)
    sent = torch.autograd.grad(method.objective(alone)[0], alone.features)[0]
    assert torch.equal(sent, torch.zeros_like(sent))


def test_what_a_remembering_head_tells_knows_no_true_domain():
    method = build_arm_method(REMEMBERING, PARTS, TASK)
    method.head.layers = nn.Linear(12, 3)
    with torch.no_grad():  # to the head all crops look like the domain 1; their differences do not
        method.head.layers.bias.copy_(torch.tensor([0.0, 50.0, 0.0]))
    step = step_of([0, 2], seed=5)
    for domains in ([0, 2], [2, 0], [0, 1]):
        named = replace(step, domains=torch.tensor(domains))
        centred, told, _ = method.tell(named, 0.0)
        assert told.tolist() == [1, 1]
        assert centred.mean(dim=0).abs().max() < 1e-4  # of two domains, so that 50 is gone
        assert method.objective(named)[1]["train_domain_accuracy"] == domains.count(1) / 2


def test_remembered_crops_are_looked_at_anew_eight_a_step_in_the_mean():
    method = build_arm_method(replace(REMEMBERING, memory=40), PARTS, TASK)
    steps = [step_of([0, 2], seed=number) for number in range(6)]
    for step in steps[:5]:
        method.objective(step)
    before = pool(torch.cat([step.features for step in steps[:5]]))
    torch.testing.assert_close(method.memory.features[:10], before.detach())
    method.objective(steps[5])  # the fifth since there was something to learn from
    images = torch.cat([step.image for step in steps[:5]]).half().float()
    torch.testing.assert_close(method.memory.features[:10], pool(as_seen(images)))
    torch.testing.assert_close(method.memory.features[10:12], pool(steps[5].features).detach())


def test_a_remembering_head_tells_crops_that_it_has_not_seen_from_two_a_step():
    """The domains differ by less than a hundredth of the features, as after an instance norm."""
    method = build_arm_method(replace(REMEMBERING, weight=0.0, memory=64), PARTS, TASK)
    texture = torch.linspace(-1, 1, 27).reshape(3, 3, 3).expand(2, 4, 3, 3, 3)
    hits = []
    for number in range(300):
        step = step_of([number % 2, (number + 1) % 2], seed=number)
        shift = 0.004 * step.domains.float()[:, None, None, None, None]
        features = texture + shift + 0.002 * torch.randn(2, 4, 1, 1, 1)
        seen = replace(step, features=features, image=features, encode=nn.Identity())
        _, measured = method.objective(seen)
        hits.append(measured["train_domain_accuracy"].item())
    assert sum(hits[200:]) / 100 > 0.9


def test_a_remembering_head_goes_on_from_a_checkpoint_as_if_nothing_had_happened():
    whole = build_arm_method(REMEMBERING, PARTS, TASK)
    for number in range(6):
        whole.objective(step_of([0, 2], seed=number))
    state = whole.state_dict()
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    resumed = build_arm_method(REMEMBERING, PARTS, TASK)
    resumed.load_state_dict(torch.load(buffer, weights_only=True))
    for number in range(6, 12):  # the memory is looked at anew meanwhile
        for method in (whole, resumed):
            method.objective(step_of([1, 0], seed=number))
    for one, two in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(one, two) and not one.requires_grad
    assert torch.equal(whole.memory.features, resumed.memory.features)


def test_group_dro_multiplies_weights_by_the_exponential_of_the_loss():
    method = build_arm_method(GroupDROSettings(domains="cohort", step=0.5), PARTS, TASK)
    step = step_of([2, 0, 2])
    objective, _ = method.objective(step)
    losses = losses_of(step)
    first, third = losses[1].item(), losses[[0, 2]].mean().item()
    raw = [math.exp(0.5 * first) / 3, 1 / 3, math.exp(0.5 * third) / 3]
    weights = [value / sum(raw) for value in raw]
    assert method.group_weights.tolist() == pytest.approx(weights)
    expected = (weights[0] * first + weights[2] * third) * 3 / 2
    assert objective.item() == pytest.approx(expected, rel=1e-5)
    for _ in range(200):  # one group whose loss stays the largest gets nearly all
        method.objective(step_of([0, 1, 2], seed=5))
    worst = int(losses_of(step_of([0, 1, 2], seed=5)).argmax())
    assert method.group_weights.argmax() == worst and method.group_weights.max() > 0.95
    assert "group_weights" in method.state_dict()


def test_items_without_a_domain_have_the_plain_loss_by_their_share():
    method = build_arm_method(GroupDROSettings(domains="cohort", step=1e-9), PARTS, TASK)
    step = step_of([0, 1, 2, NO_DOMAIN])
    objective, _ = method.objective(step)
    assert objective.item() == pytest.approx(losses_of(step).mean().item(), rel=1e-5)
    nobody = step_of([NO_DOMAIN, NO_DOMAIN])
    objective, _ = method.objective(nobody)
    assert objective.item() == pytest.approx(losses_of(nobody).mean().item())


def test_coral_is_the_mean_distance_of_covariances_over_pairs():
    features = torch.randn(3, 4, 3, 3, 3)
    flat = features[:2].movedim(1, 0).reshape(4, -1)
    torch.testing.assert_close(covariance(features[:2]), torch.cov(flat))
    one, two = torch.diag(torch.tensor([3.0, 1.0])), torch.diag(torch.tensor([1.0, 1.0]))
    assert coral_distance(one, two).item() == pytest.approx(4 / (4 * 4))
    method = build_arm_method(CoralSettings(domains="cohort", weight=2.0), PARTS, TASK)
    step = step_of([0, 1, 2])
    objective, measured = method.objective(step)
    spreads = [covariance(step.features[[item]]) for item in range(3)]
    pairs = [coral_distance(spreads[a], spreads[b]) for a, b in ((0, 1), (0, 2), (1, 2))]
    penalty = torch.stack(pairs).mean()
    assert measured["train_penalty"].item() == pytest.approx(penalty.item(), rel=1e-5)
    expected = losses_of(step).mean() + 2 * 0.9999092 * penalty
    assert objective.item() == pytest.approx(expected.item(), rel=1e-5)
    alone, measured = method.objective(step_of([1, 1]))
    assert measured["train_penalty"].item() == 0 and alone.requires_grad


def test_irm_is_the_squared_slope_of_each_domains_loss_over_the_scale_of_its_logits():
    method = build_arm_method(IRMSettings(domains="cohort", weight=1.5), PARTS, TASK)
    step = step_of([0, 1])
    objective, measured = method.objective(step)
    # d BCE(s z, y) / ds at s = 1 is the mean of (sigmoid(z) - y) z.
    slopes = [
        ((torch.sigmoid(z) - y) * z).mean() for z, y in zip(step.logits, step.target, strict=True)
    ]
    penalty = (slopes[0] ** 2 + slopes[1] ** 2) / 2
    assert measured["train_penalty"].item() == pytest.approx(penalty.item(), rel=1e-4)
    expected = losses_of(step).mean() + 1.5 * 0.9999092 * penalty
    assert objective.item() == pytest.approx(expected.item(), rel=1e-5)
    gradient = torch.autograd.grad(objective, step.logits)[0]
    wanted = torch.autograd.grad(expected, step.logits)[0]
    torch.testing.assert_close(gradient, wanted, atol=1e-6, rtol=1e-3)


def test_mixstyle_exchanges_means_and_deviations_and_keeps_the_pattern():
    features = torch.randn(2, 3, 4, 4, 4) * torch.tensor([1.0, 5.0]).reshape(2, 1, 1, 1, 1) + 2
    partners = torch.tensor([1, 0])
    same = mix_style(features, partners, torch.ones(2))
    torch.testing.assert_close(same, features, atol=1e-4, rtol=1e-4)
    swapped = mix_style(features, partners, torch.zeros(2))
    axes = (2, 3, 4)
    torch.testing.assert_close(
        swapped.mean(axes), features.mean(axes).flip(0), atol=1e-4, rtol=1e-3
    )
    torch.testing.assert_close(swapped.std(axes), features.std(axes).flip(0), atol=1e-3, rtol=1e-3)
    one, two = swapped[0, 0].flatten(), features[0, 0].flatten()
    assert torch.corrcoef(torch.stack([one, two]))[0, 1] > 0.9999


def test_mixstyle_acts_in_training_only_and_on_its_levels_only():
    levels = [nn.Identity() for _ in range(3)]
    parts = replace(PARTS, skips=tuple(levels))
    settings = MixStyleSettings(levels=2, probability=1.0, alpha=1.0)
    method = build_arm_method(settings, parts, TASK)
    torch.manual_seed(1)
    features = torch.randn(4, 2, 3, 3, 3) * torch.arange(1.0, 5).reshape(4, 1, 1, 1, 1)
    assert not torch.equal(levels[0](features), features)
    assert not torch.equal(levels[1](features), features)
    assert torch.equal(levels[2](features), features)
    torch.manual_seed(2)
    undisturbed = torch.rand(3)
    torch.manual_seed(2)
    mixed = levels[0](features)
    # Its draws are its own, so that dropout is that of other arms; they follow from the seed.
    assert torch.equal(torch.rand(3), undisturbed)
    assert torch.equal(levels[0](features), mixed)
    torch.manual_seed(3)
    assert not torch.equal(levels[0](features), mixed)
    method.eval()
    assert torch.equal(levels[0](features), features)

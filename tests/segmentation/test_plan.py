"""Who trains, on which domains, from which seed."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from toy_store import (
    ADVERSARY,
    CONTRASTS,
    FULL_AUGMENTATION,
    NETWORK,
    make_store,
    training_settings,
)

from cirl.configuration.registries.arm_methods import (
    AdversarySettings,
    CoralSettings,
    DomainSampling,
    IRMSettings,
)
from cirl.folds.splits import CrossValidationSettings, make_folds, subjects_of
from cirl.segmentation.arms import Arm, build_arm
from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.plan import Sampling, Start, TrainingPlan, Trial, plan_training

BASELINE = Arm("baseline")
CLUSTERS = {"clustering": "kmeans", "k": 2}
ADVERSARIAL = AdversarySettings(domains=CLUSTERS, weight=0.1, reversal=True, hidden=8)
KMEANS = Arm("kmeans", method=ADVERSARIAL)


@pytest.fixture
def tables(tmp_path):
    subjects = make_store(tmp_path, 8)
    folds = make_folds(subjects, CrossValidationSettings(2, 0.2), 0)
    clustering = subjects[["subject"]].assign(cluster=[0, 1, 0, 1, 0, 1, 0, None])
    return tmp_path, subjects, folds, clustering


def plan_of(tables, arm: Arm, seed: int = 0, fold: int = 0, **changes) -> TrainingPlan:
    store, subjects, folds, clustering = tables
    settings = training_settings(**changes)
    return plan_training(
        Trial(arm, seed, fold),
        subjects,
        folds,
        clustering if isinstance(arm.domains, dict) else None,
        network=NETWORK,
        training=settings,
        augmentation=FULL_AUGMENTATION,
        store=store,
        contrasts=CONTRASTS,
        seed=5,
        code="",
    )


def test_arms_of_a_fold_differ_in_the_adversary_only(tables):
    baseline, adversarial = plan_of(tables, BASELINE), plan_of(tables, KMEANS)
    assert baseline.seed == adversarial.seed
    assert baseline.subjects == adversarial.subjects == tuple(subjects_of(tables[2], 0, "train"))
    assert baseline.method is None and baseline.domains == {}
    every = {"a_s0": 0, "b_s1": 1, "a_s2": 0, "b_s3": 1, "a_s4": 0, "b_s5": 1, "a_s6": 0}
    # b_s7 has no cluster; who does not train has no say in the domains.
    trained = {name: every[name] for name in adversarial.subjects if name in every}
    assert adversarial.domains == trained and set(trained.values()) == {0, 1}
    seeds = {plan_of(tables, BASELINE, seed, fold).seed for seed in (0, 1) for fold in (0, 1)}
    assert len(seeds) == 4


def test_tested_subjects_neither_train_nor_are_watched(tables):
    for fold in (0, 1):
        plan = plan_of(tables, BASELINE, fold=fold)
        tested = set(subjects_of(tables[2], fold, "test"))
        assert len(tested) == 4 and len(plan.validation) == 1
        assert not tested & set(plan.subjects + plan.validation)
        assert len(plan.subjects) == 3


def test_an_arm_trains_on_the_cohorts_it_names(tables):
    plan = plan_of(tables, Arm("a", ("a",), ADVERSARY))
    assert plan.subjects and all(subject.startswith("a_") for subject in plan.subjects)
    with pytest.raises(ValueError, match=r"arms\.none: no subject of c trains in fold 0"):
        plan_of(tables, Arm("none", ("c",), None))


def test_an_epoch_shows_each_subject_once_unless_its_steps_are_given(tables):
    assert plan_of(tables, BASELINE, steps_per_epoch=0, batch_size=2).steps_per_epoch == 2
    assert plan_of(tables, BASELINE, steps_per_epoch=7).steps_per_epoch == 7


def test_a_placebo_differs_from_its_arm_in_who_is_of_which_domain_only(tables):
    placebo = Arm("placebo", method=replace(ADVERSARIAL, shuffled=True))
    plans = [plan_of(tables, arm, seed) for arm in (KMEANS, placebo) for seed in range(8)]
    real, dealt = plans[:8], plans[8:]
    for one, two in zip(real, dealt, strict=True):
        assert sorted(one.domains.values()) == sorted(two.domains.values())
        assert one.subjects == two.subjects and one.seed == two.seed
    assert any(one.domains != two.domains for one, two in zip(real, dealt, strict=True))
    assert len({tuple(sorted(plan.domains.items())) for plan in dealt}) > 1


def test_an_arms_own_settings_take_the_place_of_the_studys(tables):
    arm = Arm("own", training={"epochs": 9}, augmentation={"bias": 0.9})
    plan = plan_of(tables, arm)
    assert plan.training == replace(training_settings(), epochs=9)
    assert plan.augmentation == replace(FULL_AUGMENTATION, bias=0.9)


def test_batches_are_drawn_from_domains_or_from_cohorts_in_shares(tables):
    assert plan_of(tables, BASELINE).sampling == Sampling()
    coral = Arm("coral", method=CoralSettings(domains=CLUSTERS, weight=1.0))
    plan = plan_of(tables, coral, fold=1)
    groups = plan.sampling.groups
    assert sorted(subject for group in groups for subject in group) == sorted(plan.subjects)
    for group in groups:
        assert len({plan.domains.get(subject, NO_DOMAIN) for subject in group}) == 1
    control = Arm("control", sampling=DomainSampling(domains=CLUSTERS))
    drawn = plan_of(tables, control, fold=1)
    assert drawn.sampling == plan.sampling and drawn.domains == plan.domains
    assert drawn.method is None and drawn.seed == plan.seed
    shares = Arm("shares", sampling={"b": 3.0, "a": 1.0})
    sampling = plan_of(tables, shares).sampling
    assert sampling.shares == (3.0, 1.0)
    assert [{name[0] for name in group} for group in sampling.groups] == [{"b"}, {"a"}]
    with pytest.raises(ValueError, match=r"arms\.x\.sampling: no subject of b trains"):
        plan_of(tables, Arm("x", cohorts=("a",), sampling={"b": 1.0}))


def test_what_an_arm_does_is_part_of_a_trainings_identity(tables):
    penalty = {"domains": "cohort", "weight": 1.0}
    arms = [BASELINE, KMEANS, Arm("placebo", method=replace(ADVERSARIAL, shuffled=True))]
    arms += [
        Arm("coral", method=CoralSettings(**penalty)),
        Arm("irm", method=IRMSettings(**penalty)),
    ]
    plans = [plan_of(tables, arm) for arm in arms]
    plans.append(replace(plans[0], start=Start(Path("x"), "digest")))
    plans.append(replace(plans[0], start=Start(Path("x"), "digest", "decoder")))
    assert len({str(plan.identity()) for plan in plans}) == len(plans)
    moved = replace(plans[0], start=Start(Path("y"), "digest"))
    assert moved.identity() == plans[-2].identity()


def test_a_row_of_the_configuration_becomes_an_arm():
    adversary = {"domains": "cohort", "weight": 0.2, "reversal": False, "hidden": 4}
    row = {"cohorts": ["a"], "adversary": adversary, "coral": None}
    row |= {"training": {"epochs": 3, "batch_size": None}, "augmentation": {"bias": None}}
    row |= {"start": "other", "frozen": "decoder", "sampling": {"a": 1}}
    assert build_arm("control", row) == Arm(
        "control",
        ("a",),
        AdversarySettings(**adversary),
        start="other",
        frozen="decoder",
        sampling={"a": 1},
        training={"epochs": 3},
    )
    assert build_arm("baseline", {"cohorts": [], "adversary": None}) == BASELINE
    drawn = {"sampling": {"domains": CLUSTERS, "shuffled": True}, "group_dro": None}
    control = Arm("drawn", sampling=DomainSampling(domains=CLUSTERS, shuffled=True))
    assert build_arm("drawn", drawn) == control and control.balanced
    # A share of a cohort, whatever it is called.
    assert build_arm("x", {"sampling": {"domains": 2.0}}) == Arm("x", sampling={"domains": 2.0})


def test_training_curves_have_a_line_a_fold_and_a_mean_an_arm():
    from cirl.report.figures.training import plot_training

    rows = [
        {"arm": arm, "seed": 0, "fold": fold, "epoch": epoch, "train_segmentation_loss": 1.0,
         "val_dice": 0.5 if epoch else None, "train_domain_accuracy": None}
        for arm in ("baseline", "dann") for fold in (0, 1) for epoch in (0, 1)
    ]  # fmt: skip
    figure = plot_training(pd.DataFrame(rows))
    assert [axis.get_title() for axis in figure.axes] == ["Training loss", "Validation Dice"]
    assert [len(axis.lines) for axis in figure.axes] == [6, 6]
    assert list(figure.axes[0].lines[0].get_xdata()) == [1, 2]

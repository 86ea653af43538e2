"""Every arm trains: one parametrised test over all of them, and what single ones are there for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from toy_store import (
    CONTRASTS,
    FULL_AUGMENTATION,
    NETWORK,
    files_in,
    make_store,
    training_settings,
)

from cirl.configuration.registries.arm_methods import ARM_METHODS, DomainSettings
from cirl.running.checkpoints import CheckpointFolder
from cirl.segmentation.arms import Arm, build_arm
from cirl.segmentation.callbacks import History
from cirl.segmentation.network import parts_of
from cirl.segmentation.plan import Start, TrainingPlan, Trial, plan_training
from cirl.segmentation.train import TrainingFiles, _loaders, build_module, build_trainer, train
from cirl.segmentation.weights import digest_of, load_weights

CLUSTERS = {"clustering": "kmeans", "k": 2}
ADVERSARY = {"domains": CLUSTERS, "weight": 0.5, "reversal": True, "hidden": 4, "memory": 2}
ROWS = {
    "combined": {},
    "source_only": {"cohorts": ["a"]},
    "finetune": {"start": "source_only", "cohorts": ["b"], "training": {"learning_rate": 1e-4}},
    "finetune_frozen_decoder": {"start": "source_only", "cohorts": ["b"], "frozen": "decoder"},
    "dann_clusters": {"adversary": ADVERSARY},
    "dann_cohorts": {"adversary": ADVERSARY | {"domains": "cohort"}},
    "dann_no_reversal": {"adversary": ADVERSARY | {"reversal": False}},
    "dann_placebo": {"adversary": ADVERSARY | {"shuffled": True}},
    "dann_replication": {"adversary": ADVERSARY | {"schedule": "constant", "loss_weight": 3.0}},
    "dann_equal_cohorts": {
        "adversary": ADVERSARY | {"domains": "cohort"},
        "sampling": {"a": 1, "b": 1},
    },
    "group_dro": {"group_dro": {"domains": CLUSTERS, "step": 0.1}},
    "coral": {"coral": {"domains": CLUSTERS, "weight": 1.0}},
    "irm": {"irm": {"domains": CLUSTERS, "weight": 1.0}},
    "dro_placebo": {"group_dro": {"domains": CLUSTERS, "step": 0.1, "shuffled": True}},
    "domain_batches": {"sampling": {"domains": CLUSTERS, "shuffled": False}},
    "placebo_batches": {"sampling": {"domains": CLUSTERS, "shuffled": True}},
    "mixstyle": {"mixstyle": {"levels": 2, "probability": 1.0, "alpha": 0.3}},
    "scanner_augmentation": {"augmentation": {"bias": 0.8, "gamma": 0.8, "low_resolution": 4.0}},
}
# Every further method, as the configuration leaves it.
ROWS |= {
    name: {name: {"domains": CLUSTERS} if issubclass(row.settings, DomainSettings) else {}}
    for name, row in ARM_METHODS.items()
    if not any(name in arm for arm in ROWS.values())
}


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> tuple[Path, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("store")
    return folder, make_store(folder, 8)


def plan_of(store, name: str, start: Start | None = None, **changes) -> TrainingPlan:
    folder, subjects = store
    roles = ["train"] * 6 + ["validation", "test"]
    settings = {"epochs": 2, "steps_per_epoch": 1, "batch_size": 2} | changes
    return plan_training(
        Trial(build_arm(name, ROWS[name]), 0, 0),
        subjects,
        subjects[["subject"]].assign(fold=0, role=roles),
        subjects[["subject"]].assign(cluster=[0, 0, 1, 1, 0, 1, 0, 1]),
        network=replace(NETWORK, dropout=0.0),
        training=training_settings(**settings),
        augmentation=FULL_AUGMENTATION,
        store=folder,
        contrasts=CONTRASTS,
        seed=5,
        code="",
        start=start,
    )


def weights_of(files: TrainingFiles) -> dict[str, torch.Tensor]:
    return load_weights(files.weights).network.state_dict()


@pytest.fixture(scope="module")
def source(store, tmp_path_factory) -> TrainingFiles:
    """The trained arm that others start from."""
    files = files_in(tmp_path_factory.mktemp("source"))
    train(plan_of(store, "source_only"), files)
    return files


def start_of(source: TrainingFiles, name: str) -> Start | None:
    if "start" not in ROWS[name]:
        return None
    return Start(source.weights, digest_of(source.weights), ROWS[name].get("frozen"))


@pytest.mark.parametrize("name", ROWS)
def test_every_arm_trains(store, source, tmp_path, name):
    plan = plan_of(store, name, start_of(source, name))
    files = files_in(tmp_path)
    before = {key: w.clone() for key, w in build_module(plan).network.state_dict().items()}
    train(plan, files)
    history = pd.read_csv(files.history)
    losses = history.filter(regex="loss|penalty").to_numpy()
    assert np.isfinite(losses).all() and (losses >= 0).all()
    after = weights_of(files)
    moved = {key for key, weight in after.items() if not torch.equal(weight, before[key])}
    expected = set(after)
    if plan.start and plan.start.frozen:
        network = load_weights(files.weights).network
        inside = parts_of(plan.network, network).encoder
        encoder = {id(weight) for part in inside for weight in part.parameters()}
        expected = {
            key
            for key, weight in network.named_parameters(remove_duplicate=False)
            if id(weight) in encoder
        }
        assert 0 < len(expected) < len(after)
    assert moved == expected
    assert all(subject.startswith("a") for subject in plan.subjects) == (name == "source_only")


def test_finetuning_starts_where_the_other_arm_ended(store, source):
    module = build_module(plan_of(store, "finetune", start_of(source, "finetune")))
    ended = weights_of(source)
    assert all(
        torch.equal(weight, ended[key]) for key, weight in module.network.state_dict().items()
    )
    assert module.configure_optimizers()[0][0].param_groups[0]["initial_lr"] == 1e-4


def test_weights_of_another_network_are_refused_by_name(store, source):
    plan = plan_of(store, "finetune", start_of(source, "finetune"))
    with pytest.raises(ValueError, match=r"weights\.pt: cannot start from weights with outputs"):
        build_module(replace(plan, training=training_settings(outputs="labels")))


ITEMS = 14
"""Items of two rounds of the six training subjects, and of seven batches."""


def items_of(store, name: str) -> list[tuple[str, torch.Tensor, torch.Tensor]]:
    """Subject, image and target of each item of a training, in order."""
    crops = _loaders(plan_of(store, name), 0)[0].dataset
    items = [crops[number] for number in range(ITEMS)]
    assert [int(item["number"]) for item in items] == list(range(ITEMS))
    return [(crops.subject_of(n), item["image"], item["target"]) for n, item in enumerate(items)]


def alike(one, two) -> list[bool]:
    return [
        a == b and torch.equal(image, other) and torch.equal(target, another)
        for (a, image, target), (b, other, another) in zip(one, two, strict=True)
    ]


def test_arms_of_a_fold_see_the_same_crops_in_the_same_order(store):
    plain = items_of(store, "combined")
    assert len({subject for subject, *_ in plain}) == 6
    same = ("dann_clusters", "dann_cohorts", "dann_no_reversal", "dann_placebo", "mixstyle")
    assert all(all(alike(items_of(store, name), plain)) for name in same)
    changed = items_of(store, "scanner_augmentation")
    assert [subject for subject, *_ in changed] == [subject for subject, *_ in plain]
    assert not any(alike(changed, plain))


def test_batches_drawn_from_domains_are_those_of_their_control(store):
    for control, names in {
        "domain_batches": ("group_dro", "coral", "irm"),
        "placebo_batches": ("dro_placebo",),
    }.items():
        drawn = items_of(store, control)
        assert all(all(alike(items_of(store, name), drawn)) for name in names)
        # Where an item shows whom it shows in other arms, it shows the same crop of it.
        plain = items_of(store, "combined")
        shared = [one[0] == two[0] for one, two in zip(drawn, plain, strict=True)]
        assert alike(drawn, plain) == shared and 0 < sum(shared) < ITEMS


def test_arms_of_a_fold_start_from_the_same_weights(store):
    plain = build_module(plan_of(store, "combined")).network.state_dict()
    for name in (name for name, row in ROWS.items() if "start" not in row):
        other = build_module(plan_of(store, name)).network.state_dict()
        assert all(torch.equal(weight, other[key]) for key, weight in plain.items())


@pytest.mark.parametrize("name", ["group_dro", "coral", "irm", "domain_batches"])
def test_batches_of_methods_that_compare_domains_hold_both(store, name):
    loader, _ = _loaders(plan_of(store, name, steps_per_epoch=12), 0)
    assert all(set(batch["domain"].tolist()) == {0, 1} for batch in loader)


class Interrupted(Exception):
    """Stands for a kill between two epochs."""


@pytest.mark.parametrize("name", ["group_dro", "mixstyle"])
def test_a_resumed_arm_ends_as_an_uninterrupted_one(store, tmp_path, monkeypatch, name):
    plan = plan_of(store, name, epochs=3)
    whole, resumed = files_in(tmp_path / "whole"), files_in(tmp_path / "resumed")
    train(plan, whole)
    original = History.on_train_epoch_start

    def stop(self, trainer, pl_module):
        if trainer.current_epoch == 2:
            raise Interrupted
        original(self, trainer, pl_module)

    with monkeypatch.context() as patch:
        patch.setattr(History, "on_train_epoch_start", stop)
        with pytest.raises(Interrupted):
            train(plan, resumed)
    train(plan, resumed)
    one, two = weights_of(whole), weights_of(resumed)
    assert all(torch.equal(one[key], two[key]) for key in one)
    pd.testing.assert_frame_equal(pd.read_csv(whole.history), pd.read_csv(resumed.history))


def test_a_placebo_learns_another_encoder_than_its_arm(store, tmp_path):
    trained = {}
    for name in ("dann_clusters", "dann_placebo"):
        files = files_in(tmp_path / name)
        train(plan_of(store, name, steps_per_epoch=4), files)
        trained[name] = weights_of(files)
    one, two = trained.values()
    assert not all(torch.equal(one[key], two[key]) for key in one)


def test_an_arm_without_a_row_of_its_own_is_plain():
    assert build_arm("combined", {}) == Arm("combined")


def test_best_epochs_are_kept_across_an_interruption(store, tmp_path, monkeypatch):
    """The oracle looks at the tested subject, the best epoch is chosen on the watched one."""
    changes = {"epochs": 4, "steps_per_epoch": 2, "validation_interval": 1, "learning_rate": 0.02}
    plan = plan_of(store, "combined", **changes)
    tested = tuple(store[1]["subject"][7:])
    plan = replace(plan, selection=("last", "best", "oracle"), oracle=tested)
    runs = {}
    for name in ("whole", "resumed"):
        files = files_in(tmp_path / name)
        further = {rule: tmp_path / name / f"weights_{rule}.pt" for rule in ("best", "oracle")}
        runs[name] = replace(files, further=further)
    train(plan, runs["whole"])
    original = History.on_train_epoch_start

    def stop(self, trainer, pl_module):
        if trainer.current_epoch == 3:
            raise Interrupted
        original(self, trainer, pl_module)

    with monkeypatch.context() as patch:
        patch.setattr(History, "on_train_epoch_start", stop)
        with pytest.raises(Interrupted):
            train(plan, runs["resumed"])
    train(plan, runs["resumed"])
    history = pd.read_csv(runs["whole"].history)
    assert {"val_dice", "oracle_dice", "oracle_dice_WT"} <= set(history)
    for rule, column in {"best": "val_dice", "oracle": "oracle_dice"}.items():
        epoch = int(history[column].idxmax())
        expected = weights_after(epoch, replace(plan, selection=("last",), oracle=()), tmp_path)
        for name in runs:
            found = load_weights(runs[name].further[rule]).network.state_dict()
            assert all(torch.equal(found[key], expected[key]) for key in found)
    last = [load_weights(run.weights).network.state_dict() for run in runs.values()]
    assert all(torch.equal(last[0][key], last[1][key]) for key in last[0])


def weights_after(epoch: int, plan: TrainingPlan, folder: Path) -> dict[str, torch.Tensor]:
    """Train up to the end of an epoch, under the schedule of the whole training."""
    module = build_module(plan)
    loader, _ = _loaders(plan, 0)
    checkpoints = CheckpointFolder(folder / f"epoch{epoch}", {})
    trainer = build_trainer(plan, checkpoints, History(), None)
    trainer.fit_loop.max_epochs = epoch + 1
    trainer.fit(module, loader)
    return module.network.state_dict()


def test_the_best_epoch_needs_somebody_who_is_watched(store):
    folder, subjects = store
    folds = subjects[["subject"]].assign(fold=0, role=["train"] * 7 + ["test"])
    with pytest.raises(ValueError, match=r"arms\.combined: .* nobody is watched in fold 0"):
        plan_training(
            Trial(Arm("combined"), 0, 0),
            subjects,
            folds,
            None,
            network=NETWORK,
            training=training_settings(),
            augmentation=FULL_AUGMENTATION,
            store=folder,
            contrasts=CONTRASTS,
            seed=5,
            code="",
            selection=("best",),
        )

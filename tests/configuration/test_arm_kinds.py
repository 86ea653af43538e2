"""Of which kind an arm is."""

import pytest

from cirl.configuration.arm_kinds import kind_of_arm


@pytest.mark.parametrize(
    "entry, kind",
    [
        ({"cohorts": [], "adversary": None}, "other"),
        ({"adversary": {"domains": "cohort", "weight": 1}}, "other"),
        ({"adversary": {"domains": {"clustering": "kmeans", "k": 3}}}, "clusters"),
        ({"group_dro": {"domains": {"clustering": "gmm", "k": 2}}, "adversary": None}, "clusters"),
        ({"adversary": {"domains": {"clustering": "gmm", "k": 2}, "shuffled": True}}, "placebo"),
        ({"mixstyle": {"probability": 0.5}, "training": {"epochs": None}}, "other"),
    ],
)
def test_kinds_of_arms(entry: dict, kind: str) -> None:
    assert kind_of_arm(entry) == kind

"""What the rows of arms say of their domains."""

import pytest

from cirl.study.arms import arm_domains, kind_of_arm


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


def test_a_share_of_a_cohort_is_no_domain() -> None:
    """Whatever the cohort is called."""
    row = {"sampling": {"domains": 2, "other": 1}, "irm": {"domains": "cohort", "weight": 1}}
    assert arm_domains(row) == "cohort"
    assert arm_domains({"sampling": {"domains": 2}, "coral": None}) is None

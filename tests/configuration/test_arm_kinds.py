"""Of which kind an arm is."""

import pytest

from cirl.configuration.arm_kinds import kind_of_arm, placebos_of


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


def test_a_placebo_has_the_row_of_its_arm_but_for_the_shuffling():
    def arm(k, weight=0.1, **other):
        return {
            "adversary": {"domains": {"clustering": "kmeans", "k": k}, "weight": weight} | other
        }

    arms = {
        "baseline": {},
        "plain": arm(3),
        "strong": arm(3, 2),
        "four": arm(4),
        "three_shuffled": arm(3, shuffled=True),
        "four_shuffled": arm(4, shuffled=True),
        "five": arm(5),
        "control": arm(3, reversal=False),
        "dro": {"group_dro": {"domains": {"clustering": "kmeans", "k": 3}}},
    }
    assert placebos_of(arms) == {
        "plain": "three_shuffled",
        "four": "four_shuffled",
        "five": "three_shuffled",
    }
    twice = arms | {f"{name}_best": row for name, row in arms.items()}
    assert placebos_of(twice)["plain_best"] == "three_shuffled_best"
    assert placebos_of(twice)["five_best"] == "three_shuffled_best"

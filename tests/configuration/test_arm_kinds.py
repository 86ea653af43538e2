"""Of which kind an arm is."""

import pytest

from cirl.configuration.arm_kinds import kind_of_arm, placebos_of, sampling_controls_of


@pytest.mark.parametrize(
    "entry, kind",
    [
        ({"cohorts": [], "adversary": None}, "other"),
        ({"adversary": {"domains": "cohort", "weight": 1}}, "other"),
        ({"adversary": {"domains": {"clustering": "kmeans", "k": 3}}}, "clusters"),
        ({"group_dro": {"domains": {"clustering": "gmm", "k": 2}}, "adversary": None}, "clusters"),
        ({"adversary": {"domains": {"clustering": "gmm", "k": 2}, "shuffled": True}}, "placebo"),
        ({"mixstyle": {"probability": 0.5}, "training": {"epochs": None}}, "other"),
        ({"sampling": {"domains": {"clustering": "gmm", "k": 2}}, "group_dro": None}, "control"),
        ({"sampling": {"domains": {"clustering": "gmm", "k": 2}, "shuffled": True}}, "placebo"),
        ({"sampling": {"domains": "cohort"}}, "other"),
        ({"sampling": {"domains": 2, "other": 1}}, "other"),
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
    control = {"sampling": {"domains": {"clustering": "kmeans", "k": 3}}}
    assert placebos_of(arms | {"control": control}) == placebos_of(arms)
    twice = arms | {f"{name}_best": row for name, row in arms.items()}
    assert placebos_of(twice)["plain_best"] == "three_shuffled_best"
    assert placebos_of(twice)["five_best"] == "three_shuffled_best"


def test_a_control_of_sampling_has_the_batches_of_its_arm_and_no_method():
    three, four = ({"clustering": "kmeans", "k": k, "fit": None} for k in (3, 4))

    def arm(**row):
        return {"start": None, "sampling": None, "coral": None, "irm": None} | row

    def drawn(domains, shuffled=False):
        return {"domains": domains, "shuffled": shuffled}

    arms = {
        "baseline": arm(),
        "dro_s0.01": arm(group_dro=drawn(three) | {"step": 0.01}),
        "dro_s0.1": arm(group_dro=drawn(three) | {"step": 0.1}),
        "dro_placebo": arm(group_dro=drawn(three, True) | {"step": 0.1}),
        "coral": arm(coral=drawn(three) | {"weight": 1}),
        "four": arm(coral=drawn(four) | {"weight": 1}),
        "tuned": arm(coral=drawn(three) | {"weight": 1}, start="baseline"),
        "as_found": arm(coral=drawn(three) | {"weight": 1}, sampling={"a": 1, "b": 1}),
        "dann": arm(adversary=drawn(three) | {"weight": 1}),
        "dann_batches": arm(adversary=drawn(three) | {"weight": 1}, sampling="domains"),
        "mixed": arm(mixstyle={"levels": 2}, sampling=drawn(three)),
        "batches": arm(sampling=drawn(three)),
        "placebo_batches": arm(sampling=drawn(three, True)),
    }
    found = {
        "dro_s0.01": "batches",
        "dro_s0.1": "batches",
        "dro_placebo": "placebo_batches",
        "coral": "batches",
        "dann_batches": "batches",
        "mixed": "batches",
    }
    assert sampling_controls_of(arms) == found
    twice = arms | {f"{name}_best": row for name, row in arms.items()}
    of_best = {f"{name}_best": f"{control}_best" for name, control in found.items()}
    assert sampling_controls_of(twice) == found | of_best
    assert sampling_controls_of({name: arms[name] for name in ("baseline", "coral")}) == {}

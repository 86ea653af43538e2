import pandas as pd

from cirl.configuration.arm_kinds import fixed_clusterings
from cirl.evaluation.unselected import unselected_sentences

SWEEP = pd.DataFrame(
    {
        "algorithm": ["kmeans", "kmeans", "vdec"],
        "k": [2, 3, 3],
        "selected": [True, False, False],
        "why": ["", "p 0.400 > 0.05", "not tested"],
    }
)


def arm(algorithm, k, **changes):
    return {"adversary": {"domains": {"clustering": algorithm, "k": k}, "weight": 1} | changes}


def test_arms_are_named_whose_clusters_the_evidence_does_not_select():
    clusterings = fixed_clusterings(
        {
            "baseline": {"adversary": None},
            "two": arm("kmeans", 2),
            "three": arm("kmeans", 3),
            "stronger": arm("kmeans", 3, weight=2),
            "placebo": arm("kmeans", 3, shuffled=True),
            "chosen": arm("kmeans", "selected"),
            "cohorts": {"adversary": {"domains": "cohort", "weight": 1}},
            "drawn": {"sampling": {"domains": {"clustering": "kmeans", "k": 3}}},
            "deep": {"group_dro": {"domains": {"clustering": "vdec", "k": 3}}},
        }
    )
    assert list(clusterings) == ["two", "three", "stronger", "drawn", "deep"]
    assert unselected_sentences(SWEEP, clusterings) == [
        "three, stronger, drawn train with the clusters of k-means k = 3, which the evidence does "
        "not select (p 0.400 > 0.05).",
        "deep trains with the clusters of VDEC k = 3, which the evidence does not select "
        "(not tested).",
    ]
    assert unselected_sentences(SWEEP, {}) == []

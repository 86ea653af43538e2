import pandas as pd

from cirl.report.model_card import CardFacts, model_card

FACTS = CardFacts(
    name={"study": "mine", "protocol": "cv", "arm": "dann", "seed": "0", "fold": "1"},
    arm={"cohorts": [], "adversary": {"domains": "cohort", "weight": 0.1}},
    configuration={"regions": ["WT", "ET"], "sections": {"network": {"filters": [4, 8]}}},
    code="abc123",
    licences={"goat": "CC BY 4.0", "own": ""},
)
MODEL = {
    "contrasts": ["t1c", "t2f"],
    "outputs": "regions",
    "digest": "0123456789abcdef",
    "postprocessing": {"smallest_component_ml": 0.5, "smallest_et_ml": 0.1},
    "prediction": {"postprocessing": "fit"},
    "preprocessing": {"spacing": 1.0, "normalisation": "zscore"},
}
SUBJECTS = pd.DataFrame({"subject": list("abcd"), "cohort": ["goat", "goat", "own", "own"]})
ROLES = pd.DataFrame(
    {"subject": list("abcd"), "role": ["train", "train", "validation", "test"], "fold": 1}
)
METRICS = pd.DataFrame(
    {"subject": ["d", "d"], "region": ["WT", "ET"], "dice": [0.9, 0.51], "hd95": [3.14, 20.0]}
)


def test_the_card_says_what_the_weights_are():
    card = model_card(FACTS, MODEL, {"selection": "best"}, SUBJECTS, ROLES, METRICS)
    for line in (
        "# dann, fold 1 of cv (study mine, seed 0)",
        "cirl predict --weights weights.pt --t1c t1c.nii.gz --t2f t2f.nii.gz --out seg.nii.gz",
        "| goat | 2 | 0 | 0 | CC BY 4.0 |",
        "| own | 0 | 1 | 1 | not stated in the configuration |",
        "| WT | 1 | 0.900 | 3.1 |",
        "| weights' digest | 0123456789abcdef |",
        "| code's fingerprint | abc123 |",
        "| weights of | best |",
        "| post-processing | smallest_component_ml 0.5, smallest_et_ml 0.1 (fit) |",
        "    weight: 0.1",
        "goat: CC BY 4.0; own: not stated in the configuration.",
    ):
        assert line in card


def test_the_card_of_an_arm_that_was_not_run_says_so():
    card = model_card(FACTS, {}, {"reason": "no cluster"}, SUBJECTS, ROLES, METRICS.iloc[:0])
    assert "was not run, for no cluster" in card
    assert "predict" not in card

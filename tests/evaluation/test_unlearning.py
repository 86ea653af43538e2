"""Probes of arms against criteria: by closed forms, and by what the sentence may say."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cirl.evaluation.unlearning import adversary_sentences, unlearning_table

BASE = {"linear": [0.9, 0.88, 0.92], "mlp": [0.95, 0.93, 0.94]}
UNLEARNT = {"linear": [0.62, 0.6, 0.61], "mlp": [0.66, 0.65, 0.67]}


def probes_of(arms, ranks=None, seeds=(0,)):
    """Accuracies by fold; of several seeds these are the means, from which they deviate."""
    shifts = np.linspace(-0.1, 0.1, len(seeds)) if len(seeds) > 1 else [0.0]
    rows = [
        {"protocol": "cv", "arm": arm, "seed": seed, "fold": fold, "domains": "scanner",
         "layer": layer, "probe": kind, "accuracy": value + shift, "chance": 0.5,
         "effective_rank": (ranks or {}).get(arm, [10, 10, 10])[fold]}
        for arm, kinds in arms.items() for kind, values in kinds.items()
        for fold, value in enumerate(values) for seed, shift in zip(seeds, shifts, strict=True)
        for layer in ("skip0", "bottleneck")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def rows_of(arms, **options):
    return unlearning_table(probes_of(arms, **options), "scanner", "baseline", 0.95)


def said(arms, effect=-0.01, kind="domains", setting="weight", **options):
    table = rows_of(arms, **options)
    reference = table["arm"] == "baseline"
    table = table.assign(domains="scanner", mean_effect_low=effect, setting=setting)
    table["kind"] = np.where(reference, "reference", kind)
    (sentence,) = adversary_sentences(table)
    return sentence


def test_accuracies_are_paired_with_the_references_of_the_same_fold():
    row = rows_of({"baseline": BASE, "dann": UNLEARNT}).set_index("arm").loc["dann"]
    above = np.array(UNLEARNT["linear"]) - 0.5 - (np.array(BASE["linear"]) - 0.5) / 2
    limits = stats.t.interval(0.95, 2, above.mean(), stats.sem(above))
    names = ["halfway_linear", "halfway_linear_low", "halfway_linear_high"]
    assert row[names].tolist() == pytest.approx([above.mean(), *limits])
    own = np.array(UNLEARNT["mlp"])
    limits = stats.t.interval(0.95, 2, own.mean(), stats.sem(own))
    assert row[["probe_mlp", "probe_mlp_low", "probe_mlp_high"]].tolist() == pytest.approx(
        [own.mean(), *limits]
    )
    assert (row["half_rank"], row["repetitions"]) == (5, 3)


def test_seeds_of_one_fold_share_its_subjects_and_count_once():
    one = rows_of({"baseline": BASE, "dann": UNLEARNT})
    many = rows_of({"baseline": BASE, "dann": UNLEARNT}, seeds=(0, 1, 2))
    pd.testing.assert_frame_equal(one, many)
    alone = {"baseline": {kind: [values[0]] for kind, values in BASE.items()}}
    assert rows_of(alone, seeds=(0, 1, 2))["repetitions"].item() == 3


def test_an_arm_has_unlearnt_its_domains_by_all_three_criteria_only():
    both = {"baseline": BASE, "dann": UNLEARNT}
    text = said(both)
    assert "the probes of baseline are 0.44 [0.42, 0.46] above chance at most; dann meets" in text
    assert "halfway to chance: dann linear -0.09 [" in text and ", MLP -0.06 [" in text
    assert "no arm meets all three" in said(both, effect=-0.03)
    assert "no arm meets all three" in said(both, ranks={"dann": [4.9, 5, 5.1]})
    assert "no arm meets all three" in said(both, kind="control")
    assert "no arm meets all three" in said(both, setting="step")


def test_a_criterion_holds_only_where_the_whole_interval_meets_it():
    # The mean is halfway and beyond, one fold is not.
    unsure = {"baseline": BASE, "dann": UNLEARNT | {"mlp": [0.55, 0.8, 0.6]}}
    assert rows_of(unsure)["halfway_mlp"].iloc[1] < 0
    assert "no arm meets all three" in said(unsure)
    ranks = {"dann": [4.0, 9.0, 9.0]}
    assert rows_of(unsure, ranks=ranks)["half_rank"].iloc[1] > 2
    assert "no arm meets all three" in said({"baseline": BASE, "dann": UNLEARNT}, ranks=ranks)
    base = {"linear": [0.6, 0.9, 0.98], "mlp": [0.6, 0.9, 0.98]}
    text = said({"baseline": base, "dann": UNLEARNT})
    assert "not surely 0.25 or more: there is too little to unlearn" in text


def test_a_single_training_has_no_interval_and_meets_nothing():
    arms = {"baseline": {kind: values[:1] for kind, values in BASE.items()}}
    arms["dann"] = {kind: values[:1] for kind, values in UNLEARNT.items()}
    assert rows_of(arms)[["probe_linear_low", "halfway_mlp_high"]].isna().all(axis=None)
    assert "A single training has no interval, so that no criterion can be met" in said(arms)


def test_what_was_not_probed_has_no_sentence():
    nobody = unlearning_table(probes_of({"baseline": BASE}).iloc[:0], "scanner", "baseline", 0.95)
    assert nobody.empty and "half_rank_high" in nobody
    missing = probes_of({"baseline": BASE}).assign(accuracy=np.nan)
    assert unlearning_table(missing, "scanner", "baseline", 0.95).empty

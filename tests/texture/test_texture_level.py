"""Signatures that tell nothing pass as evidence as seldom as is said; one that does is found."""

import numpy as np
import pytest
from benchmark_modules import benchmark_module


@pytest.mark.parametrize("protocol", ["stratified", "subject"])
def test_p_of_studies_without_an_effect(protocol):
    with benchmark_module("texture_level") as level:
        folds = 5 if protocol == "stratified" else 16
        found = [
            level.study_p_values(
                seed, (4, 4, 4, 4), folds, protocol, encoders=2, draws=19, clusters=4
            )
            for seed in range(30 if protocol == "stratified" else 8)
        ]
    one = np.mean([part["p"].iloc[0] for part in found])
    best = np.array([part["p_family"].min() for part in found])
    # p of no effect is even between 0 and 1: its mean is 1/2, and p <= 0.2 in a fifth.
    assert one == pytest.approx(0.52, abs=4 * np.sqrt(1 / 12 / len(found)))
    assert np.mean(best <= 0.2) == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / len(found)))
    assert all((part["p_family"] >= part["p"]).all() for part in found)
    assert (np.concatenate([part["smallest_p"] for part in found]) == 0.05).all()

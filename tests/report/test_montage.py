"""The montage shows each domain once, and the right way round."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cirl.imaging.store import write_subject
from cirl.report.figures.montage import choose_subjects, draw_montage

CONTRASTS = ["t1n", "t2f"]


def table(**columns) -> pd.DataFrame:
    count = len(columns["subject"])
    filled = {"cohort": ["a"] * count, "status": ["ok"] * count, "wt_volume_ml": range(count)}
    return pd.DataFrame({**filled, **columns})


def test_each_domain_is_shown_before_any_is_shown_twice():
    subjects = table(
        subject=["a_1", "a_2", "a_3", "a_4", "a_5"],
        kind=["glioma", "glioma", "glioma", "low_grade", "low_grade"],
        status=["ok", "ok", "ok", "excluded", "ok"],
    )
    chosen = choose_subjects(subjects, {"a": ["kind"]}, rows=3)
    # a_2 has the median volume of its domain; a_4 cannot be shown.
    assert list(chosen["subject"]) == ["a_2", "a_1", "a_5"]
    assert list(chosen["domain"]) == ["glioma", "glioma", "low grade"]
    assert list(choose_subjects(subjects, {"a": ["kind"]}, rows=2)["subject"]) == ["a_2", "a_5"]


def test_cohorts_without_domains_are_domains():
    subjects = table(subject=["a_1", "a_2", "b_1"], cohort=["a", "a", "b"])
    chosen = choose_subjects(subjects, {"a": [], "b": []}, rows=2)
    assert list(chosen["domain"]) == ["a", "b"]


@pytest.fixture
def store(tmp_path):
    image = np.zeros((2, 20, 24, 16), np.float32)
    image[:, 2:-2, 2:-2, 2:-2] = np.random.default_rng(0).normal(size=(2, 16, 20, 12))
    label = np.zeros(image.shape[1:], np.uint8)
    label[14:17, 16:20, 9] = 2
    metadata = {"status": "ok", "reason": "", "contrasts": CONTRASTS, "spacing": [3.0] * 3}
    write_subject(tmp_path, "a_1", image, label, metadata)
    return tmp_path


def test_slice_is_that_of_the_tumour_with_the_right_side_on_the_left(store):
    chosen = choose_subjects(table(subject=["a_1"]), {}, rows=4)
    figure = draw_montage(store, chosen, CONTRASTS)
    try:
        shown = figure.axes[len(CONTRASTS)].images[-1].get_array().filled(0)
    finally:
        plt.close(figure)
    rows, columns = np.nonzero(shown)
    # Label at anterior 16-19 of 24 and right 14-16 of 20: up, and on the left.
    assert (rows.min(), rows.max()) == (24 - 20, 24 - 17)
    assert (columns.min(), columns.max()) == (20 - 17, 20 - 15)

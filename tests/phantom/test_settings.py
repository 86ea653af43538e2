"""Names and domains of a simulated cohort."""

from collections import Counter

import pytest

from cirl.phantom.settings import SimulationSettings, draw_domains
from cirl.phantom.simulate import draw_truth
from cirl.phantom.tumours import TUMOURS
from cirl.study.subjects import simulated_names

SHARES = {"glioma": 0.4, "meningioma": 0.25, "metastasis": 0.2, "low_grade": 0.15}
SETTINGS = SimulationSettings(
    spacing=4, tumour_shares=SHARES, scanner_shares={"high_field": 0.6, "low_field": 0.4}
)


def test_names_are_numbered_and_sorted():
    names = simulated_names(12)
    assert names[0] == "p0001"
    assert names[-1] == "p0012"
    assert names == sorted(names)


@pytest.mark.parametrize("seed", [0, 1, 2026])
def test_few_subjects_already_have_the_configured_shares(seed):
    kinds, scanners = zip(
        *(draw_domains(seed, name, SETTINGS) for name in simulated_names(40)), strict=True
    )
    counts = Counter(kinds)
    for kind, share in SHARES.items():
        assert counts[kind] == pytest.approx(40 * share, abs=2)
    assert Counter(scanners)["high_field"] == pytest.approx(24, abs=2)


def test_scanner_is_independent_of_tumour_type():
    pairs = Counter(draw_domains(7, name, SETTINGS) for name in simulated_names(1000))
    for kind, share in SHARES.items():
        high = pairs[kind, "high_field"] / (1000 * share)
        assert high == pytest.approx(0.6, abs=0.07)


def test_domains_do_not_repeat_with_a_fold_sized_period():
    kinds = [draw_domains(2026, name, SETTINGS)[0] for name in simulated_names(60)]
    for period in (2, 3, 4, 5, 6, 10):
        assert all(len(set(kinds[start::period])) > 1 for start in range(period))


def test_only_named_shares_occur_whatever_their_order_and_unit():
    one = SimulationSettings(4, {"metastasis": 3, "glioma": 1}, {"low_field": 5})
    other = SimulationSettings(4, {"glioma": 0.25, "metastasis": 0.75}, {"low_field": 1})
    domains = [draw_domains(3, name, one) for name in simulated_names(30)]
    assert domains == [draw_domains(3, name, other) for name in simulated_names(30)]
    assert {scanner for _, scanner in domains} == {"low_field"}
    assert {kind for kind, _ in domains} == {"glioma", "metastasis"}


def test_names_without_a_number_draw_too():
    kinds = {draw_domains(3, name, SETTINGS)[0] for name in "abcdefghijklmnopqrstuvwxyz"}
    assert kinds == set(SHARES)


def test_no_share_is_refused():
    with pytest.raises(ValueError, match="share above 0"):
        draw_domains(0, "p0001", SimulationSettings(4, {"glioma": 0}, {"high_field": 1}))


def test_truth_has_grades_of_its_type():
    for name in simulated_names(40):
        truth = draw_truth(2026, name, SETTINGS)
        assert truth["grade"] in TUMOURS[truth["tumour_type"]].grades

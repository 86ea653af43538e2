"""Subjects: their ids, and who is in which batch."""

import pytest

from cirl.study.subjects import cohort_of, into_batches, simulated_names, subject_id

NAMES = [f"cohort_s{number:04d}" for number in range(2200)]


def test_a_subject_is_named_by_its_cohort_first() -> None:
    """And its own name may have an underscore."""
    assert subject_id("clinic", "p_01") == "clinic_p_01"
    assert cohort_of("clinic_p_01") == "clinic"
    assert simulated_names(12)[-1] == "p0012"


@pytest.mark.parametrize("size", [1, 7, 50, 5000])
def test_every_subject_is_in_one_batch(size: int) -> None:
    batches = into_batches(NAMES, size)
    assert sorted(name for members in batches.values() for name in members) == NAMES


def test_2200_subjects_are_tens_of_batches_of_about_the_size_asked_for() -> None:
    sizes = [len(members) for members in into_batches(NAMES, 50).values()]
    assert len(sizes) == 64
    assert max(sizes) < 60


def test_new_subjects_change_their_own_batches_only() -> None:
    before = into_batches(NAMES, 50)
    new = [f"cohort_new{number}" for number in range(10)]
    after = into_batches(sorted(NAMES + new), 50)
    changed = [name for name in after if after[name] != before[name]]
    assert 1 <= len(changed) <= 10
    for name in changed:
        assert set(before[name]) < set(after[name])


def test_members_do_not_depend_on_the_order() -> None:
    backwards = into_batches(NAMES[::-1], 50)
    for name, members in into_batches(NAMES, 50).items():
        assert sorted(backwards[name]) == members

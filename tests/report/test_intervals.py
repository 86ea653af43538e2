from cirl.report.pages.intervals import interval_notes


def test_few_subjects_are_warned_of():
    assert interval_notes(0.95, [24, 60]) == ["Brackets hold 95% bootstrap intervals."]
    (_, warning) = interval_notes(0.9, [60, float("nan"), 7])
    assert "Some are of 7 subjects: with fewer than 24 an interval holds the truth less" in warning
    assert interval_notes(0.95, []) == interval_notes(0.95, [24])


def test_a_mean_that_few_values_decide_is_warned_of_at_any_size():
    assert "HD95 and its differences: of 100 such intervals" in interval_notes(0.95, [64], True)[1]

"""What the rows of arms say of their domains."""

from cirl.study.arm_domains import arm_domains


def test_a_share_of_a_cohort_is_no_domain() -> None:
    """Whatever the cohort is called."""
    row = {"sampling": {"domains": 2, "other": 1}, "irm": {"domains": "cohort", "weight": 1}}
    assert arm_domains(row) == "cohort"
    assert arm_domains({"sampling": {"domains": 2}, "coral": None}) is None

"""What the rows of arms say of their domains."""

from cirl.study.arm_domains import arm_domains, sections_with_domains


def test_a_share_of_a_cohort_is_no_domain() -> None:
    """Whatever the cohort is called."""
    row = {"sampling": {"domains": 2, "other": 1}, "irm": {"domains": "cohort", "weight": 1}}
    assert arm_domains(row) == "cohort"
    assert arm_domains({"sampling": {"domains": 2}, "coral": None}) is None


def test_batches_may_be_drawn_from_domains_that_no_method_sees() -> None:
    sampling = {"domains": {"clustering": "kmeans", "k": 3}, "shuffled": False}
    row = {"cohorts": [], "sampling": sampling, "coral": None}
    assert arm_domains(row) == sampling["domains"]
    assert sections_with_domains(row) == {"sampling": sampling}
    assert arm_domains({"sampling": {"domains": "cohort"}}) == "cohort"

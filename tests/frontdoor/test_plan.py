"""Jobs of a plan: what they are called on Slurm, and how long they took."""

from pathlib import Path

import pytest

from frontdoor.plan import Job, seconds_of


@pytest.mark.parametrize(
    ("wildcards", "what"),
    [((), "train_fold"), (("cv", "a b/c", "0"), "train_fold_cv_a b_c_0")],
)
def test_what_slurm_calls_a_job(wildcards: tuple[str, ...], what: str) -> None:
    job = Job("train_fold", "segmentation", wildcards, ("a",), "", "", True, True, False, True, ())
    assert job.what == what


def test_timings_that_are_not_there_or_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    assert seconds_of(str(path)) is None
    for text in ("", "s\th:m:s\n", "s\th:m:s\n1.5\n", "h:m:s\n0:01\n"):
        path.write_text(text)
        assert seconds_of(str(path)) is None
    path.write_text("s\th:m:s\n1.5\t0:00:01\n")
    assert seconds_of(str(path)) == 1.5

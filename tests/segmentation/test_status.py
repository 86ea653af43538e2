"""An arm whose domains do not exist is on the record, and leaves files that say nothing else."""

import pandas as pd
import pytest

from cirl.segmentation.arms import Arm, build_arm
from cirl.segmentation.status import (
    leave_untrained,
    not_run_sentences,
    selection_sentence,
    status_row,
    was_trained,
    why_not_run,
)
from cirl.study.tables.segmentation import STATUS

SELECTED = {"clustering": "kmeans", "k": "selected", "fit": None}
ADVERSARY = {"domains": SELECTED, "weight": 0.1, "reversal": True, "hidden": 8}
DANN = build_arm("dann", {"cohorts": [], "adversary": ADVERSARY})
BASELINE = build_arm("baseline", {"cohorts": [], "adversary": None})
NOTHING = pd.DataFrame(columns=["subject", "cluster", "confidence", "status"])
CLUSTERS = pd.DataFrame({"subject": ["a", "b"], "cluster": [0, None]})
DECISION = pd.DataFrame({"algorithm": ["kmeans"], "k": [None], "reason": ["nothing passes"]})


def test_an_arm_is_not_run_where_its_domains_do_not_exist() -> None:
    assert why_not_run(BASELINE, None, None) == ""
    assert why_not_run(DANN, CLUSTERS, DECISION) == ""
    assert why_not_run(DANN, NOTHING, DECISION) == "its domains do not exist: nothing passes"
    assert "has no cluster" in why_not_run(DANN, NOTHING, None)
    drawn = build_arm("drawn", {"sampling": {"domains": SELECTED, "shuffled": False}})
    assert why_not_run(drawn, CLUSTERS, DECISION) == ""
    assert why_not_run(drawn, NOTHING, DECISION) == "its domains do not exist: nothing passes"


def test_an_arm_is_not_run_where_the_one_it_starts_from_was_not() -> None:
    finetune = Arm("finetune", start="dann")
    there, missing = status_row("cv", "dann", 0, 0), status_row("cv", "dann", 0, 0, "no structure")
    assert why_not_run(finetune, None, None, there) == ""
    reason = "it starts from dann, which was not run, for no structure"
    assert why_not_run(finetune, None, None, missing) == reason


def test_the_files_of_a_training_that_was_not_run_are_empty(tmp_path) -> None:
    paths = tmp_path / "weights.pt", tmp_path / "history.csv", tmp_path / "tensorboard"
    further = {"best": tmp_path / "weights_best.pt"}
    leave_untrained(*paths, further)
    assert paths[0].stat().st_size == further["best"].stat().st_size == 0
    assert pd.read_csv(paths[1]).empty
    assert not list(paths[2].iterdir())


@pytest.fixture
def files(tmp_path) -> list[str]:
    """Two arms in two folds; one is run in no fold, the other in one."""
    rows = [
        status_row("cv", "dann", 0, 0, "no structure"),
        status_row("cv", "dann", 0, 1, "no structure"),
        status_row("cv", "baseline", 0, 0),
        status_row("cv", "baseline", 0, 1),
        status_row("lodo", "dann", 0, 0, "nothing passes"),
        status_row("lodo", "dann", 0, 1),
    ]
    paths = [str(tmp_path / f"{number}.csv") for number in range(len(rows))]
    for row, path in zip(rows, paths, strict=True):
        row.to_csv(path, index=False)
    return paths


def test_statuses_are_read_back(files) -> None:
    table = STATUS.read_all(files)
    assert table["status"].tolist() == ["not run"] * 2 + ["trained"] * 2 + ["not run", "trained"]
    assert table["reason"].tolist()[2] == ""
    assert [was_trained(path) for path in files] == [False, False, True, True, False, True]


def test_rules_of_selection_are_said_of_all_arms_or_of_each() -> None:
    rows = [status_row("cv", arm, 0, 0) for arm in ("a", "b")]
    assert selection_sentence(pd.concat(rows)) == (
        "The weights of all arms are those of the last epoch."
    )
    rows.append(status_row("cv", "a_oracle", 0, 0, selection="oracle"))
    text = selection_sentence(pd.concat(rows))
    assert text.startswith("The weights are: of a, b those of the last epoch; of a_oracle those")
    assert text.endswith("test subjects themselves (oracle).")


def test_sentences_name_the_arm_and_the_reason_once(files) -> None:
    assert not_run_sentences(STATUS.read_all(files)) == [
        "dann was not run, for no structure.",
        "dann (lodo) was not run in 1 of 2 trainings, for nothing passes.",
    ]
    assert not_run_sentences(STATUS.read_all(files[2:4])) == []

"""Which files a job reads follows from its wildcards."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from snakemake.iocontainers import Wildcards

from cirl.study.inputs import Inputs, members, scope_fold, scope_folds
from cirl.study.names import StudyNames
from cirl.study.paths import Files

Names = Callable[..., StudyNames]


def job(**values: str) -> Wildcards:
    """Wildcards of a job."""
    return Wildcards(fromdict=values)


TRAINING = {"protocol": "cv", "arm": "base", "seed": "7", "fold": "2"}


def test_a_fold_is_told_by_the_scope() -> None:
    fold = job(scope="folds/transfer/fold12/")
    assert scope_folds(fold) == ["<results>/folds/transfer.csv"] and scope_fold(fold) == 12
    assert scope_folds(job(scope="")) == [] and scope_fold(job(scope="")) is None


def test_members_are_named_by_wildcards_or_one_by_one() -> None:
    assert members(["{subject}"])(job(subject="a_1")) == ["a_1"]
    assert members(["a_1", "b_2"])(job()) == ["a_1", "b_2"]


def test_files_of_subjects_are_waited_for_only_if_somebody_makes_them(names: Names) -> None:
    study = names(use={"cohorts": ["phantom"], "arms": []})
    files = Inputs(study).existing_files(["{subject}"])(job(subject="phantom_p0002"))
    assert files[0] == "results/mine/phantom/phantom/p0002/p0002-t1n.nii.gz" and len(files) == 5
    object.__setattr__(study.cohorts["phantom"], "simulated", False)
    assert Inputs(study).existing_files(["phantom_p0002"])(job()) == []
    described = Inputs(study).subject_files(["phantom_p0002"])(job())[0]
    assert described["cohort"] == "phantom" and described["label"] == files[-1]
    simulated = Inputs(study).simulations([("{cohort}", "{name}")])
    assert simulated(job(cohort="phantom", name="p0002"))[0]["name"] == "p0002"
    assert "subjects" not in simulated(job(cohort="phantom", name="p0002"))[0]["settings"]


def test_files_that_snakemake_cannot_carry_are_params_of_their_job(
    names: Names, tmp_path: Path
) -> None:
    for name in ("{subject}", "it's $(touch stolen)", "pt$5"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}-t1n.nii.gz").write_bytes(b"12345")
    clinic = {"root": str(tmp_path), "domains": []}
    study = names(cohorts={"clinic": clinic}, use={"cohorts": ["clinic"], "arms": []})
    inputs, everyone = Inputs(study), list(study.subjects)
    assert inputs.existing_files(everyone)(job()) == [f"{tmp_path}/pt$5/pt$5-t1n.nii.gz"]
    unlisted = inputs.unlisted_files(everyone)(job())
    (odd,) = (one for one in unlisted if "{subject}" in one)
    assert len(unlisted) == 2 and odd.startswith(
        f"'{tmp_path}/{{subject}}/{{subject}}-t1n.nii.gz' 5 "
    )
    os.utime(tmp_path / "{subject}/{subject}-t1n.nii.gz", ns=(7, 7))
    assert odd not in inputs.unlisted_files(everyone)(job())
    described = inputs.subject_files(everyone)(job())
    assert {one["name"] for one in described} == {"{subject}", "it's $(touch stolen)", "pt$5"}
    assert [one["subject"] for one in described] == everyone


def test_a_start_is_in_the_same_fold(names: Names) -> None:
    start = Inputs(names()).of_start(Files.weights)
    assert start(job(**TRAINING)) == ["<results>/segmentation/cv/pre/seed7/fold2/weights.pt"]
    assert start(job(**TRAINING | {"arm": "pre"})) == []


def test_a_protocol_s_trainings_are_of_the_wildcard_s_arm_if_there_is_one(names: Names) -> None:
    inputs = Inputs(names(segmentation={"seeds": [0, 7]}))
    assert len(inputs.of_trainings(Files.metrics)(job(protocol="cv"))) == 3 * 5 * 2
    one = inputs.of_trainings(Files.metrics, [7])(job(protocol="cv", arm="dro"))
    assert one[1] == "<results>/segmentation/cv/dro/seed7/fold1/metrics.csv" and len(one) == 3
    assert len(inputs.of_trainings(Files.history, arms=["pre"])(job(protocol="cv"))) == 3 * 2


@pytest.mark.parametrize(
    ("fit", "arm", "clusters", "decision"),
    [
        ("all", "dann_w1", "clustering/kmeans/k3.csv", None),
        ("fold", "dann_w1", "folds/cv/fold2/clustering/kmeans/k3.csv", None),
        ("all", "dro", "clustering/vdec/selected.csv", "clustering/vdec/decision.csv"),
        (
            "fold",
            "dro",
            "folds/cv/fold2/clustering/vdec/selected.csv",
            "folds/cv/fold2/clustering/vdec/decision.csv",
        ),
        ("fold", "base", None, None),
    ],
)
def test_an_arm_s_clusters(
    names: Names, fit: str, arm: str, clusters: str | None, decision: str | None
) -> None:
    inputs, training = Inputs(names(clustering={"fit": fit})), job(**TRAINING | {"arm": arm})
    assert inputs.arm_clusters(training) == [f"<results>/{clusters}"] * bool(clusters)
    assert inputs.arm_decision(training) == [f"<results>/{decision}"] * bool(decision)
    # Of a training as the study lists it, too.
    assert inputs.arm_clusters({**TRAINING, "arm": arm}) == inputs.arm_clusters(training)


def test_batches_that_are_drawn_from_clusters_wait_for_them(names: Names) -> None:
    domains = {"clustering": "vdec", "k": "selected", "fit": "fold"}
    arms = {"drawn": {"sampling": {"domains": domains}}}
    inputs = Inputs(names(arms=arms, use={"cohorts": ["phantom", "clinic"], "arms": ["drawn"]}))
    training = job(**TRAINING | {"arm": "drawn"})
    folder = "<results>/folds/cv/fold2/clustering/vdec"
    assert inputs.arm_clusters(training) == [f"{folder}/selected.csv"]
    assert inputs.arm_decision(training) == [f"{folder}/decision.csv"]


def test_clusters_that_are_left_out(names: Names) -> None:
    inputs = Inputs(names(folds={"lodo": {"domains": {"clustering": "ward", "k": 2}}}))
    left_out = inputs.held_out_clusters(job(protocol="lodo"))
    assert left_out == ["<results>/clustering/ward/k2.csv"]
    assert inputs.held_out_clusters(job(protocol="cv")) == []
    assert Inputs(names()).held_out_clusters(job(protocol="lodo")) == []

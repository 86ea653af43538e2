"""What there is in a study follows from its configuration."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cirl.study.clusterings import Clustering
from cirl.study.names import StudyNames
from cirl.study.population import StudyError
from cirl.study.safe_names import safe_name
from cirl.study.subjects import subject_id

Names = Callable[..., StudyNames]


class TestSubjects:
    def test_ids_begin_with_the_cohort(self, names: Names, tmp_path: Path) -> None:
        for name in ("p0001", "b"):
            (tmp_path / name).mkdir()
        study = names(cohorts={"clinic": {"root": f"{tmp_path}/", "domains": []}})
        simulated = [f"phantom_p{number:04d}" for number in (1, 2, 3)]
        assert study.subjects == ["clinic_b", "clinic_p0001", *simulated]
        cohort, name = study.found["phantom_p0002"]
        assert cohort.simulated and cohort.path(name, "seg") == (
            "results/mine/phantom/phantom/p0002/p0002-seg.nii.gz"
        )
        assert not study.cohorts["clinic"].simulated
        assert study.cohorts["clinic"].root == str(tmp_path)

    def test_a_folder_without_subjects_is_refused(self, names: Names, tmp_path: Path) -> None:
        study = names(cohorts={"clinic": {"root": str(tmp_path)}})
        with pytest.raises(StudyError) as caught:
            _ = study.found
        assert f"cohorts.clinic: no subject below {tmp_path}" in str(caught.value)

    def test_a_folder_may_be_called_like_a_placeholder(self, names: Names, tmp_path: Path) -> None:
        for name in ("{contrast}", "{subject}"):
            (tmp_path / name).mkdir()
        clinic = {"root": str(tmp_path)}
        study = names(cohorts={"clinic": clinic}, use={"cohorts": ["clinic"], "arms": []})
        (made, (cohort, name)), _ = study.found.items()
        assert (made, name) == (subject_id("clinic", "{contrast}"), "{contrast}")
        assert cohort.path(name, "t1n") == f"{tmp_path}/{{contrast}}/{{contrast}}-t1n.nii.gz"

    def test_two_folders_with_one_id_are_refused(self, names: Names, tmp_path: Path) -> None:
        for name in ("pt$5", safe_name("pt$5")):
            (tmp_path / name).mkdir()
        with pytest.raises(StudyError, match=r"cohorts.clinic: 'pt\$5' and 'pt_5-x"):
            _ = names(cohorts={"clinic": {"root": str(tmp_path)}}).found

    def test_a_rule_with_a_wildcard_stands_for_all_or_one_for_each_batch(
        self, names: Names
    ) -> None:
        one = names()
        assert one.batches_of(["a_1", "a_2"]) == {"{subject}": ["{subject}"]}
        assert one.batches_of([]) == {}
        assert one.rule_of("measure_subject", "{subject}") == "measure_subject"
        object.__setattr__(one, "config", {**one.config, "batch": 2})
        batches = one.batches_of([f"a_{number}" for number in range(8)])
        assert sum(map(len, batches.values())) == 8 and len(batches) <= 4
        assert one.rule_of("measure_subject", "batch01") == "measure_subject_batch01"

    def test_domains_are_each_named_once_and_the_cohort_is_one_of_several(
        self, names: Names
    ) -> None:
        study = names()
        assert study.known_domains == ["scanner", "type", "site"]
        assert study.cluster_domains == ["scanner", "type", "site", "cohort"]
        alone = names(use={"cohorts": ["phantom"], "arms": []})
        assert alone.cluster_domains == ["scanner", "type"]
        assert alone.own_tables == []
        tables = {"table": {"path": {"a": "a.csv", "b": "b.csv"}}}
        two = names(radiomics=tables, use={"cohorts": [], "arms": []})
        assert two.own_tables == ["a.csv", "b.csv"] and two.cluster_domains == ["cohort"]


class TestFolds:
    def test_the_configuration_alone_tells_how_many_there_are(self, names: Names) -> None:
        def lodo(**settings: object) -> StudyNames:
            return names(folds={"lodo": settings})

        assert names().fold_count("cv") == 3
        assert names().fold_count("transfer") == 10
        assert lodo().held_out_domains == ["clinic", "phantom"]
        clusters = lodo(domains={"clustering": "kmeans", "k": 4})
        assert clusters.fold_count("lodo") == 4
        assert clusters.held_out_domains == [f"cluster {number}" for number in range(4)]
        assert clusters.held_out_clustering == Clustering("kmeans", 4)
        columns = lodo(domains=["scanner"], held_out=["low_field"])
        assert columns.fold_count("lodo") == 1 and columns.held_out_clustering is None


class TestArms:
    def test_a_further_rule_of_selection_makes_another_arm_of_each(self, names: Names) -> None:
        study = names(segmentation={"selection": ["last", "best"]})
        trained = ["pre", "base", "dann_w0.1", "dann_w1", "dro"]
        assert study.trained_arms == trained
        assert study.arms == trained + [f"{arm}_best" for arm in trained]
        assert study.arm_row("dann_w0.1_best") is study.arm_row("dann_w0.1")
        assert study.arm_rows["dann_w1_best"]["adversary"]["weight"] == 1

    def test_trainings_are_a_product(self, names: Names) -> None:
        study = names(
            segmentation={"selection": ["last", "best", "oracle"], "seeds": [0, 7]},
            folds={"protocols": ["cv", "transfer"]},
        )
        # Protocols' folds x rules x arms x seeds.
        assert len(study.trainings()) == (3 + 10) * 3 * 5 * 2
        assert len(study.trainings(["cv"], study.trained_arms, [7])) == 3 * 5
        assert study.trainings(["cv"], ["dro"])[4] == {
            "protocol": "cv",
            "arm": "dro",
            "seed": 7,
            "fold": 1,
        }

    def test_cohorts_add_up_along_the_starts(self, names: Names) -> None:
        study = names()
        assert study.trained_cohorts("pre") == ["clinic"]
        assert study.trained_cohorts("base") == ["clinic", "phantom"]
        # All of them.
        assert study.trained_cohorts("dann_w1") == []

    def test_domains_are_a_clustering_and_where_it_is_fitted(self, names: Names) -> None:
        study = names(clustering={"fit": "fold"})
        assert study.arm_clustering("dann_w1") == (Clustering("kmeans", 3), "fold")
        assert study.arm_clustering("dro") == (Clustering("vdec", "selected"), "fold")
        assert study.arm_clustering("base") is None


def test_the_sweep_is_every_algorithm_at_every_k(names: Names) -> None:
    study = names(
        clustering={"algorithms": ["ward", "vdec"], "k": [2, 5]},
        evaluation={"clusterings": ["vdec_k3"]},
        probes={"domains": ["ward_k5", "scanner", "vdec_k2"]},
    )
    assert len(study.clusterings) == 8
    assert study.clusterings[-1] == Clustering("vdec", 5)
    assert study.evaluated_clusterings == [Clustering("vdec", 3)]
    assert list(map(str, study.probed_clusterings)) == ["ward_k5", "vdec_k2"]

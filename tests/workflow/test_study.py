"""The whole study on a tiny cohort: what it leaves, and what a second run does."""

import re
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from study import Study, make_study

from cirl.commands import main

CONTRACT = {
    "cohort/subjects.csv": "subject cohort name status reason t1n t1c t2w t2f label",
    "cohort/quality.csv": "subject brain_ml tumour_ml t2f_range outlier why",
    "radiomics/statuses.csv": "subject contrast region status reason voxels",
    "radiomics/summary.csv": "feature mean sd min max",
    "clustering/kmeans/k2.csv": "subject cluster confidence",
    "clustering/vdec/k3.csv": "subject cluster confidence",
    "clustering/sweep.csv": "algorithm k silhouette silhouette_common stability null_mean null_sd "
    "p smallest_share degenerate calinski_harabasz davies_bouldin bic selected ari_tumour_type "
    "nmi_tumour_type ari_scanner nmi_scanner",
    "folds/cv.csv": "subject fold role",
    "segmentation/cv/baseline/seed0/fold0/metrics.csv": "subject protocol arm seed fold cohort "
    "region dice hd95 lesionwise_dice lesionwise_hd95 voxels_true voxels_predicted",
    "evaluation/summary.csv": "protocol arm region metric partition n mean sd ci_low ci_high "
    "worst_domain worst_domain_mean variance_over_domains empty_cases",
    "evaluation/probes.csv": "protocol arm seed fold domains layer probe accuracy chance "
    "effective_rank",
    "evaluation/dose_response.csv": "protocol arm setting dose mean worst gap probe_linear "
    "probe_mlp",
    "evaluation/ranking.csv": "protocol region metric partition arm n mean rank "
    "rank_low rank_high tau",
    "evaluation/worst_domains.csv": "protocol arm reference region metric partition effect",
    "evaluation/gaps.csv": "protocol arm region metric partition compared gap ci_low ci_high",
    "evaluation/domain_effects.csv": "protocol arm region metric partition p_domain_adjusted",
    "evaluation/primary.csv": "protocol partition arm reference region n seeds trainings domains "
    "inference effect se df ci_low ci_high p p_holm p_equivalence p_equivalence_holm margin",
    "evaluation/tests.csv": "protocol arm_a arm_b region metric partition n effect ci_low ci_high "
    "p_ttest p_wilcoxon p_holm",
}
TRAINED = {"baseline", "dann_kmeans", "dann_vdec", "dann_fold", "finetune", "group_dro"}
FOLDER = "segmentation/cv/baseline/seed0/fold0"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, tiny_overlay: dict) -> Study:
    made = make_study(tmp_path_factory.mktemp("study"), tiny_overlay | {"batch": 4})
    made.snakemake()
    return made


@pytest.mark.workflow
class TestFinishedStudy:
    """What lies in the results of one run."""

    @pytest.mark.parametrize("path", CONTRACT)
    def test_tables_have_the_columns_that_others_rely_on(self, study: Study, path: str) -> None:
        columns = list(study.table(path).columns)
        missing = set(CONTRACT[path].split()) - set(columns)
        assert not missing, f"{path} has {columns}"

    def test_no_subject_is_lost(self, study: Study) -> None:
        subjects = study.table("cohort/subjects.csv")
        assert subjects["subject"].tolist() == [f"phantom_p{n:04d}" for n in range(1, 9)]
        assert (subjects["status"] == "ok").all()
        assert subjects["tumour_type"].notna().all()
        tested = study.table("folds/cv.csv").query("role == 'test'")["subject"]
        assert sorted(tested) == subjects["subject"].tolist()

    def test_predictions_lie_on_the_original_grids(self, study: Study) -> None:
        subjects = study.table("cohort/subjects.csv").set_index("subject")
        masks = sorted(study.results.glob("segmentation/cv/*/seed0/fold*/predictions/*.nii.gz"))
        assert len(masks) == len(TRAINED) * 8  # arms x subjects
        for path in masks:
            mask = nib.load(path)
            original = nib.load(study.folder / subjects.loc[path.name[:-7], "label"])
            assert mask.shape == original.shape
            assert np.allclose(mask.affine, original.affine)
            assert set(np.unique(np.asarray(mask.dataobj))) <= {0, 1, 2, 3}

    def test_any_subject_is_segmented_as_in_the_study(self, study: Study, tmp_path: Path) -> None:
        fold = study.results / FOLDER
        wanted = min((fold / "predictions").glob("*.nii.gz"))
        name = wanted.name.removesuffix(".nii.gz").removeprefix("phantom_")
        words = ["predict", "--weights", fold / "weights.pt", "--out", tmp_path / "seg.nii.gz"]
        for contrast in ("t1n", "t1c", "t2w", "t2f"):
            image = study.results / f"phantom/phantom/{name}/{name}-{contrast}.nii.gz"
            words += [f"--{contrast}", image]
        assert main([str(word) for word in words]) == 0
        masks = [nib.load(path) for path in (tmp_path / "seg.nii.gz", wanted)]
        np.testing.assert_array_equal(*(np.asarray(mask.dataobj) for mask in masks))
        np.testing.assert_array_equal(masks[0].affine, masks[1].affine)

    def test_a_card_lies_beside_every_networks_weights(self, study: Study) -> None:
        metrics = study.table(f"{FOLDER}/metrics.csv")
        card = (study.results / FOLDER / "model_card.md").read_text()
        dice = metrics.loc[metrics["region"] == "WT", "dice"].mean()
        assert f"| WT | 4 | {dice:.3f} |" in card
        not_run = (study.results / FOLDER.replace("baseline", "dann_selected")) / "model_card.md"
        assert "was not run, for its domains do not exist" in not_run.read_text()

    def test_every_arm_is_scored_on_every_partition(self, study: Study) -> None:
        summary = study.table("evaluation/summary.csv").query("region == 'WT' and metric == 'dice'")
        counts = summary.groupby("arm")["partition"].agg(set)
        assert set(counts.index) == TRAINED
        for partitions in counts:
            assert {"all", "cohort", "tumour_type", "scanner"} <= partitions
        everyone = summary.query("partition == 'all'")
        assert (everyone["n"] == 8).all()
        metrics = pd.concat(
            pd.read_csv(path)
            for path in study.results.glob("segmentation/cv/baseline/seed0/*/metrics.csv")
        )
        dice = metrics.query("region == 'WT'")["dice"]
        row = everyone.query("arm == 'baseline'").iloc[0]
        assert row["mean"] == pytest.approx(dice.mean())
        assert row["ci_low"] <= row["mean"] <= row["ci_high"]

    def test_an_arm_without_domains_is_recorded_as_not_run(self, study: Study) -> None:
        arms = study.table("evaluation/arms.csv")
        assert set(arms.loc[arms["status"] == "trained", "arm"]) == TRAINED
        missing = arms[arms["status"] == "not run"]
        assert missing["arm"].tolist() == ["dann_selected"] * 2
        reason = study.table("clustering/spectral/decision.csv")["reason"].iloc[0]
        assert (missing["reason"] == f"its domains do not exist: {reason}").all()
        assert study.table("clustering/spectral/selected.csv").empty
        page = (study.results / "evaluation/segmentation.html").read_text()
        assert "dann_selected was not run, for its domains do not exist" in page

    def test_probes_tell_of_every_layer_and_stand_beside_the_scores(self, study: Study) -> None:
        probes = study.table("evaluation/probes.csv")
        assert set(probes["arm"]) == {"baseline", "dann_vdec"}
        assert set(probes["layer"]) == {"skip0", "skip1", "bottleneck"}
        assert len(probes) == 2 * 2 * 2 * 3 * 2  # arms, folds, domains, layers, probes
        known = probes.dropna(subset=["accuracy"])
        assert known["accuracy"].between(0, 1).all() and (known["chance"] == 0.5).all()
        dose = study.table("evaluation/dose_response.csv").query("domains == 'scanner'")
        assert set(dose["arm"]) == TRAINED
        assert dose.set_index("arm").loc["dann_vdec", "dose"] == 0.1
        assert dose.set_index("arm").loc["group_dro", "setting"] == "step"

    def test_an_arm_that_starts_from_another_keeps_its_frozen_half(self, study: Study) -> None:
        folder = study.results / "segmentation/cv/{}/seed0/fold0/weights.pt"
        files = [str(folder).format(arm) for arm in ("baseline", "finetune")]
        before, after = (torch.load(path, weights_only=True)["state_dict"] for path in files)
        same = {name for name in before if torch.equal(before[name], after[name])}
        assert any("output_block" in name for name in same) and len(same) < len(before)
        assert not any(name.startswith("bottleneck") for name in same)

    @pytest.mark.parametrize("fold", [0, 1])
    def test_a_clustering_of_a_fold_is_learnt_from_those_that_train(
        self, study: Study, fold: int
    ) -> None:
        roles = study.table("folds/cv.csv").query("fold == @fold").set_index("subject")["role"]
        clusters = study.table(f"folds/cv/fold{fold}/clustering/vdec/k2.csv")
        status = clusters.set_index("subject")["status"]
        expected = roles.map({"train": "fitted", "validation": "assigned", "test": "assigned"})
        assert status.to_dict() == expected.to_dict()
        assert clusters["cluster"].isin([0, 1]).all() and clusters["confidence"].notna().all()

    def test_clusters_are_described(self, study: Study) -> None:
        effects = study.table("clustering/kmeans/effects.csv")
        features = study.table("radiomics/features.csv").columns.drop("subject")
        assert set(effects["feature"]) == set(features)
        profiles = study.table("clustering/kmeans/profiles.csv")
        clusters = study.table("clustering/kmeans/k3.csv")
        assert profiles["n"].tolist() == clusters["cluster"].value_counts().sort_index().tolist()
        assert profiles["mix_tumour_type"].str.contains("glioma").any()
        agreement = study.table("clustering/agreement.csv")
        sweep = study.table("clustering/sweep.csv")
        pairs = agreement.pivot(index=["algorithm", "k"], columns="domain", values="ari")
        known = sweep.set_index(["algorithm", "k"]).loc[pairs.index]
        np.testing.assert_allclose(pairs["scanner"], known["ari_scanner"], atol=1e-9)

    def test_the_report_is_written_and_holds_every_category(self, study: Study) -> None:
        report = (study.results / "report.html").read_text()
        for category in ("1 Cohort", "1 Quality control", "2 Radiomics", "3 Clustering"):
            assert category in report
        for category in ("4 Segmentation", "5 Evaluation"):
            assert category in report
        assert "safe center" in report  # tall figures can be scrolled to their top


@pytest.mark.workflow
class TestSecondRun:
    """Nothing runs again without need, and what must run again does."""

    def test_a_finished_study_has_nothing_to_do(self, study: Study) -> None:
        assert study.planned() == {}

    def test_what_a_failed_rerun_deleted_is_made_again(self, study: Study) -> None:
        for path in (f"{FOLDER}/weights.pt", "preprocessed/phantom_p0001.json"):
            place = study.results / path
            place.rename(place.with_suffix(".aside"))
            planned = study.planned()
            place.with_suffix(".aside").rename(place)
            # The fold whose weights are gone and the one that starts from them, or all.
            assert planned["train_fold"] in (2, 14)

    def test_another_k_retrains_no_arm(self, study: Study) -> None:
        overlay = study.overlay.read_text()
        config = yaml.safe_load(overlay)
        config["clustering"]["k"] = [2, 4]
        study.overlay.write_text(yaml.safe_dump(config))
        planned, retrained = study.planned(), study.retrained()
        study.overlay.write_text(overlay)
        assert {"cluster_features", "cluster_deep"} <= set(planned)
        assert "pretrain_network" not in planned
        # Only one whose domains are those that the whole sweep selects.
        assert retrained == {"dann_selected"}

    def test_an_arm_on_a_folds_own_selection_asks_for_evidence_there(self, study: Study) -> None:
        overlay = study.overlay.read_text()
        config = yaml.safe_load(overlay)
        chosen = config["arms"]["dann_fold"]["adversary"]["domains"]
        chosen |= {"clustering": "kmeans", "k": "selected"}
        study.overlay.write_text(yaml.safe_dump(config))
        planned, retrained = study.planned(), study.retrained()
        study.overlay.write_text(overlay)
        assert retrained == {"dann_fold"}
        assert {"clean_fold", "assemble_features", "sweep_clusters"} <= set(planned)
        assert (planned["clean_fold"], planned["draw_null"], planned["select_clusters"]) == (
            2,
            4,
            2,
        )

    def test_one_deep_clustering_again_is_its_clustering_phase_alone(self, study: Study) -> None:
        target = f"results/{study.name}/clustering/vdec/k3.csv"
        assert study.planned("--forcerun", target, "--", target) == {"cluster_deep": 1}

    def test_one_fold_again_trains_that_fold_and_gives_the_same_numbers(self, study: Study) -> None:
        before = study.table(f"{FOLDER}/metrics.csv")
        other = study.results / FOLDER.replace("fold0", "fold1") / "weights.pt"
        written = other.stat().st_mtime_ns
        target = f"results/{study.name}/{FOLDER}"
        arguments = ["--forcerun", f"{target}/weights.pt", "--", f"{target}/metrics.csv"]
        planned = study.planned(*arguments)
        assert planned == {"train_fold": 1, "predict_fold": 1, "score_fold": 1}
        study.snakemake(*arguments)
        pd.testing.assert_frame_equal(study.table(f"{FOLDER}/metrics.csv"), before)
        assert other.stat().st_mtime_ns == written
        log = (study.results / "logs/train_fold/cv/baseline/seed0/fold0.log").read_text()
        assert "training starts from scratch" in log
        assert re.findall(r" epoch (\d+) ", log) == ["0", "1"]


@pytest.mark.workflow
def test_a_misspelt_key_stops_before_any_job(tmp_path: Path, tiny_overlay: dict) -> None:
    study = make_study(tmp_path, tiny_overlay | {"radiomic": {}})
    text = study.snakemake(succeeds=False)
    assert "radiomic: unknown key, did you mean 'radiomics'?" in text
    assert "Traceback" not in text
    assert not study.results.exists()

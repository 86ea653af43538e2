"""Detectors of tumours and signatures of textures, from phantoms to pages, in one run."""

import nibabel as nib
import numpy as np
import pytest
from study import Study, make_study

pytestmark = pytest.mark.workflow

PHANTOMS = {"participants": "participants.tsv", "domains": ["scanner"], "clinical": ["grade"]}
STUDY = {
    "study": "wings",
    "batch": 10,
    "cohorts": {
        "phantom": {"simulate": {"subjects": 14, "spacing": 4}, **PHANTOMS},
        "healthy": {
            "simulate": {"subjects": 6, "first": 101, "spacing": 4, "tumour_shares": {"none": 1}},
            **PHANTOMS,
        },
    },
    "use": {"arms": []},
    "preprocessing": {"spacing": None},
    "clustering": {
        "algorithms": ["kmeans"],
        "k": [2, 2],
        "fit": "all",
        "evidence": {"draws": 0, "resamplings": 0},
    },
    "folds": {
        "holdout": {"column": "cohort", "test": {"phantom": 4, "healthy": 2}, "validation": 0.25}
    },
    "evaluation": {"clusterings": []},
    "probes": {"domains": []},
    "anomaly": {
        "use": ["flair", "location", "vae"],
        "protocols": ["holdout"],
        "slices": {"field": 192, "size": 32},
        "training": {"epochs": 1, "batch_size": 8, "augmentation": False},
        "gpus": 0,
        "memory_mb": 1500,
    },
    "texture": {
        "use": ["grade"],
        "patches": {"number": 200, "edge": 21, "coverage": 0.6},
        "network": {"epochs": 1, "clustering_epochs": 1, "gpus": 0},
        "evidence": {"draws": 19, "forest_draws": 3},
        "signatures": {
            "grade": {
                "contrasts": ["t2f"],
                "target": "grade",
                "positive": ["3", "4"],
                "encoders": ["spectrum", "dcn"],
                "k": [3],
                "maps": ["spectrum"],
                "folds": {"number": 2},
            }
        },
    },
}
COLUMNS = {
    "anomaly/summary.csv": "detector contrasts loss score post threshold partition n auprc auroc "
    "best_dice dice ci_low ci_high slice_auc false_positive_rate false_ml cpu_minutes",
    "anomaly/holdout/flair/seed0/fold0/slices.csv": "subject slice tumour_voxels",
    "anomaly/holdout/location/seed0/fold0/metrics.csv": "subject protocol detector seed fold "
    "cohort region dice hd95 lesionwise_dice lesionwise_hd95 voxels_true voxels_predicted "
    "threshold",
    "texture/grade/folds.csv": "subject fold role",
    "texture/grade/dcn/fold/k3/seed0/fold1/signatures.csv": "subject role status reason windows "
    "cluster_1 cluster_2 cluster_3",
    "texture/grade/predictions.csv": "target encoder k classifier fit seed fold subject truth "
    "predicted score",
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = make_study(tmp_path_factory.mktemp("wings"), STUDY)
    made.snakemake()
    return made


@pytest.mark.parametrize("path", COLUMNS)
def test_others_rely_on_these_columns(study: Study, path: str) -> None:
    assert set(COLUMNS[path].split()) <= set(study.table(path))


def test_who_is_tested_by_a_detector_has_one_mask_on_the_grid_of_its_image(study: Study) -> None:
    roles = study.table("folds/holdout.csv")
    tested = set(roles.loc[roles["role"] == "test", "subject"])
    assert len(tested) == 6
    subjects = study.table("cohort/subjects.csv").set_index("subject")
    for detector in STUDY["anomaly"]["use"]:
        folder = study.results / f"anomaly/holdout/{detector}/seed0/fold0/predictions"
        masks = {path.name.removesuffix(".nii.gz"): path for path in folder.glob("*.nii.gz")}
        assert set(masks) == tested
        for subject, path in masks.items():
            mask = nib.load(path)
            image = nib.load(study.folder / subjects.loc[subject, "t2f"])
            np.testing.assert_allclose(mask.affine, image.affine)
            assert mask.shape == image.shape


def test_detectors_stand_beside_each_other_with_their_figures(study: Study) -> None:
    summary = study.table("anomaly/summary.csv")
    everybody = summary[summary["partition"] == "all"]
    assert set(everybody["detector"]) == set(STUDY["anomaly"]["use"])
    found = everybody.groupby("detector")["auprc"].first()
    assert found.between(0, 1).all()
    # Tumours of phantoms are not what the healthy tissue of their place looks like.
    assert found["location"] > 0.2
    scores = study.table("evaluation/summary.csv")
    assert set(scores["arm"]) == set(STUDY["anomaly"]["use"])
    page = (study.results / "figures/anomaly/page.html").read_text()
    assert all(name in page for name in STUDY["anomaly"]["use"])


def test_a_signature_of_tumours_says_how_it_compares_with_nothing(study: Study) -> None:
    signatures = study.table("texture/grade/spectrum/fold/k3/seed0/fold0/signatures.csv")
    known = signatures[signatures["status"] != "empty"]
    shares = known[[f"cluster_{number}" for number in (1, 2, 3)]].sum(axis=1)
    np.testing.assert_allclose(shares, 1, atol=1e-9)
    assert (signatures.loc[signatures["status"] == "empty", "windows"] == 0).all()
    summary = study.table("texture/grade/summary.csv")
    assert {"spectrum", "dcn"} <= set(summary["encoder"])
    tested = summary.dropna(subset=["p_family"])
    assert len(tested) and (tested["p_family"] >= 1 / 20).all()
    assert "no evidence" in (study.results / "texture/grade/page.html").read_text().lower()


def test_a_second_run_has_nothing_to_do(study: Study) -> None:
    assert study.planned() == {}

"""The whole chain on real images of two hospitals, and on the paper's own table."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import yaml
from study import PROJECT, make_study

pytestmark = [pytest.mark.real_data, pytest.mark.workflow]


def cohorts(real_data: Path) -> dict:
    """Two cohorts that name their files and labels differently; only configuration."""
    return {
        "tcga": {
            "root": str(real_data / "glioma_tcga"),
            "label_map": {1: "NCR", 2: "ED", 4: "ET"},
        },
        "ms": {
            "root": str(real_data / "ms_lesions"),
            "pattern": "{subject}/{subject}_{contrast}.nii.gz",
            "contrasts": {"t1n": "T1", "t1c": "T1POST", "t2w": "T2", "t2f": "FLAIR"},
            "label": "consensus_gt",
            "label_map": {1: "ED"},
        },
    }


def test_two_real_cohorts_run_to_the_report(
    tmp_path: Path, tiny_overlay: dict, real_data: Path
) -> None:
    overlay = tiny_overlay | {
        "study": "real",
        "cohorts": cohorts(real_data),
        "use": {"cohorts": ["tcga", "ms"], "arms": ["baseline"]},
        "probes": {},
        "preprocessing": {"spacing": 3},
    }
    overlay["clustering"] = {**overlay["clustering"], "k": [2, 2]}
    overlay["evaluation"] = {"clusterings": ["kmeans_k2", "vdec_k2"]}
    study = make_study(tmp_path, overlay)
    study.snakemake()
    subjects = study.table("cohort/subjects.csv").set_index("subject")
    assert len(subjects) == 5 and (subjects["status"] == "ok").all()
    quality = study.table("cohort/quality.csv").set_index("subject")
    assert quality.index.tolist() == subjects.index.tolist()
    assert quality["brain_ml"].between(1000, 1800).all()
    assert (quality.filter(like="ms_", axis=0)["missing"] == "NCR ET").all()
    assert quality.loc["tcga_TCGA-DU-7294", "missing"] == "ET"
    metrics = [
        study.table(f"segmentation/cv/baseline/seed0/fold{fold}/metrics.csv") for fold in (0, 1)
    ]
    assert sorted({*metrics[0]["subject"], *metrics[1]["subject"]}) == sorted(subjects.index)
    for table in metrics:
        for row in table.query("region == 'WT'").itertuples():
            label = nib.load(subjects.loc[row.subject, "label"])
            folder = study.results / f"segmentation/cv/baseline/seed0/fold{row.fold}"
            mask = nib.load(folder / f"predictions/{row.subject}.nii.gz")
            assert mask.shape == label.shape and np.allclose(mask.affine, label.affine)
            assert np.count_nonzero(np.asarray(mask.dataobj)) == row.voxels_predicted
    summary = study.table("evaluation/summary.csv")
    rows = summary.query("metric == 'dice' and partition == 'all'").set_index("region")
    # For the single label of the MS cohort only the whole tumour is defined.
    assert rows.loc["WT", "n"] == 5 and rows.loc["ET", "n"] == 2
    assert rows.loc["WT", "empty_cases"] == sum(
        (table.query("region == 'WT'")["voxels_predicted"] == 0).sum() for table in metrics
    )
    assert (study.results / "report.html").stat().st_size > 1_000_000


def test_the_published_table_gives_the_published_numbers(tmp_path: Path, real_data: Path) -> None:
    overlay = yaml.safe_load((PROJECT / "studies/goat_table_published.yaml").read_text())
    overlay["radiomics"]["table"]["path"] = str(real_data / "goat_radiomics/features.csv")
    overlay["clustering"]["algorithms"] = ["kmeans", "ward"]
    overlay["clustering"]["k"] = [2, 4]
    overlay["clustering"]["evidence"] = {"draws": 19, "resamplings": 2}
    study = make_study(tmp_path, overlay)
    study.snakemake()
    summary = study.table("radiomics/summary.csv").set_index("feature")
    elongation = summary.loc["original_shape_elongation"]
    assert [round(elongation[name], 3) for name in ("mean", "sd", "min", "max")] == [
        0.672,
        0.185,
        0.0,
        1.0,
    ]
    assert summary.loc["original_firstorder_Maximum", "max"] == pytest.approx(91585.953, abs=1e-3)
    sweep = study.table("clustering/sweep.csv").set_index(["algorithm", "k"])
    ward = sweep.loc[("ward", 2)]
    assert round(ward["silhouette"], 2) == 0.88
    assert ward["degenerate"]
    assert ward["smallest_share"] == pytest.approx(5 / 1537, abs=1e-6)
    assert not ward["selected"] and ward["stability"] > 0.5 and ward["p"] <= 1
    assert (study.results / "report.html").exists()

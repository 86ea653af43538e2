"""A standard scale a fold, for real: learnt, kept with what was trained, used by our commands."""

import json
import os
import subprocess
import sys

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from study import images_in, make_study

from cirl.imaging.normalisation import read_standard_scale
from cirl.imaging.store import read_metadata

CONTRASTS = ("t1n", "t1c", "t2w", "t2f")


@pytest.mark.workflow
def test_a_subject_is_predicted_alone_as_in_the_study(tmp_path, tiny_overlay, phantoms) -> None:
    overlay = tiny_overlay | {
        "cohorts": {"phantom": images_in(phantoms)},
        "use": {"arms": ["baseline"]},
        "preprocessing": {"spacing": 5, "normalisation": "nyul", "nyul": {"fit": "fold"}},
        "probes": {"domains": []},
        "anomaly": {"use": ["location"], "gpus": 0, "memory_mb": 2000, "minutes": 10},
    }
    study = make_study(tmp_path / "study", overlay)
    results = f"results/{study.name}"
    folder = f"{results}/segmentation/cv/baseline/seed0/fold0"
    wanted = [f"{folder}/predictions", f"{results}/folds/cv/fold1/standard_scale.csv"]
    detection = f"{results}/anomaly/cv/location/seed0/fold0"
    wanted += [f"{detection}/scores", f"{detection}/metrics.csv"]
    study.snakemake("--", *wanted)
    assert study.planned("--", *wanted) == {}
    files = [study.results / f"folds/cv/fold{fold}/standard_scale.csv" for fold in (0, 1)]
    assert len({str(read_standard_scale(path, CONTRASTS)) for path in files}) == 2
    model = json.loads((study.folder / folder / "model.json").read_text())
    learnt = pd.DataFrame(model["standard_scale"])
    pd.testing.assert_frame_equal(learnt, pd.read_csv(files[0]))
    folds = study.table("folds/cv.csv").query("fold == 0 and role == 'test'")
    slices = study.table(f"{detection.removeprefix(results)[1:]}/slices.csv")
    assert set(slices.query("role == 'test'")["subject"]) == set(folds["subject"])
    for number, subject in enumerate(folds["subject"]):
        metadata = read_metadata(study.results / "preprocessed", subject)
        assert metadata["normalisation"]["t2f"]["method"] == "zscore"
        name = subject.removeprefix("phantom_")
        images = {contrast: phantoms / name / f"{name}-{contrast}.nii.gz" for contrast in CONTRASTS}
        given = [word for key, path in images.items() for word in (f"--{key}", str(path))]
        weights, out = str(study.folder / folder / "weights.pt"), str(tmp_path / f"{name}.nii.gz")
        command = [sys.executable, "-m", "cirl", "predict", "--weights", weights, *given]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run([*command, "--out", out], check=True, env=environment)
        mask = study.folder / folder / "predictions" / f"{subject}.nii.gz"
        alone, there = (np.asarray(nib.load(path).dataobj) for path in (out, mask))
        np.testing.assert_array_equal(alone, there)
        if number == 0:
            command[3:6] = ["detect", "--weights", str(study.folder / detection / "weights.pt")]
            subprocess.run([*command, "--out", out], check=True, env=environment)
            scores = study.folder / detection / "scores/distance" / f"{subject}.nii.gz"
            alone, there = (nib.load(path).get_fdata() for path in (out, scores))
            np.testing.assert_array_equal(alone, there)
            assert (there != 0).sum() > 1000 and there.min() < -1 and there.max() > 2

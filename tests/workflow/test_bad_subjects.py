"""A study in which some subjects cannot be read."""

import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from study import images_in, make_study

from cirl.study.subjects import subject_id

OBEYED, NOT_UTF8 = "it's {x}, $(touch stolen)", "n\udcff"
BAD = {
    "p0001": "damaged gzip stream",
    OBEYED: "t1c.nii.gz: no such file",
    "p0003": "label value 7",
    NOT_UTF8: "which is not UTF-8",
}
TABLES = (
    "radiomics/features.csv",
    "folds/cv.csv",
    "segmentation/cv/baseline/seed0/fold0/metrics.csv",
    "clustering/sweep.csv",
    "clustering/kmeans/k2.csv",
    "clustering/vdec/k3.csv",
)


def spoil(root: Path) -> None:
    """Truncate a file, remove one, and write a label with an unknown value; call two strangely."""
    torn = root / "p0001/p0001-t2w.nii.gz"
    torn.write_bytes(torn.read_bytes()[:-2000])
    (root / "p0002/p0002-t1c.nii.gz").unlink()
    shutil.copytree(root / "p0004", root / NOT_UTF8)
    (root / "p0002").rename(root / OBEYED)
    for path in [*(root / OBEYED).iterdir(), *(root / NOT_UTF8).iterdir()]:
        path.rename(path.with_name(path.parent.name + path.name[len("p0000") :]))
    odd = root / "p0003/p0003-seg.nii.gz"
    label = nib.load(odd)
    values = np.asarray(label.dataobj).copy()
    values[values == 2] = 7
    nib.save(nib.Nifti1Image(values, label.affine), odd)


def on_disk(overlay: dict, name: str, root: Path) -> dict:
    """The tiny study with only the baseline, its cohort read from a folder."""
    return overlay | {
        "study": name,
        "batch": 4,
        "use": {"cohorts": ["phantom"], "arms": ["baseline"]},
        "probes": {},
        "cohorts": {"phantom": images_in(root)},
    }


@pytest.mark.workflow
def test_bad_subjects_are_named_and_cost_the_others_nothing(
    phantoms: Path, tiny_overlay: dict, tmp_path: Path
) -> None:
    shutil.copytree(phantoms, tmp_path / "bad")
    spoil(tmp_path / "bad")
    shutil.copytree(phantoms, tmp_path / "good")
    for name in ("p0001", "p0002", "p0003"):
        shutil.rmtree(tmp_path / "good" / name)
    with_bad = make_study(tmp_path / "a", on_disk(tiny_overlay, "bad", tmp_path / "bad"))
    without = make_study(tmp_path / "b", on_disk(tiny_overlay, "good", tmp_path / "good"))
    with_bad.snakemake()
    without.snakemake("--", *(f"results/good/{path}" for path in TABLES))
    subjects = with_bad.table("cohort/subjects.csv").set_index("subject")
    assert len(subjects) == 9
    for name, reason in BAD.items():
        row = subjects.loc[subject_id("phantom", name)]
        assert row["status"] == "excluded" and reason in row["reason"]
        assert row["name"] == name.replace("\udcff", r"\udcff")
    assert not (with_bad.folder / "stolen").exists()
    for path in TABLES:
        pd.testing.assert_frame_equal(with_bad.table(path), without.table(path))

"""One subject's files laid out as each layout has them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np

from cirl.study.cohorts import Cohort

NNUNET = {
    "channel_names": {"0": "FLAIR", "1": "T1ce", "2": "T1", "3": "T2"},
    "labels": {"background": 0, "necrosis": 1, "edema": 2, "enhancing tumour": 3},
    "file_ending": ".nii.gz",
}
MSD = {
    "modality": {"0": "FLAIR", "1": "T1w", "2": "t1gd", "3": "T2w"},
    "labels": {
        "0": "background",
        "1": "non-enhancing tumor",
        "2": "edema",
        "3": "enhancing tumour",
    },
}
BIDS = {"t1n": "T1w", "t1c": "ce-gadolinium_T1w", "t2w": "T2w", "t2f": "FLAIR"}
SUFFIX = "nii.gz"


def copy(source: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def as_nnunet(files: dict, root: Path, name: str) -> None:
    for number, contrast in enumerate(("t2f", "t1c", "t1n", "t2w")):
        copy(files["contrasts"][contrast], root / f"imagesTr/{name}_{number:04d}.{SUFFIX}")
    copy(files["label"], root / f"labelsTr/{name}.{SUFFIX}")
    (root / "dataset.json").write_text(json.dumps(NNUNET))


def as_msd(files: dict, root: Path, name: str) -> None:
    images = [nib.load(files["contrasts"][contrast]) for contrast in ("t2f", "t1n", "t1c", "t2w")]
    stacked = np.stack([np.asarray(image.dataobj) for image in images], axis=-1)
    (root / "imagesTr").mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(stacked, images[0].affine), root / f"imagesTr/{name}.{SUFFIX}")
    copy(files["label"], root / f"labelsTr/{name}.{SUFFIX}")
    (root / "dataset.json").write_text(json.dumps(MSD))


def as_bids(files: dict, root: Path, name: str, session: str = "ses-01/") -> None:
    subject, scan = (
        f"sub-{name}/{session}anat",
        f"sub-{name}_{session}".replace("/", "_").rstrip("_"),
    )
    for contrast, suffix in BIDS.items():
        copy(files["contrasts"][contrast], root / f"{subject}/{scan}_{suffix}.{SUFFIX}")
    derived = root / "derivatives/experts" / subject
    copy(files["label"], derived / f"{scan}_space-orig_dseg.{SUFFIX}")
    label = nib.load(files["contrasts"]["t1n"])
    mask = (np.asarray(label.dataobj) != 0).astype(np.uint8)
    nib.save(nib.Nifti1Image(mask, label.affine), derived / f"{scan}_desc-brain_mask.{SUFFIX}")


def as_flat(files: dict, root: Path, name: str) -> None:
    for contrast, path in {**files["contrasts"], "seg": files["label"]}.items():
        copy(path, root / f"{name}_{contrast}.{SUFFIX}")


LAYOUTS: dict[str, tuple[Callable[..., None], dict]] = {
    "flat": (as_flat, {"pattern": "{subject}_{contrast}.nii.gz"}),
    "nnunet": (as_nnunet, {"layout": "nnunet"}),
    "msd": (as_msd, {"layout": "msd"}),
    "bids": (as_bids, {"layout": "bids", "label": "dseg"}),
}
"""How a subject's files are laid out, and the keys of the cohort."""


def lay_out_as(layout: str, cohort: Cohort, root: Path, **more: str) -> dict:
    """Lay a cohort's subjects out in another way; return the cohort's keys in a configuration."""
    write, keys = LAYOUTS[layout]
    for name in cohort.find():
        write(cohort.files(name), root, name, **more)
    return {"root": str(root), **keys}

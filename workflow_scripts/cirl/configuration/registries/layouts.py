"""Layouts: how the files of well-known kinds of folders are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cirl.configuration.registries.rows import Row, by_name

OURS = {"t1n": "t1n", "t1c": "t1c", "t2w": "t2w", "t2f": "t2f"}


@dataclass(frozen=True, kw_only=True)
class LayoutRow(Row):
    """A layout: what a cohort's keys are where it does not say otherwise.

    The implementation completes the keys: a function of a cohort, a row, and the study's contrasts.

    Attributes:
        pattern: of the images.
        patterns: of files that lie elsewhere.
        contrasts: our name of each contrast, and the files'.
        label: what stands for ``{contrast}`` in a label's name; None where a study has to say it.
        brain_mask: the same of a brain mask; None where the background is 0.
    """

    pattern: str
    patterns: Mapping[str, str] = field(default_factory=dict)
    contrasts: Mapping[str, str] = field(default_factory=lambda: OURS)
    label: str | None = "seg"
    brain_mask: str | None = None


_OF_SCAN = "sub-{subject}[/ses-{session}]/anat/sub-{subject}[_ses-{session}]_[*_]"

LAYOUTS = by_name(
    [
        LayoutRow(
            name="brats",
            title="a folder a subject",
            source="BraTS",
            implementation="cirl.configuration.layouts:by_row",
            pattern="{subject}/{subject}-{contrast}.nii.gz",
        ),
        LayoutRow(
            name="nnunet",
            title="imagesTr/case_0000.nii.gz, labelsTr/case.nii.gz, dataset.json",
            source="nnU-Net's raw folders",
            implementation="cirl.configuration.layouts:by_description",
            pattern="imagesTr/{subject}_{contrast}.nii.gz",
            patterns={"label": "labelsTr/{subject}.nii.gz"},
        ),
        LayoutRow(
            name="bids",
            title="sub-x/ses-y/anat/sub-x_ses-y_T1w.nii.gz, labels and masks below derivatives",
            source="the Brain Imaging Data Structure",
            implementation="cirl.configuration.layouts:by_row",
            pattern=_OF_SCAN + "{contrast}.nii[.gz]",
            patterns={
                "label": f"derivatives/*/{_OF_SCAN}{{contrast}}.nii[.gz]",
                "brain_mask": f"derivatives/*/{_OF_SCAN}{{contrast}}.nii[.gz]",
            },
            contrasts={"t1n": "T1w", "t1c": "ce-*_T1w", "t2w": "T2w", "t2f": "FLAIR"},
            label=None,
            brain_mask="desc-brain_mask",
        ),
        LayoutRow(
            name="msd",
            title="imagesTr/case.nii.gz with all contrasts, labelsTr/case.nii.gz, dataset.json",
            source="the Medical Segmentation Decathlon",
            implementation="cirl.configuration.layouts:by_description",
            pattern="imagesTr/{subject}.nii.gz",
            patterns={"label": "labelsTr/{subject}.nii.gz"},
        ),
    ]
)
"""The layouts by their names in the configuration."""

"""Columns of the tables of detectors."""

from cirl.study.tables.table import Kind, Table

DETECTOR_SLICES = Table(
    {
        "subject": Kind.TEXT,
        "role": Kind.TEXT,
        "slice": Kind.INTEGER,
        "brain_voxels": Kind.INTEGER,
        "tumour_voxels": Kind.INTEGER,
        "score_mean": Kind.NUMBER,
        "score_variance": Kind.NUMBER,
        "score_top20": Kind.NUMBER,
        "score_latent": Kind.NUMBER,
    }
)
"""``slices.csv`` of a detection, a row an axial slice of the stored grid in which a score is."""

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

DETECTOR_THRESHOLDS = Table(
    {
        "score": Kind.TEXT,
        "threshold": Kind.TEXT,
        "labels": Kind.TEXT,
        "value": Kind.NUMBER,
    }
)
"""``thresholds.csv`` of a detection, a row a kind of score and threshold: the lowest score that
counts (missing where it cannot be learnt), and the labels that it was learnt from."""

MEASURED = Table(
    {
        "protocol": Kind.TEXT,
        "detector": Kind.TEXT,
        "seed": Kind.INTEGER,
        "fold": Kind.INTEGER,
        "subject": Kind.TEXT,
        "score": Kind.TEXT,
        "threshold": Kind.TEXT,
        "dice": Kind.NUMBER,
        "voxels_true": Kind.INTEGER,
        "voxels_found": Kind.INTEGER,
        "false_positive_rate": Kind.NUMBER,
        "false_ml": Kind.NUMBER,
    }
)
"""``measured.csv`` of a detection, a row a test subject x kind of score x threshold."""

SLICE_DICE = Table(
    {
        "protocol": Kind.TEXT,
        "detector": Kind.TEXT,
        "seed": Kind.INTEGER,
        "fold": Kind.INTEGER,
        "subject": Kind.TEXT,
        "region": Kind.TEXT,
        "slices": Kind.INTEGER,
        "tumour_slices": Kind.INTEGER,
        "dice_zero": Kind.NUMBER,
        "dice_tumour": Kind.NUMBER,
    }
)
"""``slice_dice.csv`` of a detection, a row a test subject x region: the mean Dice of its axial
slices, with 0 for those without the region, as the anomaly paper counts, and without them."""

DETECTOR_SUMMARY = Table(
    {
        "protocol": Kind.TEXT,
        "detector": Kind.TEXT,
        "contrasts": Kind.TEXT,
        "loss": Kind.TEXT,
        "train_on": Kind.TEXT,
        "score": Kind.TEXT,
        "post": Kind.TEXT,
        "threshold": Kind.TEXT,
        "labels": Kind.TEXT,
        "partition": Kind.TEXT,
        "domain": Kind.TEXT,
        "n": Kind.INTEGER,
        "auprc": Kind.NUMBER,
        "auroc": Kind.NUMBER,
        "best_dice": Kind.NUMBER,
        "dice": Kind.NUMBER,
        "ci_low": Kind.NUMBER,
        "ci_high": Kind.NUMBER,
        "slice_auc": Kind.NUMBER,
        "healthy": Kind.INTEGER,
        "false_positive_rate": Kind.NUMBER,
        "false_ml": Kind.NUMBER,
        "cpu_minutes": Kind.NUMBER,
    }
)
"""``anomaly/summary.csv``, a row a protocol x detector x score x threshold x domain of a partition:
of ``n`` test subjects with tumour, the areas below precision over recall and below the receiver's
operating curve and the best Dice of all their voxels together, and the mean of their Dice at the
threshold; of test subjects without tumour what is falsely found."""

DETECTOR_TESTS = Table(
    {
        "protocol": Kind.TEXT,
        "detector": Kind.TEXT,
        "reference": Kind.TEXT,
        "n": Kind.INTEGER,
        "dice": Kind.NUMBER,
        "dice_reference": Kind.NUMBER,
        "effect": Kind.NUMBER,
        "ci_low": Kind.NUMBER,
        "ci_high": Kind.NUMBER,
        "p_wilcoxon": Kind.NUMBER,
        "p_holm": Kind.NUMBER,
        "family": Kind.INTEGER,
    }
)
"""``anomaly/tests.csv``, a row a protocol x detector x model without a network: Dice of the same
subjects, each at its own threshold."""

SLICE_SCORES = Table(
    {
        "protocol": Kind.TEXT,
        "detector": Kind.TEXT,
        "slice_score": Kind.TEXT,
        "slices": Kind.INTEGER,
        "tumour_slices": Kind.INTEGER,
        "auc": Kind.NUMBER,
        "sensitivity": Kind.NUMBER,
    }
)
"""``anomaly/slice_scores.csv``, a row a protocol x detector x score of a slice; sensitivity is at a
specificity of 95 %."""

HEALTHY_SUBJECTS = Table(
    {
        "protocol": Kind.TEXT,
        "detector": Kind.TEXT,
        "score": Kind.TEXT,
        "threshold": Kind.TEXT,
        "subject": Kind.TEXT,
        "false_positive_rate": Kind.NUMBER,
        "false_ml": Kind.NUMBER,
    }
)
"""``anomaly/healthy.csv``, a row a test subject without tumour x detector x score x threshold."""

SLICE_CONVENTIONS = Table(
    {
        "protocol": Kind.TEXT,
        "detector": Kind.TEXT,
        "region": Kind.TEXT,
        "n": Kind.INTEGER,
        "slices": Kind.INTEGER,
        "tumour_slices": Kind.INTEGER,
        "dice_zero": Kind.NUMBER,
        "dice_tumour": Kind.NUMBER,
        "dice_subject": Kind.NUMBER,
    }
)
"""``anomaly/slice_conventions.csv``, a row a protocol x detector x region (``semantic`` is the mean
of the labels): Dice of the same masks by slice, 0 without tumour; by slice with tumour; and by
subject with tumour."""

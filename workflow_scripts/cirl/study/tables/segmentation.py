"""Tables of a fold: who trains, how the training went, and how good its masks are."""

from cirl.study.tables.table import Kind, Table

FOLDS = Table(
    {"subject": Kind.TEXT, "fold": Kind.INTEGER, "role": Kind.TEXT},
    {"domain": Kind.TEXT, "seen": Kind.FLAG},
)
"""``folds/{protocol}.csv``, a row a subject and fold; with a domain that is left out also the
subject's domain (empty where there is none), and whether it is another one."""

STATUS = Table(
    {
        "protocol": Kind.TEXT,
        "arm": Kind.TEXT,
        "seed": Kind.INTEGER,
        "fold": Kind.INTEGER,
        "status": Kind.TEXT,
        "reason": Kind.TEXT,
        "selection": Kind.TEXT,
    }
)
"""``status.csv`` of a fold, and ``evaluation/arms.csv`` of all."""

TRAINING_HISTORY = Table({"epoch": Kind.INTEGER}, others=Kind.NUMBER)
"""``history.csv`` of a fold: a row of measurements an epoch."""

RELIABILITY = Table(
    {
        "subject": Kind.TEXT,
        "region": Kind.TEXT,
        "bin": Kind.INTEGER,
        "voxels": Kind.INTEGER,
        "probability": Kind.NUMBER,
        "positives": Kind.INTEGER,
    }
)
"""``reliability.csv`` of a fold, a row a subject, region and bin of probabilities that is not
empty: number of voxels, the sum of their probabilities, how many belong to the region."""

POSTPROCESSING = Table(
    {
        "smallest_component_ml": Kind.NUMBER,
        "smallest_et_ml": Kind.NUMBER,
        "n": Kind.INTEGER,
        "dice": Kind.NUMBER,
        "chosen": Kind.FLAG,
    }
)
"""``postprocessing.csv`` of a fold, a row a pair of volumes that was tried."""

PROBES = Table(
    {
        "protocol": Kind.TEXT,
        "arm": Kind.TEXT,
        "seed": Kind.INTEGER,
        "fold": Kind.INTEGER,
        "domains": Kind.TEXT,
        "layer": Kind.TEXT,
        "probe": Kind.TEXT,
        "n_train": Kind.INTEGER,
        "n_test": Kind.INTEGER,
        "classes": Kind.INTEGER,
        "accuracy": Kind.NUMBER,
        "chance": Kind.NUMBER,
        "effective_rank": Kind.NUMBER,
    }
)
"""``probes.csv`` of a fold, and ``evaluation/probes.csv`` of all."""

METRICS = Table(
    {
        "subject": Kind.TEXT,
        "protocol": Kind.TEXT,
        "arm": Kind.TEXT,
        "seed": Kind.INTEGER,
        "fold": Kind.INTEGER,
        "cohort": Kind.TEXT,
        "region": Kind.TEXT,
        "dice": Kind.NUMBER,
        "hd95": Kind.NUMBER,
        "lesionwise_dice": Kind.NUMBER,
        "lesionwise_hd95": Kind.NUMBER,
        "voxels_true": Kind.INTEGER,
        "voxels_predicted": Kind.INTEGER,
    },
    {"detector": Kind.TEXT, "threshold": Kind.TEXT},
    others=Kind.NUMBER,
)
"""``metrics.csv`` of a fold, a row a subject and region; further metrics are numbers. Of a detector
its name is ``detector``, and ``arm`` too, and there is the threshold of its masks."""

PREDICTED = Table(
    {
        "subject": Kind.TEXT,
        "status": Kind.TEXT,
        "reason": Kind.TEXT,
        "warnings": Kind.TEXT,
        "mask": Kind.TEXT,
        **{f"{region}_ml": Kind.NUMBER for region in ("WT", "TC", "ET", "NCR", "ED")},
        "brain_ml": Kind.NUMBER,
    },
    others=Kind.NUMBER,
)
"""``predictions.csv`` of ``cirl predict`` on a folder: ``ok`` or ``failed``, volume of each region
in the mask, and in ``coverage_{contrast}`` the share of the brain that it covers."""

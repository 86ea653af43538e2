"""Tables of radiomic features: measured, described, cleaned."""

from cirl.study.tables.table import Kind, Table

STATUSES = Table(
    {
        "subject": Kind.TEXT,
        "contrast": Kind.TEXT,
        "region": Kind.TEXT,
        "status": Kind.TEXT,
        "reason": Kind.TEXT,
        "voxels": Kind.COUNT,
    }
)
"""``radiomics/statuses.csv``: what became of each contrast x region of each subject."""

MEASUREMENTS = Table(STATUSES.columns, others=Kind.NUMBER)
"""``radiomics/{subject}.csv``: the same of one subject, followed by the features."""

FEATURE_TABLE = Table({"subject": Kind.TEXT}, others=Kind.NUMBER)
"""``radiomics/measured.csv`` and ``radiomics/features.csv``: a row a subject."""

FEATURE_SUMMARY = Table(
    {
        "feature": Kind.TEXT,
        "mean": Kind.NUMBER,
        "sd": Kind.NUMBER,
        "min": Kind.NUMBER,
        "max": Kind.NUMBER,
        "n": Kind.INTEGER,
        "missing": Kind.INTEGER,
    }
)
"""``radiomics/summary.csv``: each feature as measured."""

CLEANING = Table({"column": Kind.TEXT, "action": Kind.TEXT, "detail": Kind.TEXT})
"""``radiomics/cleaning.csv``: what was done to each column."""

MISSING = Table({"subject": Kind.TEXT, "reason": Kind.TEXT})
"""``radiomics/missing.csv``: subjects without features."""

SOURCES = Table({"subject": Kind.TEXT, "cohort": Kind.TEXT, "patient": Kind.TEXT})
"""``radiomics/sources.csv``: cohort and patient of each subject that the feature table names."""

"""Tables of the cohorts: who was found, and what quality control says of each."""

from cirl.study.tables.table import Kind, Table

SUBJECTS = Table(
    {
        "subject": Kind.TEXT,
        "cohort": Kind.TEXT,
        "name": Kind.TEXT,
        "status": Kind.TEXT,
        "reason": Kind.TEXT,
        "label": Kind.TEXT,
        "wt_volume_ml": Kind.NUMBER,
        "digest": Kind.TEXT,
        "problem": Kind.TEXT,
        "notes": Kind.TEXT,
        "patient": Kind.TEXT,
    },
    others=Kind.ENTRY,
)
"""``cohort/subjects.csv``, a row a subject found. Further columns are the contrasts' paths (after
the reason), and what the cohorts themselves say: known domains and clinical columns, all text.
``patient`` is whose scan the subject is; scans of one patient have the same."""

UNMATCHED = Table(
    {
        "cohort": Kind.TEXT,
        "what": Kind.TEXT,
        "name": Kind.TEXT,
        "line": Kind.COUNT,
        "nearest": Kind.TEXT,
    }
)
"""``cohort/participants_unmatched.csv``, a row a subject that has none in its cohort's participants
table, and a row of such a table (with its line) that names no subject; beside it the most similar
name on the other side."""

QUALITY = Table(
    {
        "subject": Kind.TEXT,
        "cohort": Kind.TEXT,
        "status": Kind.TEXT,
        "missing": Kind.TEXT,
        "score": Kind.NUMBER,
        "outlier": Kind.FLAG,
        "why": Kind.TEXT,
    },
    others=Kind.NUMBER,
)
"""``cohort/quality.csv``, a row a subject found. Further columns are the numbers compared."""

LANDMARKS = Table(
    {"contrast": Kind.TEXT, "percentile": Kind.NUMBER, "value": Kind.NUMBER}, others=Kind.TEXT
)
"""Landmarks of one subject's intensities, or a standard scale, which may be a user's own."""

"""Columns of the tables that every study has."""

SUBJECT_COLUMNS = (
    "subject",
    "cohort",
    "name",
    "status",
    "reason",
    "label",
    "wt_volume_ml",
    "digest",
    "problem",
    "notes",
    "patient",
)
"""Columns of the table of subjects beside the contrasts and the participants' own ones."""

SIMULATED_COLUMNS = {
    "brain": ("tumour_type", "scanner", "grade"),
    "parenchyma": ("scanner", "grade"),
}
"""What the participants table of a simulated cohort says of each subject beside its name, by the
kind of the cohort."""

"""Cohort: which subjects are there, and what became of each?

Reads the subjects' statuses from preprocessing and the cohorts' participants tables.
Writes `cohort/subjects.csv`, a row for every subject found, and `participants_unmatched.csv`: who has
no row in such a table, and which rows name nobody.
"""

from dataclasses import asdict

PARTICIPANTS = STUDY.participants_tables
COHORT_TARGETS = [F.subjects] if STUDY.cohorts else []
# Where what is known of the subjects stands, if any is.
DOMAIN_TABLE = COHORT_TARGETS or ([F.table_sources] if STUDY.several_tables else [])
TARGETS += COHORT_TARGETS


rule merge_subjects:
    input:
        metadata=expand(F.metadata, subject=STUDY.subjects),
        participants=[table.path for table in PARTICIPANTS.values()],
    output:
        subjects=F.subjects,
        unmatched=F.unmatched,
    params:
        contrasts=STUDY.contrasts,
        participants={name: asdict(table) for name, table in PARTICIPANTS.items()},
        patients=STUDY.patient_templates,
        code=fingerprint("merge_subjects"),
    log:
        "<logs>/merge_subjects.log",
    benchmark:
        "<benchmarks>/merge_subjects.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(15),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/merge_subjects.py"

"""Cohort: which subjects are there, and what became of each?

Reads the subjects' statuses from preprocessing and the cohorts' participants tables.
Writes `cohort/subjects.csv`, a row for every subject found.
"""

PARTICIPANTS = {
    name: {
        "path": f"{COHORTS[name].root}/{config['cohorts'][name]['participants']}",
        "key": config["cohorts"][name]["participants_key"],
        "columns": config["cohorts"][name]["domains"] + config["cohorts"][name]["clinical"],
    }
    for name in COHORTS
    if config["cohorts"][name]["participants"]
}
COHORT_TARGETS = ["<results>/cohort/subjects.csv"] if COHORTS else []
# Where what is known of the subjects stands, if any is.
SOURCES = ["<results>/radiomics/sources.csv"] if SEVERAL_TABLES else []
DOMAIN_TABLE = COHORT_TARGETS or SOURCES
# The target `all` asks for every file and not for the last ones alone: Snakemake would not make a
# file again that a failed rerun deleted, while what was once made from it is still there.
SUBJECT_TARGETS = [
    *expand(
        "<results>/preprocessed/{subject}{ending}",
        subject=SUBJECTS,
        ending=[".image.b2nd", ".label.b2nd", ".json"],
    ),
    *LANDMARKS,
    *STANDARD_SCALE,
]


rule merge_subjects:
    input:
        metadata=expand("<results>/preprocessed/{subject}.json", subject=SUBJECTS),
        participants=[table["path"] for table in PARTICIPANTS.values()],
    output:
        "<results>/cohort/subjects.csv",
    params:
        contrasts=CONTRASTS,
        participants=PARTICIPANTS,
        code=fingerprint("merge_subjects"),
    log:
        "<logs>/merge_subjects.log",
    benchmark:
        "<benchmarks>/merge_subjects.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(15),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/merge_subjects.py"

"""Radiomics: what do the tumours look like in numbers?

Reads the preprocessed subjects, or a feature table that the study brings.
Writes a file of measurements a subject; of all subjects `measured.csv` (a row a subject, as
measured), `summary.csv` (each feature's mean, deviation and range), `cleaning.csv` (what was done
to each column), `features.csv` (clean), `missing.csv` (subjects without features, and why), and
`statuses.csv` (what became of each contrast x region).
"""

RADIOMICS = config["radiomics"]
MEASURED = [] if STUDY.own_tables else STUDY.subjects
SUBJECT_TARGETS += expand(F.measurements, subject=MEASURED)
TARGETS += [F.features.of_all]

for path in STUDY.own_tables:
    if not Path(path).is_file():
        raise WorkflowError(f"radiomics: table: path: {path} is not a file; put the table there")
FILTERS = RADIOMICS["measure"]["filters"]
IMAGES = ["original"] + ["wavelet"] * FILTERS["wavelet"] + ["log"] * bool(FILTERS["log_sigma"])
for key, known in (
    ("regions", RADIOMICS["measure"]["regions"]),
    ("contrasts", STUDY.contrasts),
    ("images", IMAGES),
):
    for name in set(RADIOMICS["features"][key] or []) - set(known):
        raise WorkflowError(
            f"radiomics: features: {key}: {name} is none of those measured, {known}"
        )


for batch in STUDY.batches:

    rule:
        name:
            STUDY.rule_of("measure_subject", batch)
        input:
            metadata=expand(F.metadata, subject=STUDY.batches[batch]),
            arrays=[path.of(subject=name) for name in STUDY.batches[batch] for path in F.arrays],
        output:
            expand(F.measurements, subject=STUDY.batches[batch]),
        params:
            subjects=members(STUDY.batches[batch]),
            contrasts=STUDY.contrasts,
            settings=RADIOMICS["measure"],
            attempts=ATTEMPTS,
            code=fingerprint("measure_subject"),
        log:
            f"<logs>/measure_subject/{batch}.log",
        benchmark:
            f"<benchmarks>/measure_subject/{batch}.tsv"
        retries: ATTEMPTS - 1
        threads: 1
        resources:
            mem_mb=memory(1500, per_megabyte=20),
            runtime=minutes(5 + 5 * len(STUDY.batches[batch]), per_megabyte=0.1),
            subject_minutes=minutes(5),
            attempt=attempt_number,
        conda:
            "../envs/imaging.yaml"
        script:
            "../workflow_scripts/measure_subject.py"


rule merge_features:
    input:
        own_tables=STUDY.own_tables,
        cohort=COHORT_TARGETS if STUDY.own_tables else [],
        subjects=expand(F.measurements, subject=MEASURED),
    output:
        features=F.features.of_all,
        measured=F.measured,
        summary=F.feature_summary,
        cleaning=F.cleaning.of_all,
        missing=F.without_features,
        statuses=F.region_statuses,
        sources=F.table_sources,
    params:
        table=RADIOMICS["table"],
        selection=RADIOMICS["features"],
        cleaning=RADIOMICS["cleaning"],
        code=fingerprint("merge_features"),
    log:
        "<logs>/merge_features.log",
    benchmark:
        "<benchmarks>/merge_features.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/merge_features.py"

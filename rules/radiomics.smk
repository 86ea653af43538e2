"""Radiomics: what do the tumours look like in numbers?

Reads the preprocessed subjects, or a feature table that the study brings.
Writes a file of measurements a subject; of all subjects `measured.csv` (a row a subject, as
measured), `summary.csv` (each feature's mean, deviation and range), `cleaning.csv` (what was done
to each column), `features.csv` (clean), `missing.csv` (subjects without features, and why),
`statuses.csv` (what became of each contrast x region), and the figure and the table of features.
"""

RADIOMICS = config["radiomics"]
TABLE_PATH = RADIOMICS["table"]["path"]
OWN_TABLES = list(TABLE_PATH.values()) if SEVERAL_TABLES else [TABLE_PATH] if TABLE_PATH else []
# Their features are not named by region, ours are shown for the first one.
SHOWN_REGION = None if OWN_TABLES else RADIOMICS["measure"]["regions"][0]
MEASURED = [] if OWN_TABLES else SUBJECTS
RADIOMICS_TARGETS = [
    *expand("<results>/radiomics/{subject}.csv", subject=MEASURED),
    "<results>/radiomics/features.csv",
    REPORT.feature_table,
    REPORT.feature_distributions,
]

for path in OWN_TABLES:
    if not Path(path).is_file():
        raise WorkflowError(f"radiomics: table: path: {path} is not a file; put the table there")
FILTERS = RADIOMICS["measure"]["filters"]
IMAGES = ["original"] + ["wavelet"] * FILTERS["wavelet"] + ["log"] * bool(FILTERS["log_sigma"])
for key, known in (
    ("regions", RADIOMICS["measure"]["regions"]),
    ("contrasts", CONTRASTS),
    ("images", IMAGES),
):
    for name in set(RADIOMICS["features"][key] or []) - set(known):
        raise WorkflowError(
            f"radiomics: features: {key}: {name} is none of those measured, {known}"
        )


for batch in BATCHES:

    rule:
        name:
            rule_of("measure_subject", batch)
        input:
            metadata=expand("<results>/preprocessed/{subject}.json", subject=BATCHES[batch]),
            arrays=expand(
                "<results>/preprocessed/{subject}.{array}.b2nd",
                subject=BATCHES[batch],
                array=["image", "label"],
            ),
        output:
            expand("<results>/radiomics/{subject}.csv", subject=BATCHES[batch]),
        params:
            subjects=members(batch),
            contrasts=CONTRASTS,
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
            runtime=minutes(5 + 5 * len(BATCHES[batch]), per_megabyte=0.1),
            subject_minutes=minutes(5),
            attempt=attempt_number,
        conda:
            "../envs/imaging.yaml"
        script:
            "../workflow_scripts/measure_subject.py"


rule merge_features:
    input:
        own_tables=OWN_TABLES,
        cohort=COHORT_TARGETS if OWN_TABLES else [],
        subjects=expand("<results>/radiomics/{subject}.csv", subject=MEASURED),
    output:
        features="<results>/radiomics/features.csv",
        measured="<results>/radiomics/measured.csv",
        summary="<results>/radiomics/summary.csv",
        cleaning="<results>/radiomics/cleaning.csv",
        missing="<results>/radiomics/missing.csv",
        statuses="<results>/radiomics/statuses.csv",
        sources="<results>/radiomics/sources.csv",
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


rule tabulate_features:
    input:
        "<results>/radiomics/summary.csv",
    output:
        shown(REPORT.feature_table),
    params:
        region=SHOWN_REGION,
        published=RADIOMICS["table"]["published"],
        code=fingerprint("tabulate_features"),
    log:
        "<logs>/tabulate_features.log",
    benchmark:
        "<benchmarks>/tabulate_features.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/tabulate_features.py"


rule plot_features:
    input:
        measured="<results>/radiomics/measured.csv",
        subjects=COHORT_TARGETS,
    output:
        shown(REPORT.feature_distributions),
    params:
        figure="radiomics",
        contrasts=CONTRASTS,
        region=SHOWN_REGION,
        domains=KNOWN_DOMAINS,
        code=fingerprint("draw_figure", figure="radiomics"),
    log:
        "<logs>/plot_features.log",
    benchmark:
        "<benchmarks>/plot_features.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

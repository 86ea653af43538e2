"""Preprocessing: can a subject be used, and what does it look like on the study's grid?

Reads the files of some subjects (`batch` in the configuration), those of them that exist.
Writes their places in the chunked store: image, label, and metadata with a status. A subject that
cannot be used gets empty arrays and a reason. Where histograms are matched, first each subject's
landmarks are measured, and the standard scale learnt from all of them, unless each fold learns its own.
"""

STORED = [".image.b2nd", ".label.b2nd", ".json"]
NYUL = config["preprocessing"]["nyul"]
LEARNS_SCALE = config["preprocessing"]["normalisation"] == "nyul"
MATCHED = LEARNS_SCALE and NYUL["fit"] == "all"
STANDARD_SCALE = ["<results>/normalisation/standard_scale.csv"] if MATCHED else []
# The subjects from which the standard scale is learnt.
TEACHERS = [
    subject
    for subject in SUBJECTS
    if MATCHED and not NYUL["standard"] and FOUND[subject][0].name in (NYUL["cohorts"] or COHORTS)
]
TEACHER_BATCHES = batches_of(TEACHERS)
LANDMARKS = expand("<results>/normalisation/landmarks/{subject}.csv", subject=TEACHERS)

if MATCHED and NYUL["standard"] and not Path(NYUL["standard"]).is_file():
    raise WorkflowError(
        f"preprocessing: nyul: standard: {NYUL['standard']} is not a file; put the scale there, or "
        f"null to learn it from the subjects"
    )


for batch in TEACHER_BATCHES:

    rule:
        name:
            rule_of("measure_landmarks", batch)
        input:
            existing_files(batch, TEACHER_BATCHES),
        output:
            expand(
                "<results>/normalisation/landmarks/{subject}.csv", subject=TEACHER_BATCHES[batch]
            ),
        params:
            files=files_of(batch, TEACHER_BATCHES),
            contrasts=CONTRASTS,
            settings=config["preprocessing"],
            attempts=ATTEMPTS,
            code=fingerprint("measure_landmarks"),
        log:
            f"<logs>/measure_landmarks/{batch}.log",
        benchmark:
            f"<benchmarks>/measure_landmarks/{batch}.tsv"
        retries: ATTEMPTS - 1
        threads: 1
        resources:
            mem_mb=memory(1500, per_megabyte=50),
            runtime=minutes(5 + 5 * len(TEACHER_BATCHES[batch]), per_megabyte=0.1),
            subject_minutes=minutes(5),
            attempt=attempt_number,
        conda:
            "../envs/imaging.yaml"
        script:
            "../workflow_scripts/measure_landmarks.py"


rule merge_landmarks:
    input:
        landmarks=LANDMARKS,
        standard=[NYUL["standard"]] if NYUL["standard"] else [],
    output:
        "<results>/normalisation/standard_scale.csv",
    params:
        contrasts=CONTRASTS,
        code=fingerprint("merge_landmarks"),
    log:
        "<logs>/merge_landmarks.log",
    benchmark:
        "<benchmarks>/merge_landmarks.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(15),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/merge_landmarks.py"


for batch in BATCHES:

    rule:
        name:
            rule_of("preprocess_subject", batch)
        input:
            existing_files(batch),
            standard=STANDARD_SCALE,
        output:
            expand("<results>/preprocessed/{subject}{file}", subject=BATCHES[batch], file=STORED),
        params:
            files=files_of(batch),
            contrasts=CONTRASTS,
            store=subpath(output[0], parent=True),
            settings=config["preprocessing"],
            attempts=ATTEMPTS,
            code=fingerprint("preprocess_subject"),
        log:
            f"<logs>/preprocess_subject/{batch}.log",
        benchmark:
            f"<benchmarks>/preprocess_subject/{batch}.tsv"
        retries: ATTEMPTS - 1
        threads: 1
        resources:
            mem_mb=memory(1500, per_megabyte=50),
            runtime=minutes(5 + 5 * len(BATCHES[batch]), per_megabyte=0.1),
            subject_minutes=minutes(5),
            attempt=attempt_number,
        conda:
            "../envs/imaging.yaml"
        script:
            "../workflow_scripts/preprocess_subject.py"

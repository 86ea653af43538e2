"""Preprocessing: can a subject be used, and what does it look like on the study's grid?

Reads the files of some subjects (`batch` in the configuration), those of them that exist.
Writes their places in the chunked store: image, label, and metadata with a status. A subject that
cannot be used gets empty arrays and a reason. Where histograms are matched, first each subject's
landmarks are measured, and the standard scale learnt from all of them, unless each fold learns its own.
"""

NYUL = config["preprocessing"]["nyul"]
LEARNS_SCALE = config["preprocessing"]["normalisation"] == "nyul"
MATCHED = LEARNS_SCALE and NYUL["fit"] == "all"
STANDARD_SCALE = [F.standard_scale] if MATCHED else []
# The subjects from which the standard scale is learnt.
TEACHERS = [
    subject
    for subject in STUDY.subjects
    if MATCHED
    and not NYUL["standard"]
    and STUDY.found[subject][0].name in (NYUL["cohorts"] or STUDY.cohorts)
]
TEACHER_BATCHES = STUDY.batches_of(TEACHERS)
LANDMARKS = expand(F.landmarks, subject=TEACHERS)
SUBJECT_TARGETS += [path.of(subject=subject) for subject in STUDY.subjects for path in F.stored]
SUBJECT_TARGETS += LANDMARKS
TARGETS += STANDARD_SCALE

if MATCHED and NYUL["standard"] and not Path(NYUL["standard"]).is_file():
    raise WorkflowError(
        f"preprocessing: nyul: standard: {NYUL['standard']} is not a file; put the scale there, or "
        f"null to learn it from the subjects"
    )


for batch in TEACHER_BATCHES:

    rule:
        name:
            STUDY.rule_of("measure_landmarks", batch)
        input:
            INPUTS.existing_files(TEACHER_BATCHES[batch]),
        output:
            expand(F.landmarks, subject=TEACHER_BATCHES[batch]),
        params:
            files=INPUTS.subject_files(TEACHER_BATCHES[batch]),
            unlisted=INPUTS.unlisted_files(TEACHER_BATCHES[batch]),
            contrasts=STUDY.contrasts,
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
            mem_mb=memory(1500, per_megabyte=50, limit=LARGEST_MB),
            runtime=minutes(5 + 5 * len(TEACHER_BATCHES[batch]), per_megabyte=0.1, limit=LARGEST_MB),
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
        F.standard_scale,
    params:
        contrasts=STUDY.contrasts,
        code=fingerprint("merge_landmarks"),
    log:
        "<logs>/merge_landmarks.log",
    benchmark:
        "<benchmarks>/merge_landmarks.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(15),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/merge_landmarks.py"


for batch in STUDY.batches:

    rule:
        name:
            STUDY.rule_of("preprocess_subject", batch)
        input:
            INPUTS.existing_files(STUDY.batches[batch]),
            standard=STANDARD_SCALE,
        output:
            [path.of(subject=name) for name in STUDY.batches[batch] for path in F.stored],
        params:
            files=INPUTS.subject_files(STUDY.batches[batch]),
            unlisted=INPUTS.unlisted_files(STUDY.batches[batch]),
            contrasts=STUDY.contrasts,
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
            mem_mb=memory(1500, per_megabyte=50, limit=LARGEST_MB),
            runtime=minutes(5 + 5 * len(STUDY.batches[batch]), per_megabyte=0.1, limit=LARGEST_MB),
            subject_minutes=minutes(5),
            attempt=attempt_number,
        conda:
            "../envs/imaging.yaml"
        script:
            "../workflow_scripts/preprocess_subject.py"

"""Preprocessing: can a subject be used, and what does it look like on the study's grid?

Reads the files of some subjects (`batch` in the configuration), those of them that exist.
Writes their places in the chunked store: image, label, and metadata with a status. A subject that
cannot be used gets empty arrays and a reason.
"""

STORED = [".image.b2nd", ".label.b2nd", ".json"]

for batch in BATCHES:

    rule:
        name:
            rule_of("preprocess_subject", batch)
        input:
            existing_files(batch),
        output:
            expand("<results>/preprocessed/{subject}{file}", subject=BATCHES[batch], file=STORED),
        params:
            files=files_of(batch),
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
            mem_mb=memory(2000),
            runtime=minutes(5 + 5 * len(BATCHES[batch])),
            subject_minutes=minutes(5),
            attempt=attempt_number,
        conda:
            "../envs/imaging.yaml"
        script:
            "../workflow_scripts/preprocess_subject.py"

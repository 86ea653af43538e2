"""Preprocessing: can a subject be used, and what does it look like on the study's grid?

Reads the files of one subject, those of them that exist.
Writes its place in the chunked store: image, label, and metadata with a status. A subject that
cannot be used gets empty arrays and a reason.
"""


rule preprocess_subject:
    input:
        existing_files,
    output:
        multiext("<results>/preprocessed/{subject}", ".image.b2nd", ".label.b2nd", ".json"),
    params:
        files=subject_files,
        store=subpath(output[0], parent=True),
        settings=config["preprocessing"],
        code=fingerprint("preprocess_subject"),
    log:
        "<logs>/preprocess_subject/{subject}.log",
    benchmark:
        "<benchmarks>/preprocess_subject/{subject}.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(15),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/preprocess_subject.py"

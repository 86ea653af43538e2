"""Prediction: what does each arm's network see in subjects that it was not trained on?

Reads the weights of every fold, the folds, and the chunked store.
Writes the predicted masks of the test subjects on their original grids, what `cirl predict` needs
beside the weights, and how far probabilities can be relied on.
"""

TARGETS += [F.predictions.of(**training) for training in TRAININGS]


rule predict_fold:
    input:
        subjects=F.subjects,
        folds=F.folds,
        status=F.status,
        weights=F.weights,
        standard=STANDARD_SCALE,
        fold_scale=FOLD_SCALE,
    output:
        model=F.model,
        predictions=directory(F.predictions),
        reliability=F.reliability,
        postprocessing=F.postprocessing,
    params:
        store=STORE,
        settings=SEGMENTATION["prediction"],
        cohorts=lambda wildcards: STUDY.arm_row(wildcards.arm)["cohorts"],
        preprocessing=config["preprocessing"],
        study=config["study"],
        code=fingerprint("predict_fold"),
    log:
        "<logs>/predict_fold/{protocol}/{arm}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/predict_fold/{protocol}/{arm}/seed{seed}/fold{fold}.tsv"
    threads: SEGMENTATION["threads"]
    resources:
        mem_mb=memory(SEGMENTATION["memory_mb"]),
        runtime=minutes(60),
        gpu=min(1, SEGMENTATION["gpus"]),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/predict_fold.py"

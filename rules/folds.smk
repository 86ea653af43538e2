"""Folds: who trains, is watched and is tested?

Reads the table of subjects, the clustering whose clusters are left out, where a protocol does, and
the splits that the study brings itself.
Writes `folds/{protocol}.csv`, and where each fold learns its own, the standard scale of its histograms.
"""

# Each fold's own standard scale, to which its images are mapped where they are read.
FOLD_SCALE = [F.fold_scale] if LEARNS_SCALE and not MATCHED else []
if STUDY.arms:
    TARGETS += expand(F.folds, protocol=STUDY.protocols)


rule make_folds:
    input:
        subjects=F.subjects,
        clustering=INPUTS.held_out_clusters,
        splits=INPUTS.own_splits,
    output:
        F.folds,
    params:
        settings=lambda wildcards: config["folds"][wildcards.protocol],
        held_out=lambda wildcards: STUDY.held_out_domains if wildcards.protocol == "lodo" else [],
        seed=config["seed"],
        code=fingerprint("make_folds"),
    log:
        "<logs>/make_folds/{protocol}.log",
    benchmark:
        "<benchmarks>/make_folds/{protocol}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/make_folds.py"


rule learn_fold_scale:
    input:
        subjects=F.subjects,
        folds=F.folds,
    output:
        F.fold_scale,
    params:
        store=STORE,
        code=fingerprint("learn_fold_scale"),
    log:
        "<logs>/learn_fold_scale/{protocol}/fold{fold}.log",
    benchmark:
        "<benchmarks>/learn_fold_scale/{protocol}/fold{fold}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(15),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/learn_fold_scale.py"

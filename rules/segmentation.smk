"""Segmentation: what does each arm's network learn in each fold?

Reads the table of subjects, the chunked store beside it, the folds, and the clusterings that arms
use as domains. Writes for every protocol, arm, seed and fold the weights and the training's history;
training curves.
"""

SEGMENTATION = config["segmentation"]
TRAININGS = STUDY.trainings()
TARGETS += [F.weights.of(**training) for training in TRAININGS]
TARGETS += [path for training in TRAININGS for path in INPUTS.arm_clusters(training)]
if STUDY.arms:
    TARGETS += expand(REPORT.training, protocol=STUDY.protocols)


wildcard_constraints:
    selection="last|best|oracle",


rule train_fold:
    input:
        subjects=F.subjects,
        folds=F.folds,
        standard=FOLD_SCALE,
        clustering=INPUTS.arm_clusters,
        decision=INPUTS.arm_decision,
        start=INPUTS.of_start(F.weights),
        start_status=INPUTS.of_start(F.status),
    output:
        status=F.status,
        weights=F.weights,
        history=F.history,
        tensorboard=directory(F.tensorboard),
        further=[F.further_weights.of(selection=rule) for rule in STUDY.selection[1:]],
    params:
        store=STORE,
        arm=lambda wildcards: STUDY.arm_row(wildcards.arm),
        contrasts=STUDY.contrasts,
        outputs=SEGMENTATION["outputs"],
        network=SEGMENTATION["network"],
        training=SEGMENTATION["training"],
        augmentation=SEGMENTATION["augmentation"],
        selection=STUDY.selection,
        seed=config["seed"],
        code=fingerprint("train_fold"),
    log:
        "<logs>/train_fold/{protocol}/{arm}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/train_fold/{protocol}/{arm}/seed{seed}/fold{fold}.tsv"
    threads: SEGMENTATION["threads"]
    resources:
        mem_mb=memory(SEGMENTATION["memory_mb"]),
        runtime=minutes(SEGMENTATION["minutes"]),
        gpu=SEGMENTATION["gpus"],
    conda:
        "../envs/training.yaml"
    wildcard_constraints:
        arm=any_of(STUDY.trained_arms),
    script:
        "../workflow_scripts/train_fold.py"


rule select_weights:
    input:
        weights=F.further_weights,
        history=F.history,
        status=F.status,
    output:
        weights=F.weights.of(arm="{arm}_{selection}"),
        history=F.history.of(arm="{arm}_{selection}"),
        status=F.status.of(arm="{arm}_{selection}"),
    params:
        code=fingerprint("select_weights"),
    log:
        "<logs>/select_weights/{protocol}/{arm}_{selection}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/select_weights/{protocol}/{arm}_{selection}/seed{seed}/fold{fold}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    wildcard_constraints:
        arm=any_of(STUDY.trained_arms),
    script:
        "../workflow_scripts/select_weights.py"


rule plot_training:
    input:
        histories=INPUTS.of_trainings(F.history, arms=STUDY.trained_arms),
    output:
        shown(REPORT.training),
    params:
        figure="training",
        trainings=lambda wildcards: [
            [training[key] for key in ("arm", "seed", "fold")]
            for training in STUDY.trainings([wildcards.protocol], STUDY.trained_arms)
        ],
        outputs=SEGMENTATION["outputs"],
        code=fingerprint("draw_figure", figure="training"),
    log:
        "<logs>/plot_training/{protocol}.log",
    benchmark:
        "<benchmarks>/plot_training/{protocol}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

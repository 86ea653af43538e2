"""Segmentation: what does each arm's network see in subjects that it was not trained on?

Reads the table of subjects, the chunked store beside it, and the clusterings that arms use as
domains. Writes the folds, and for every protocol, arm, seed and fold the weights, the training's
history and the predicted masks of the test subjects on their original grids; training curves.
"""

SEGMENTATION = config["segmentation"]
FOLD_FOLDER = "<results>/segmentation/{protocol}/{arm}/seed{seed}/fold{fold}"
# Each fold's own standard scale, to which its images are mapped where they are read.
FOLD_SCALE = (
    ["<results>/folds/{protocol}/fold{fold}/standard_scale.csv"]
    if LEARNS_SCALE and not MATCHED
    else []
)
SELECTED_FOLDER = FOLD_FOLDER.replace("{arm}", "{arm}_{selection}")
SEGMENTATION_TARGETS = [
    path
    for training in trainings()
    for path in (
        f"{FOLD_FOLDER}/weights.pt".format(**training),
        f"{FOLD_FOLDER}/predictions".format(**training),
    )
]
SEGMENTATION_TARGETS += [
    path for training in trainings(arms=TRAINED_ARMS) for path in arm_clustering(training)
]
if ARMS:
    SEGMENTATION_TARGETS += expand(REPORT.training, protocol=PROTOCOLS)
    SEGMENTATION_TARGETS += expand("<results>/folds/{protocol}.csv", protocol=PROTOCOLS)


wildcard_constraints:
    selection="last|best|oracle",


rule make_folds:
    input:
        subjects="<results>/cohort/subjects.csv",
        clustering=held_out_clustering,
    output:
        "<results>/folds/{protocol}.csv",
    params:
        settings=lambda wildcards: config["folds"][wildcards.protocol],
        held_out=lambda wildcards: held_out_domains(config) if wildcards.protocol == "lodo" else [],
        seed=config["seed"],
        code=fingerprint("make_folds"),
    log:
        "<logs>/make_folds/{protocol}.log",
    benchmark:
        "<benchmarks>/make_folds/{protocol}.tsv"
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
        subjects="<results>/cohort/subjects.csv",
        folds="<results>/folds/{protocol}.csv",
    output:
        "<results>/folds/{protocol}/fold{fold}/standard_scale.csv",
    params:
        store=store_folder,
        code=fingerprint("learn_fold_scale"),
    log:
        "<logs>/learn_fold_scale/{protocol}/fold{fold}.log",
    benchmark:
        "<benchmarks>/learn_fold_scale/{protocol}/fold{fold}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(15),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/learn_fold_scale.py"


rule train_fold:
    input:
        subjects="<results>/cohort/subjects.csv",
        folds="<results>/folds/{protocol}.csv",
        standard=FOLD_SCALE,
        clustering=arm_clustering,
        decision=arm_decision,
        start=start_file("weights.pt"),
        start_status=start_file("status.csv"),
    output:
        status=f"{FOLD_FOLDER}/status.csv",
        weights=f"{FOLD_FOLDER}/weights.pt",
        history=f"{FOLD_FOLDER}/history.csv",
        tensorboard=directory(f"{FOLD_FOLDER}/tensorboard"),
        further=[f"{FOLD_FOLDER}/weights_{rule}.pt" for rule in SELECTION[1:]],
    params:
        store=store_folder,
        arm=lambda wildcards: arm_row(wildcards.arm),
        contrasts=CONTRASTS,
        outputs=SEGMENTATION["outputs"],
        network=SEGMENTATION["network"],
        training=SEGMENTATION["training"],
        augmentation=SEGMENTATION["augmentation"],
        selection=SELECTION,
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
        arm=any_of(TRAINED_ARMS),
    script:
        "../workflow_scripts/train_fold.py"


rule select_weights:
    input:
        weights=f"{FOLD_FOLDER}/weights_{{selection}}.pt",
        history=f"{FOLD_FOLDER}/history.csv",
        status=f"{FOLD_FOLDER}/status.csv",
    output:
        weights=f"{SELECTED_FOLDER}/weights.pt",
        history=f"{SELECTED_FOLDER}/history.csv",
        status=f"{SELECTED_FOLDER}/status.csv",
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
        arm=any_of(TRAINED_ARMS),
    script:
        "../workflow_scripts/select_weights.py"


rule predict_fold:
    input:
        subjects="<results>/cohort/subjects.csv",
        folds="<results>/folds/{protocol}.csv",
        status=f"{FOLD_FOLDER}/status.csv",
        weights=f"{FOLD_FOLDER}/weights.pt",
        standard=STANDARD_SCALE,
        fold_scale=FOLD_SCALE,
    output:
        model=f"{FOLD_FOLDER}/model.json",
        predictions=directory(f"{FOLD_FOLDER}/predictions"),
        reliability=f"{FOLD_FOLDER}/reliability.csv",
        postprocessing=f"{FOLD_FOLDER}/postprocessing.csv",
    params:
        store=store_folder,
        settings=SEGMENTATION["prediction"],
        cohorts=lambda wildcards: arm_row(wildcards.arm)["cohorts"],
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


rule plot_training:
    input:
        histories=files_of_trainings(f"{FOLD_FOLDER}/history.csv", arms=TRAINED_ARMS),
    output:
        shown(REPORT.training),
    params:
        figure="training",
        trainings=lambda wildcards: [
            [training[key] for key in ("arm", "seed", "fold")]
            for training in trainings([wildcards.protocol], TRAINED_ARMS)
        ],
        outputs=SEGMENTATION["outputs"],
        code=fingerprint("draw_figure", figure="training"),
    log:
        "<logs>/plot_training/{protocol}.log",
    benchmark:
        "<benchmarks>/plot_training/{protocol}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

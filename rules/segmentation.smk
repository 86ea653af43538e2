"""Segmentation: what does each arm's network see in subjects that it was not trained on?

Reads the table of subjects, the chunked store beside it, and the clusterings that arms use as
domains. Writes the folds, and for every protocol, arm, seed and fold the weights, the training's
history and the predicted masks of the test subjects on their original grids; training curves.
"""

SEGMENTATION = config["segmentation"]
SEGMENTATION_TARGETS = expand(
    "<results>/segmentation/{protocol}/{arm}/seed{seed}/fold{fold}/{file}",
    protocol=PROTOCOLS,
    arm=ARMS,
    seed=SEEDS,
    fold=FOLDS,
    file=["weights.pt", "predictions"],
)
SEGMENTATION_TARGETS += [
    path
    for arm in ARMS
    for protocol in PROTOCOLS
    for fold in FOLDS
    for path in arm_clustering({"arm": arm, "protocol": protocol, "fold": fold})
]
if ARMS:
    SEGMENTATION_TARGETS += expand("<results>/figures/training_{protocol}.png", protocol=PROTOCOLS)
    SEGMENTATION_TARGETS += expand("<results>/folds/{protocol}.csv", protocol=PROTOCOLS)


rule make_folds:
    input:
        "<results>/cohort/subjects.csv",
    output:
        "<results>/folds/cv.csv",
    params:
        settings=config["folds"]["cv"],
        seed=config["seed"],
        code=fingerprint("make_folds"),
    log:
        "<logs>/make_folds.log",
    benchmark:
        "<benchmarks>/make_folds.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/make_folds.py"


rule train_fold:
    input:
        subjects="<results>/cohort/subjects.csv",
        folds="<results>/folds/{protocol}.csv",
        clustering=arm_clustering,
        decision=arm_decision,
    output:
        status="<results>/segmentation/{protocol}/{arm}/seed{seed}/fold{fold}/status.csv",
        weights="<results>/segmentation/{protocol}/{arm}/seed{seed}/fold{fold}/weights.pt",
        history="<results>/segmentation/{protocol}/{arm}/seed{seed}/fold{fold}/history.csv",
        tensorboard=directory(
            "<results>/segmentation/{protocol}/{arm}/seed{seed}/fold{fold}/tensorboard"
        ),
    params:
        store=store_folder,
        arm=lambda wildcards: config["arms"][wildcards.arm],
        contrasts=CONTRASTS,
        outputs=SEGMENTATION["outputs"],
        network=SEGMENTATION["network"],
        training=SEGMENTATION["training"],
        augmentation=SEGMENTATION["augmentation"],
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
    script:
        "../workflow_scripts/train_fold.py"


rule predict_fold:
    input:
        subjects="<results>/cohort/subjects.csv",
        folds="<results>/folds/{protocol}.csv",
        status="<results>/segmentation/{protocol}/{arm}/seed{seed}/fold{fold}/status.csv",
        weights="<results>/segmentation/{protocol}/{arm}/seed{seed}/fold{fold}/weights.pt",
    output:
        directory("<results>/segmentation/{protocol}/{arm}/seed{seed}/fold{fold}/predictions"),
    params:
        store=store_folder,
        settings=SEGMENTATION["prediction"],
        code=fingerprint("predict_fold"),
    log:
        "<logs>/predict_fold/{protocol}/{arm}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/predict_fold/{protocol}/{arm}/seed{seed}/fold{fold}.tsv"
    threads: SEGMENTATION["threads"]
    resources:
        mem_mb=memory(SEGMENTATION["memory_mb"]),
        runtime=minutes(60),
        gpu=SEGMENTATION["gpus"],
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/predict_fold.py"


rule plot_training:
    input:
        expand(
            "<results>/segmentation/{{protocol}}/{arm}/seed{seed}/fold{fold}/history.csv",
            arm=ARMS,
            seed=SEEDS,
            fold=FOLDS,
        ),
    output:
        report(
            "<results>/figures/training_{protocol}.png",
            caption="captions/training.rst",
            category="4 Segmentation",
            subcategory="Training",
            labels={"item": "Training curves", "protocol": "{protocol}"},
        ),
    params:
        trainings=[[arm, seed, fold] for arm in ARMS for seed in SEEDS for fold in FOLDS],
        outputs=SEGMENTATION["outputs"],
        code=fingerprint("plot_training"),
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
        "../workflow_scripts/plot_training.py"

"""Model cards: what is a fold's network, what was it trained on, and how good is it?

Reads what a prediction wrote beside the weights, the fold's metrics and status, and the subjects.
Writes a card beside every fold's weights.
"""

TARGETS += [F.model_card.of(**training) for training in TRAININGS]


rule write_model_card:
    input:
        model=F.model,
        metrics=F.metrics,
        status=F.status,
        folds=F.folds,
        subjects=F.subjects,
    output:
        F.model_card,
    params:
        study=config["study"],
        arm=lambda wildcards: STUDY.arm_row(wildcards.arm),
        regions=EVALUATION["regions"],
        sections={key: SEGMENTATION[key] for key in ("network", "training", "augmentation")},
        licences={name: config["cohorts"][name]["licence"] for name in STUDY.cohorts},
        training_code=fingerprint("train_fold"),
        code=fingerprint("write_model_card"),
    log:
        "<logs>/write_model_card/{protocol}/{arm}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/write_model_card/{protocol}/{arm}/seed{seed}/fold{fold}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/write_model_card.py"

"""Tables of scores: what do the numbers say, in sentences that follow from them?

Reads the tables of the evaluation and every fold's metrics. Writes pages to read: scores by arm and
region, arms against the first one, domains, and the table of a paper beside ours; the figure of ranks;
a card beside every fold's weights.
"""

from cirl.evaluation.worst_domain import kind_of_arm

PAPER = EVALUATION["published"]
SCORE_TABLES = (
    [
        "<results>/evaluation/segmentation.html",
        "<results>/evaluation/comparison.html",
        "<results>/evaluation/generalisation.html",
        *expand("<results>/figures/ranking_{protocol}.png", protocol=PROTOCOLS),
        *(["<results>/evaluation/published.html"] if PAPER else []),
        *[f"{FOLD_FOLDER}/model_card.md".format(**training) for training in trainings()],
    ]
    if ARMS
    else []
)


rule tabulate_scores:
    input:
        summary="<results>/evaluation/summary.csv",
        tests="<results>/evaluation/tests.csv",
        gaps="<results>/evaluation/gaps.csv",
        worst="<results>/evaluation/worst_domains.csv",
        effects="<results>/evaluation/domain_effects.csv",
        ranking="<results>/evaluation/ranking.csv",
        statuses="<results>/evaluation/arms.csv",
        threshold="<results>/evaluation/threshold.csv" if HAS_FLAIR else [],
    output:
        segmentation=report(
            "<results>/evaluation/segmentation.html",
            caption="captions/segmentation_table.rst",
            category="5 Evaluation",
            labels={"item": "Segmentation scores by arm and region"},
        ),
        comparison=report(
            "<results>/evaluation/comparison.html",
            caption="captions/comparison.rst",
            category="5 Evaluation",
            labels={"item": "Arms against the first arm"},
        ),
        generalisation=report(
            "<results>/evaluation/generalisation.html",
            caption="captions/generalisation.rst",
            category="5 Evaluation",
            labels={"item": "Seen and unseen domains, the worst one, ranks"},
        ),
    params:
        arms=ARMS,
        kinds={arm: kind_of_arm(arm_row(arm)) for arm in ARMS},
        confidence=EVALUATION["bootstrap"]["confidence"],
        outputs=config["segmentation"]["outputs"],
        code=fingerprint("tabulate_scores"),
    log:
        "<logs>/tabulate_scores.log",
    benchmark:
        "<benchmarks>/tabulate_scores.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/tabulate_scores.py"


rule compare_with_paper:
    input:
        metrics=METRICS_FILES,
        statuses="<results>/evaluation/arms.csv",
    output:
        report(
            "<results>/evaluation/published.html",
            caption="captions/published.rst",
            category="5 Evaluation",
            labels={"item": "The paper's table beside ours"},
        ),
    params:
        paper=PAPER,
        outputs=config["segmentation"]["outputs"],
        code=fingerprint("compare_with_paper"),
    log:
        "<logs>/compare_with_paper.log",
    benchmark:
        "<benchmarks>/compare_with_paper.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/compare_with_paper.py"


rule plot_ranking:
    input:
        "<results>/evaluation/ranking.csv",
    output:
        report(
            "<results>/figures/ranking_{protocol}.png",
            caption="captions/ranking.rst",
            category="5 Evaluation",
            labels={"item": "Ranks of the arms over samples of subjects"},
        ),
    params:
        regions=EVALUATION["regions"],
        code=fingerprint("plot_ranking"),
    log:
        "<logs>/plot_ranking/{protocol}.log",
    benchmark:
        "<benchmarks>/plot_ranking/{protocol}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_ranking.py"


rule write_model_card:
    input:
        model=f"{FOLD_FOLDER}/model.json",
        metrics=f"{FOLD_FOLDER}/metrics.csv",
        status=f"{FOLD_FOLDER}/status.csv",
        folds="<results>/folds/{protocol}.csv",
        subjects="<results>/cohort/subjects.csv",
    output:
        f"{FOLD_FOLDER}/model_card.md",
    params:
        study=config["study"],
        arm=lambda wildcards: arm_row(wildcards.arm),
        regions=EVALUATION["regions"],
        sections={key: SEGMENTATION[key] for key in ("network", "training", "augmentation")},
        licences={name: config["cohorts"][name]["licence"] for name in COHORTS},
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

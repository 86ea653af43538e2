"""Tables of scores: what do the numbers say, in sentences that follow from them?

Reads the tables of the evaluation and every fold's metrics. Writes pages to read: scores by arm and
region, arms against the first one, domains, and the table of a paper beside ours; the figure of ranks;
a card beside every fold's weights.
"""

from cirl.evaluation.arm_kinds import kind_of_arm
from cirl.evaluation.unselected import clusterings_of

PAPER = EVALUATION["published"]
ARM_CLUSTERINGS = clusterings_of(arm_rows())
SCORE_TABLES = (
    [
        REPORT.segmentation_page,
        REPORT.comparison_page,
        REPORT.generalisation_page,
        *expand(REPORT.ranking, protocol=PROTOCOLS),
        *([REPORT.published_page] if PAPER else []),
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
        sweep="<results>/clustering/sweep.csv" if ARM_CLUSTERINGS else [],
        threshold="<results>/evaluation/threshold.csv" if HAS_FLAIR else [],
    output:
        segmentation=shown(REPORT.segmentation_page),
        comparison=shown(REPORT.comparison_page),
        generalisation=shown(REPORT.generalisation_page),
    params:
        arms=ARMS,
        kinds={arm: kind_of_arm(arm_row(arm)) for arm in ARMS},
        placebos=PLACEBOS,
        clusterings=ARM_CLUSTERINGS,
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
        shown(REPORT.published_page),
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
        ranking="<results>/evaluation/ranking.csv",
    output:
        shown(REPORT.ranking),
    params:
        figure="ranking",
        regions=EVALUATION["regions"],
        code=fingerprint("draw_figure", figure="ranking"),
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
        "../workflow_scripts/draw_figure.py"


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

"""Figures of the scores: how good are the masks, for whom, and what do they look like?

Reads every fold's metrics, reliability and predictions, and the ranks of the arms.
Writes their figures for the report.
"""

if STUDY.arms:
    TARGETS += expand(
        [REPORT.dice_by_arm, REPORT.dice_by_domain, REPORT.ranking],
        protocol=STUDY.protocols,
    )
    TARGETS += expand(REPORT.predictions, protocol=STUDY.protocols, arm=STUDY.arms)


rule plot_scores:
    input:
        scores=F.scores,
        partitions=F.partitions,
        reliability=INPUTS.of_trainings(F.reliability),
    output:
        arms=shown(REPORT.dice_by_arm),
        domains=shown(REPORT.dice_by_domain),
        reliability=shown(REPORT.reliability),
    params:
        arms=SCORED,
        regions=EVALUATION["regions"],
        code=fingerprint("plot_scores"),
    log:
        "<logs>/plot_scores/{protocol}.log",
    benchmark:
        "<benchmarks>/plot_scores/{protocol}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_scores.py"


rule plot_ranking:
    input:
        ranking=F.ranking,
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


rule plot_predictions:
    input:
        metrics=INPUTS.of_trainings(F.metrics, STUDY.seeds[:1]),
        predictions=INPUTS.of_trainings(F.predictions, STUDY.seeds[:1]),
        statuses=INPUTS.of_trainings(F.status, STUDY.seeds[:1]),
        subjects=F.subjects,
    output:
        shown(REPORT.predictions),
    params:
        figure="predictions",
        contrasts=STUDY.contrasts,
        label_maps={name: config["cohorts"][name]["label_map"] for name in STUDY.cohorts},
        code=fingerprint("draw_figure", figure="predictions"),
    log:
        "<logs>/plot_predictions/{protocol}_{arm}.log",
    benchmark:
        "<benchmarks>/plot_predictions/{protocol}_{arm}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

"""Figures of the scores: how good are the masks, for whom, and what do they look like?

Reads every fold's metrics, reliability and predictions, and the ranks of the arms.
Writes their figures for the report.
"""

if STUDY.arms:
    TARGETS += expand(
        [F.figures.dice_by_arm, F.figures.dice_by_domain, F.figures.ranking],
        protocol=STUDY.protocols,
    )
    TARGETS += expand(F.figures.predictions, protocol=STUDY.protocols, arm=STUDY.arms)


rule plot_scores:
    input:
        metrics=INPUTS.of_trainings(F.metrics),
        reliability=INPUTS.of_trainings(F.reliability),
        subjects=F.subjects,
        clusterings=CLUSTERING_FILES,
    output:
        arms=report(
            F.figures.dice_by_arm,
            caption="captions/dice_by_arm.rst",
            category="5 Evaluation",
            labels={"item": "Dice by arm"},
        ),
        domains=report(
            F.figures.dice_by_domain,
            caption="captions/dice_by_domain.rst",
            category="5 Evaluation",
            labels={"item": "Dice by cluster and known domain"},
        ),
        reliability=report(
            F.figures.reliability,
            caption="captions/reliability.rst",
            category="5 Evaluation",
            labels={"item": "Reliability of probabilities"},
        ),
    params:
        arms=STUDY.arms,
        regions=EVALUATION["regions"],
        domains=STUDY.known_domains,
        clusterings=EVALUATION["clusterings"],
        lesion_sizes=EVALUATION["lesion_sizes"],
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
        F.ranking,
    output:
        report(
            F.figures.ranking,
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


rule plot_predictions:
    input:
        metrics=INPUTS.of_trainings(F.metrics, STUDY.seeds[:1]),
        predictions=INPUTS.of_trainings(F.predictions, STUDY.seeds[:1]),
        statuses=INPUTS.of_trainings(F.status, STUDY.seeds[:1]),
        subjects=F.subjects,
    output:
        report(
            F.figures.predictions,
            caption="captions/predictions.rst",
            category="5 Evaluation",
            labels={"item": "Best, median and worst prediction", "arm": "{arm}"},
        ),
    params:
        contrasts=STUDY.contrasts,
        label_maps={name: config["cohorts"][name]["label_map"] for name in STUDY.cohorts},
        code=fingerprint("plot_predictions"),
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
        "../workflow_scripts/plot_predictions.py"

"""Tables of scores: what do the numbers say, in sentences that follow from them?

Reads the tables of the evaluation and every fold's metrics. Writes pages to read: scores by arm and
region, arms against the first one, domains, and the table of a paper beside ours.
"""

PAPER = EVALUATION["published"]
if STUDY.arms:
    TARGETS += [F.segmentation_page, F.comparison_page, F.generalisation_page]
    TARGETS += [F.published_page] if PAPER else []


rule tabulate_scores:
    input:
        summary=F.summary,
        tests=F.tests,
        gaps=F.gaps,
        worst=F.worst_domains,
        effects=F.domain_effects,
        ranking=F.ranking,
        statuses=F.arm_statuses,
        threshold=F.threshold if HAS_FLAIR else [],
    output:
        segmentation=report(
            F.segmentation_page,
            caption="captions/segmentation_table.rst",
            category="5 Evaluation",
            labels={"item": "Segmentation scores by arm and region"},
        ),
        comparison=report(
            F.comparison_page,
            caption="captions/comparison.rst",
            category="5 Evaluation",
            labels={"item": "Arms against the first arm"},
        ),
        generalisation=report(
            F.generalisation_page,
            caption="captions/generalisation.rst",
            category="5 Evaluation",
            labels={"item": "Seen and unseen domains, the worst one, ranks"},
        ),
    params:
        arms=STUDY.arms,
        kinds=STUDY.kinds,
        confidence=EVALUATION["bootstrap"]["confidence"],
        outputs=config["segmentation"]["outputs"],
        code=fingerprint("tabulate_scores"),
    log:
        "<logs>/tabulate_scores.log",
    benchmark:
        "<benchmarks>/tabulate_scores.tsv"
    localrule: True
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
        statuses=F.arm_statuses,
    output:
        report(
            F.published_page,
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

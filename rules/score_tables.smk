"""Tables of scores: what do the numbers say, in sentences that follow from them?

Reads the tables of the evaluation and every fold's metrics. Writes pages to read: scores by arm and
region, arms against the first one, domains, and the table of a paper beside ours.
"""

from cirl.configuration.arm_kinds import fixed_clusterings

PAPER = EVALUATION["published"]
ARM_CLUSTERINGS = fixed_clusterings(STUDY.arm_rows)
if STUDY.arms:
    TARGETS += [REPORT.segmentation_page, REPORT.comparison_page, REPORT.generalisation_page]
    TARGETS += [REPORT.published_page] if PAPER else []


rule tabulate_scores:
    input:
        summary=F.summary,
        domains=F.score_domains,
        primary=F.primary,
        tests=F.tests,
        gaps=F.gaps,
        worst=F.worst_domains,
        effects=F.domain_effects,
        ranking=F.ranking,
        statuses=F.arm_statuses,
        sweep=F.sweep.of_all if ARM_CLUSTERINGS else [],
        threshold=F.threshold if HAS_FLAIR else [],
    output:
        segmentation=shown(REPORT.segmentation_page),
        comparison=shown(REPORT.comparison_page),
        generalisation=shown(REPORT.generalisation_page),
    params:
        arms=STUDY.arms,
        kinds=KINDS,
        placebos=PLACEBOS,
        controls=CONTROLS,
        clusterings=ARM_CLUSTERINGS,
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
        subjects=F.subjects,
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

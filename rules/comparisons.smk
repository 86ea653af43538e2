"""Comparisons: does an arm differ from another, and for whom?

Reads all scores, the ways of dividing the subjects, and the folds. Writes to `evaluation/`, each by
a job of its own: tests between arms, their worst domains and ranks, what domains explain beside the
tumours' volumes, and what is lost on unseen domains.
"""

if SCORED:
    TARGETS += [F.tests]
if STUDY.arms:
    TARGETS += [F.worst_domains, F.ranking, F.domain_effects, F.gaps]


rule compare_arms:
    input:
        scores=F.scores,
    output:
        shown(F.tests),
    params:
        arms=STUDY.arms,
        detectors=STUDY.detectors,
        bootstrap=BOOTSTRAP,
        code=fingerprint("compare_arms"),
    log:
        "<logs>/compare_arms.log",
    benchmark:
        "<benchmarks>/compare_arms.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/compare_arms.py"


rule find_worst_domains:
    input:
        scores=F.scores,
        partitions=F.partitions,
    output:
        F.worst_domains,
    params:
        arms=STUDY.arms,
        placebos=PLACEBOS,
        bootstrap=BOOTSTRAP,
        code=fingerprint("find_worst_domains"),
    log:
        "<logs>/find_worst_domains.log",
    benchmark:
        "<benchmarks>/find_worst_domains.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/find_worst_domains.py"


rule rank_arms:
    input:
        scores=F.scores,
    output:
        F.ranking,
    params:
        arms=STUDY.arms,
        bootstrap=BOOTSTRAP,
        code=fingerprint("rank_arms"),
    log:
        "<logs>/rank_arms.log",
    benchmark:
        "<benchmarks>/rank_arms.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/rank_arms.py"


rule adjust_domains:
    input:
        scores=F.scores,
        partitions=F.partitions,
    output:
        F.domain_effects,
    params:
        code=fingerprint("adjust_domains"),
    log:
        "<logs>/adjust_domains.log",
    benchmark:
        "<benchmarks>/adjust_domains.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/adjust_domains.py"


rule measure_gaps:
    input:
        scores=F.scores,
        partitions=F.partitions,
        folds=expand(F.folds, protocol=STUDY.protocols),
    output:
        F.gaps,
    params:
        protocols=STUDY.protocols,
        cohorts={
            **{arm: STUDY.trained_cohorts(arm) for arm in STUDY.arms},
            **{name: STUDY.detector_row(name)["cohorts"] for name in STUDY.detectors},
        },
        bootstrap=BOOTSTRAP,
        code=fingerprint("measure_gaps"),
    log:
        "<logs>/measure_gaps.log",
    benchmark:
        "<benchmarks>/measure_gaps.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/measure_gaps.py"

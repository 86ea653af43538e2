"""Summary: how good is each arm, on all subjects and on each domain?

Reads the scores of every fold, the subjects and the clusterings that the configuration names.
Writes to `evaluation/`: all scores and the ways of dividing the subjects once, what became of each
training, and the summaries by arm and by domain.
"""

BOOTSTRAP = {**EVALUATION["bootstrap"], "seed": config["seed"]}
SCORED = [*STUDY.arms, *STUDY.detectors]
DETECTED_FILES = [F.detector_metrics.of(**detection) for detection in STUDY.detections()]
SCORED_PROTOCOLS = list(
    dict.fromkeys(
        [one["protocol"] for one in [*STUDY.trainings(), *STUDY.detections()]] or STUDY.protocols
    )
)
if SCORED:
    TARGETS += [F.summary, F.score_domains, F.arm_statuses]


rule collect_scores:
    input:
        metrics=[*METRICS_FILES, *DETECTED_FILES],
        statuses=[F.status.of(**training) for training in STUDY.trainings()],
        subjects=F.subjects,
        clusterings=CLUSTERING_FILES,
        folds=expand(F.folds, protocol=SCORED_PROTOCOLS),
    output:
        scores=F.scores,
        partitions=F.partitions,
        arms=F.arm_statuses,
    params:
        protocols=SCORED_PROTOCOLS,
        domains=STUDY.known_domains,
        clusterings=EVALUATION["clusterings"],
        lesion_sizes=EVALUATION["lesion_sizes"],
        code=fingerprint("collect_scores"),
    log:
        "<logs>/collect_scores.log",
    benchmark:
        "<benchmarks>/collect_scores.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/collect_scores.py"


rule summarise_metrics:
    input:
        scores=F.scores,
        partitions=F.partitions,
    output:
        summary=F.summary,
        domains=shown(F.score_domains),
    params:
        bootstrap=BOOTSTRAP,
        code=fingerprint("summarise_metrics"),
    log:
        "<logs>/summarise_metrics.log",
    benchmark:
        "<benchmarks>/summarise_metrics.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/summarise_metrics.py"

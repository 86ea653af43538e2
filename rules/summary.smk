"""How good is each arm, on all subjects and on each domain?

Reads the scores of every fold, the subjects and the clusterings that the configuration names.
Writes to `evaluation/`: all scores and the ways of dividing the subjects once, what became of each
training, and the summaries by arm and by domain.
"""

COLLECTED_SCORES = "<results>/evaluation/scores.csv"
PARTITIONS = "<results>/evaluation/partitions.csv"
BOOTSTRAP = {**EVALUATION["bootstrap"], "seed": config["seed"]}


rule collect_scores:
    input:
        metrics=METRICS_FILES,
        statuses=[f"{FOLD_FOLDER}/status.csv".format(**training) for training in trainings()],
        subjects="<results>/cohort/subjects.csv",
        clusterings=CLUSTERING_FILES,
        folds=expand("<results>/folds/{protocol}.csv", protocol=PROTOCOLS),
    output:
        scores=COLLECTED_SCORES,
        partitions=PARTITIONS,
        arms="<results>/evaluation/arms.csv",
    params:
        protocols=PROTOCOLS,
        domains=KNOWN_DOMAINS,
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
        scores=COLLECTED_SCORES,
        partitions=PARTITIONS,
    output:
        summary="<results>/evaluation/summary.csv",
        domains=shown("<results>/evaluation/domains.csv"),
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

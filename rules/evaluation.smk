"""How good are the masks, and for whom?

Reads the predictions of every fold, the cohorts' original labels, the folds, the clusterings that
the configuration names, and the preprocessed FLAIR for the threshold baseline. Writes a
`metrics.csv` a fold, the threshold baseline, and the figures of the scores and of single
predictions.
"""

EVALUATION = config["evaluation"]
METRICS_FILES = [f"{FOLD_FOLDER}/metrics.csv".format(**training) for training in trainings()]
CLUSTERING_FILES = [
    "<results>/clustering/{}/k{}.csv".format(*name.rsplit("_k", 1))
    for name in EVALUATION["clusterings"]
]
HAS_FLAIR = "t2f" in CONTRASTS
EVALUATION_TABLES = ["summary", "domains", "arms", "tests", "worst_domains", "ranking"]
EVALUATION_TABLES += ["domain_effects", "gaps"]
EVALUATION_TARGETS = (
    [
        *expand("<results>/evaluation/{table}.csv", table=EVALUATION_TABLES),
        *METRICS_FILES,
        *(["<results>/evaluation/threshold.csv"] if HAS_FLAIR else []),
        *expand(REPORT.dice_by_arm, protocol=PROTOCOLS),
        *expand(REPORT.dice_by_domain, protocol=PROTOCOLS),
        *expand(REPORT.predictions, protocol=PROTOCOLS, arm=ARMS),
    ]
    if ARMS
    else []
)


rule score_fold:
    input:
        predictions=f"{FOLD_FOLDER}/predictions",
        reliability=f"{FOLD_FOLDER}/reliability.csv",
        status=f"{FOLD_FOLDER}/status.csv",
        folds="<results>/folds/{protocol}.csv",
        subjects="<results>/cohort/subjects.csv",
    output:
        f"{FOLD_FOLDER}/metrics.csv",
    params:
        settings={
            key: EVALUATION[key]
            for key in ("regions", "lesions", "lesions_of", "surface_tolerance")
        },
        label_maps={name: config["cohorts"][name]["label_map"] for name in COHORTS},
        code=fingerprint("score_fold"),
    log:
        "<logs>/score_fold/{protocol}/{arm}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/score_fold/{protocol}/{arm}/seed{seed}/fold{fold}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(60),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/score_fold.py"


rule score_threshold:
    input:
        subjects="<results>/cohort/subjects.csv",
    output:
        "<results>/evaluation/threshold.csv",
    params:
        store=store_folder,
        settings=EVALUATION["thresholds"],
        code=fingerprint("score_threshold"),
    log:
        "<logs>/score_threshold.log",
    benchmark:
        "<benchmarks>/score_threshold.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(120),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/score_threshold.py"


rule plot_scores:
    input:
        scores="<results>/evaluation/scores.csv",
        partitions="<results>/evaluation/partitions.csv",
        reliability=files_of_trainings(f"{FOLD_FOLDER}/reliability.csv"),
    output:
        arms=shown(REPORT.dice_by_arm),
        domains=shown(REPORT.dice_by_domain),
        reliability=shown(REPORT.reliability),
    params:
        arms=ARMS,
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


rule plot_predictions:
    input:
        metrics=files_of_trainings(f"{FOLD_FOLDER}/metrics.csv", SEEDS[:1]),
        predictions=files_of_trainings(f"{FOLD_FOLDER}/predictions", SEEDS[:1]),
        statuses=files_of_trainings(f"{FOLD_FOLDER}/status.csv", SEEDS[:1]),
        subjects="<results>/cohort/subjects.csv",
    output:
        shown(REPORT.predictions),
    params:
        figure="predictions",
        contrasts=CONTRASTS,
        label_maps={name: config["cohorts"][name]["label_map"] for name in COHORTS},
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

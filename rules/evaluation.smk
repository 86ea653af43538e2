"""Evaluation: how good are the masks, and for whom?

Reads the predictions of every fold, the cohorts' original labels, the folds, the clusterings that
the configuration names, and the preprocessed FLAIR for the threshold baseline. Writes a
`metrics.csv` a fold, and the threshold baseline.
"""

EVALUATION = config["evaluation"]
METRICS_FILES = [F.metrics.of(**training) for training in TRAININGS]
CLUSTERING_FILES = [clusters_file(one).of_all for one in STUDY.evaluated_clusterings]
SCORING = {
    key: EVALUATION[key] for key in ("regions", "lesions", "lesions_of", "surface_tolerance")
}
HAS_FLAIR = "t2f" in STUDY.contrasts
if STUDY.arms:
    TARGETS += [*METRICS_FILES, *([F.threshold] if HAS_FLAIR else [])]


rule score_fold:
    input:
        predictions=F.predictions,
        reliability=F.reliability,
        status=F.status,
        folds=F.folds,
        subjects=F.subjects,
    output:
        F.metrics,
    params:
        settings=SCORING,
        label_maps={name: config["cohorts"][name]["label_map"] for name in STUDY.cohorts},
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
        subjects=F.subjects,
    output:
        F.threshold,
    params:
        store=STORE,
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

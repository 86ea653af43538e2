"""Anomaly: how unlike healthy tissue is each voxel of a scan, of which no tumour was learnt?

Reads the table of subjects, the folds, and the chunked store. Writes for every protocol, detector,
seed and fold what was learnt, with its history, and the scores of the validation and test subjects:
maps on their original grids, and a row a slice; training curves.
"""

ANOMALY = config["anomaly"]
DETECTIONS = STUDY.detections()
TARGETS += [
    path.of(**detection)
    for detection in DETECTIONS
    for path in (F.detector_weights, F.detector_slices)
]
if STUDY.detectors:
    TARGETS += expand([F.folds, REPORT.anomaly_training], protocol=ANOMALY["protocols"])


wildcard_constraints:
    detector=any_of(STUDY.detectors),


rule train_detector:
    input:
        subjects=F.subjects,
        folds=F.folds,
        standard=STANDARD_SCALE,
        fold_scale=FOLD_SCALE,
    output:
        weights=F.detector_weights,
        history=F.detector_history,
    params:
        store=STORE,
        # Not what becomes of its scores: that asks for no other training.
        detector=lambda wildcards: {
            key: STUDY.detector_row(wildcards.detector)[key]
            for key in ("model", "contrasts", "loss", "train_on", "cohorts", "subjects")
        },
        contrasts=STUDY.contrasts,
        settings=lambda wildcards: ANOMALY["models"][
            STUDY.detector_row(wildcards.detector)["model"]
        ],
        slices=ANOMALY["slices"],
        training=ANOMALY["training"],
        preprocessing=config["preprocessing"],
        seed=config["seed"],
        code=fingerprint("train_detector"),
    log:
        "<logs>/train_detector/{protocol}/{detector}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/train_detector/{protocol}/{detector}/seed{seed}/fold{fold}.tsv"
    threads: ANOMALY["threads"]
    resources:
        mem_mb=memory(ANOMALY["memory_mb"]),
        runtime=minutes(ANOMALY["minutes"]),
        gpu=ANOMALY["gpus"],
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/train_detector.py"


rule score_subjects:
    input:
        subjects=F.subjects,
        folds=F.folds,
        fold_scale=FOLD_SCALE,
        weights=F.detector_weights,
    output:
        scores=directory(F.detector_scores),
        slices=F.detector_slices,
        examples=F.detector_examples,
        settings=F.detector_score,
    params:
        store=STORE,
        kinds=lambda wildcards: STUDY.detector_row(wildcards.detector)["scores"],
        smoothing=ANOMALY["smoothing"],
        code=fingerprint("score_subjects"),
    log:
        "<logs>/score_subjects/{protocol}/{detector}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/score_subjects/{protocol}/{detector}/seed{seed}/fold{fold}.tsv"
    threads: ANOMALY["threads"]
    resources:
        mem_mb=memory(ANOMALY["memory_mb"]),
        runtime=minutes(120),
        gpu=ANOMALY["gpus"],
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/score_subjects.py"


rule plot_detector_training:
    input:
        histories=[F.detector_history.of(**detection) for detection in DETECTIONS],
    output:
        shown(REPORT.anomaly_training),
    params:
        figure="anomaly_training",
        detections=DETECTIONS,
        code=fingerprint("draw_figure", figure="anomaly_training"),
    log:
        "<logs>/plot_detector_training/{protocol}.log",
    benchmark:
        "<benchmarks>/plot_detector_training/{protocol}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

"""Masks of detectors: what does a threshold find, and what does it find in healthy brains?

Reads the maps of scores of every detection, the cohorts' original labels, the folds and the chunked
store. Writes thresholds, what each finds in each test subject, masks on the original grids and their
scores; and over all detections the tables of the wing.
"""

LABEL_MAPS = {name: config["cohorts"][name]["label_map"] for name in STUDY.cohorts}
# Snakemake's own measurement of a training, which no rule has as its output.
TRAINING_TIME = paths.Pattern(
    f"{paths.TIMINGS}/train_detector/{{protocol}}/{{detector}}/seed{{seed}}/fold{{fold}}.tsv"
)
DETECTOR_ROWS = {name: STUDY.detector_row(name) for name in STUDY.detectors}
if STUDY.detectors:
    TARGETS += [F.detector_summary, F.detector_tests, F.detector_slice_scores]
    TARGETS += [F.detector_healthy, F.detector_slice_conventions]
    TARGETS += [F.detector_metrics.of(**detection) for detection in DETECTIONS]


rule count_scores:
    input:
        scores=F.detector_scores,
        folds=F.folds,
        subjects=F.subjects,
    output:
        voxels=F.detector_voxels,
        thresholds=F.detector_thresholds,
        measured=F.detector_measured,
    params:
        kinds=lambda wildcards: STUDY.detector_row(wildcards.detector)["scores"],
        percentiles=ANOMALY["percentiles"],
        label_maps=LABEL_MAPS,
        code=fingerprint("count_scores"),
    log:
        "<logs>/count_scores/{protocol}/{detector}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/count_scores/{protocol}/{detector}/seed{seed}/fold{fold}.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/count_scores.py"


rule mask_subjects:
    input:
        scores=F.detector_scores,
        slices=F.detector_slices,
        thresholds=F.detector_thresholds,
    output:
        directory(F.detector_masks),
    params:
        store=STORE,
        row=lambda wildcards: {
            key: STUDY.detector_row(wildcards.detector)[key] for key in ("scores", "threshold")
        },
        regions=lambda wildcards: ANOMALY["regions"][STUDY.detector_row(wildcards.detector)["post"]],
        code=fingerprint("mask_subjects"),
    log:
        "<logs>/mask_subjects/{protocol}/{detector}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/mask_subjects/{protocol}/{detector}/seed{seed}/fold{fold}.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/mask_subjects.py"


rule score_masks:
    input:
        masks=F.detector_masks,
        scores=F.detector_scores,
        folds=F.folds,
        subjects=F.subjects,
    output:
        metrics=F.detector_metrics,
        slices=F.detector_slice_dice,
    params:
        settings=SCORING,
        row=lambda wildcards: {
            key: STUDY.detector_row(wildcards.detector)[key] for key in ("scores", "threshold")
        },
        label_maps=LABEL_MAPS,
        code=fingerprint("score_masks"),
    log:
        "<logs>/score_masks/{protocol}/{detector}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/score_masks/{protocol}/{detector}/seed{seed}/fold{fold}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(60),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/score_masks.py"


rule summarise_detectors:
    input:
        voxels=of_detections(F.detector_voxels),
        thresholds=of_detections(F.detector_thresholds),
        measured=of_detections(F.detector_measured),
        slices=of_detections(F.detector_slices),
        metrics=of_detections(F.detector_metrics),
        slice_dice=of_detections(F.detector_slice_dice),
        partitions=F.partitions,
        subjects=F.subjects,
    output:
        summary=F.detector_summary,
        tests=F.detector_tests,
        slices=F.detector_slice_scores,
        healthy=F.detector_healthy,
        conventions=F.detector_slice_conventions,
    params:
        detections=DETECTIONS,
        rows=DETECTOR_ROWS,
        timings=[TRAINING_TIME.of(**one).below(RESULTS) for one in DETECTIONS],
        bootstrap=BOOTSTRAP,
        code=fingerprint("summarise_detectors"),
    log:
        "<logs>/summarise_detectors.log",
    benchmark:
        "<benchmarks>/summarise_detectors.tsv"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=minutes(60),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/summarise_detectors.py"

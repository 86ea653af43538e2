"""Examples of detectors: what does each of them see, in tumours and in healthy brains?

Reads maps of scores, masks and tables of every detection. Writes a detector's figures.
"""

if STUDY.detectors:
    TARGETS += expand(
        [REPORT.anomaly_examples, REPORT.anomaly_slices, REPORT.anomaly_healthy],
        protocol=ANOMALY["protocols"],
        detector=STUDY.detectors,
    )


rule plot_detector_slices:
    input:
        slices=of_detector(F.detector_slices),
    output:
        shown(REPORT.anomaly_slices),
    params:
        figure="anomaly_slices",
        code=fingerprint("draw_figure", figure="anomaly_slices"),
    log:
        "<logs>/plot_detector_slices/{protocol}_{detector}.log",
    benchmark:
        "<benchmarks>/plot_detector_slices/{protocol}_{detector}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"


rule plot_detector_examples:
    input:
        metrics=of_detector(F.detector_metrics),
        scores=of_detector(F.detector_scores),
        masks=of_detector(F.detector_masks),
        thresholds=of_detector(F.detector_thresholds),
        examples=of_detector(F.detector_examples),
        subjects=F.subjects,
    output:
        shown(REPORT.anomaly_examples),
    params:
        figure="anomaly_examples",
        kind=lambda wildcards: OWN_SCORES[wildcards.detector],
        contrasts=STUDY.contrasts,
        label_maps=LABEL_MAPS,
        code=fingerprint("draw_figure", figure="anomaly_examples"),
    log:
        "<logs>/plot_detector_examples/{protocol}_{detector}.log",
    benchmark:
        "<benchmarks>/plot_detector_examples/{protocol}_{detector}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"


rule plot_detector_healthy:
    input:
        healthy=F.detector_healthy,
        metrics=of_detector(F.detector_metrics),
        scores=of_detector(F.detector_scores),
        masks=of_detector(F.detector_masks),
        subjects=F.subjects,
    output:
        shown(REPORT.anomaly_healthy),
    params:
        figure="anomaly_healthy",
        kind=lambda wildcards: OWN_SCORES[wildcards.detector],
        contrasts=STUDY.contrasts,
        label_maps=LABEL_MAPS,
        code=fingerprint("draw_figure", figure="anomaly_healthy"),
    log:
        "<logs>/plot_detector_healthy/{protocol}_{detector}.log",
    benchmark:
        "<benchmarks>/plot_detector_healthy/{protocol}_{detector}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

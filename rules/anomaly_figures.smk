"""Figures of detectors: which one is better, and which threshold would have been the right one?

Reads counts, thresholds and tables of every detection. Writes their page and the figures of all
detectors of a protocol.
"""

OWN_SCORES = {name: row["scores"][0] for name, row in DETECTOR_ROWS.items()}
if STUDY.detectors:
    TARGETS += [REPORT.anomaly_page]
    TARGETS += expand(
        [REPORT.anomaly_curves, REPORT.anomaly_thresholds, REPORT.anomaly_volumes],
        protocol=ANOMALY["protocols"],
    )


rule tabulate_detectors:
    input:
        summary=F.detector_summary,
        tests=F.detector_tests,
        slices=F.detector_slice_scores,
        healthy=F.detector_healthy,
        conventions=F.detector_slice_conventions,
    output:
        shown(REPORT.anomaly_page),
    params:
        rows=DETECTOR_ROWS,
        confidence=EVALUATION["bootstrap"]["confidence"],
        code=fingerprint("tabulate_detectors"),
    log:
        "<logs>/tabulate_detectors.log",
    benchmark:
        "<benchmarks>/tabulate_detectors.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/tabulate_detectors.py"


rule plot_detector_curves:
    input:
        voxels=of_detections(F.detector_voxels),
    output:
        shown(REPORT.anomaly_curves),
    params:
        figure="anomaly_curves",
        detections=DETECTIONS,
        scores=OWN_SCORES,
        code=fingerprint("draw_figure", figure="anomaly_curves"),
    log:
        "<logs>/plot_detector_curves/{protocol}.log",
    benchmark:
        "<benchmarks>/plot_detector_curves/{protocol}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"


rule plot_detector_thresholds:
    input:
        voxels=of_detections(F.detector_voxels),
        thresholds=of_detections(F.detector_thresholds),
    output:
        shown(REPORT.anomaly_thresholds),
    params:
        figure="anomaly_thresholds",
        detections=DETECTIONS,
        scores=OWN_SCORES,
        code=fingerprint("draw_figure", figure="anomaly_thresholds"),
    log:
        "<logs>/plot_detector_thresholds/{protocol}.log",
    benchmark:
        "<benchmarks>/plot_detector_thresholds/{protocol}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"


rule plot_detector_volumes:
    input:
        metrics=of_detections(F.detector_metrics),
        subjects=F.subjects,
    output:
        shown(REPORT.anomaly_volumes),
    params:
        figure="anomaly_volumes",
        code=fingerprint("draw_figure", figure="anomaly_volumes"),
    log:
        "<logs>/plot_detector_volumes/{protocol}.log",
    benchmark:
        "<benchmarks>/plot_detector_volumes/{protocol}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

"""Figures of detectors: what do they see, and which threshold would have been the right one?

Reads counts, thresholds, maps of scores, masks and tables of every detection. Writes their figures
and their page for the report.
"""

OWN_SCORES = {name: row["scores"][0] for name, row in DETECTOR_ROWS.items()}
if STUDY.detectors:
    TARGETS += [REPORT.anomaly_page]
    TARGETS += expand(
        [REPORT.anomaly_curves, REPORT.anomaly_thresholds, REPORT.anomaly_volumes],
        protocol=ANOMALY["protocols"],
    )
    TARGETS += expand(
        [REPORT.anomaly_examples, REPORT.anomaly_slices, REPORT.anomaly_healthy],
        protocol=ANOMALY["protocols"],
        detector=STUDY.detectors,
    )


def of_detector(file):
    """The files of a detector's folds and seeds in a protocol, as a function of the wildcards."""

    def files(wildcards):
        protocols, detectors = [wildcards.protocol], [wildcards.detector]
        return [file.of(**one) for one in STUDY.detections(protocols, detectors)]

    return files


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

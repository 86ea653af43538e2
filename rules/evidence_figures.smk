"""Figures of the evidence: which clusterings can be believed, and why not the others?

Reads the sweep, the draws of data without clusters, and the labels of the subsamples.
Writes their table and figures for the report.
"""

TARGETS += [REPORT.evidence_table]
if RESAMPLING_PARTS:
    TARGETS += [REPORT.consensus]


rule plot_evidence:
    input:
        sweep=F.sweep.of_all,
        nulls=expand(NULLS + DEEP_NULLS, scope=""),
    output:
        table=shown(REPORT.evidence_table),
        silhouettes=shown(REPORT.silhouettes_and_null),
        stability=shown(REPORT.stability),
    params:
        selection=CLUSTERING["selection"],
        degenerate_below=CLUSTERING["degenerate_below"],
        reference=EVIDENCE["reference"],
        code=fingerprint("plot_evidence"),
    log:
        "<logs>/plot_evidence.log",
    benchmark:
        "<benchmarks>/plot_evidence.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_evidence.py"


rule plot_consensus:
    input:
        sweep=F.sweep.of_all,
        labels=expand(F.resampled_labels.of_all, part=RESAMPLING_PARTS),
        assignments=expand(F.clusters.of_all, algorithm=ON_FEATURES, k=STUDY.ks),
    output:
        shown(REPORT.consensus),
    params:
        figure="consensus",
        code=fingerprint("draw_figure", figure="consensus"),
    log:
        "<logs>/plot_consensus.log",
    benchmark:
        "<benchmarks>/plot_consensus.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(15),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

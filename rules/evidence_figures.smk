"""Figures of the evidence: which clusterings can be believed, and why not the others?

Reads the sweep, the draws of data without clusters, and the labels of the subsamples.
Writes their table and figures for the report.
"""

EVIDENCE_FIGURES = [REPORT.evidence_table]
if RESAMPLING_PARTS:
    EVIDENCE_FIGURES += [REPORT.consensus]


rule plot_evidence:
    input:
        sweep="<results>/clustering/sweep.csv",
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
        sweep="<results>/clustering/sweep.csv",
        labels=expand("<results>/clustering/evidence/labels_{part}.npz", part=RESAMPLING_PARTS),
        assignments=expand(ASSIGNMENT, scope="", algorithm=ON_FEATURES, k=KS),
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

"""Figures of the clustering: what do the clusters look like, and what are they worth?

Reads the sweep and the clusterings.
Writes their figures and tables for the report.
"""

TARGETS += [REPORT.silhouette_table]


rule plot_clusters:
    input:
        sweep=F.sweep.of_all,
        assignments=expand(F.clusters.of_all, algorithm=STUDY.algorithms, k=STUDY.ks),
    output:
        table=shown(REPORT.silhouette_table),
        curves=shown(REPORT.silhouette_curves),
        sizes=shown(REPORT.cluster_sizes),
    params:
        published=RADIOMICS["table"]["published"],
        deep=DEEP,
        code=fingerprint("plot_clusters"),
    log:
        "<logs>/plot_clusters.log",
    benchmark:
        "<benchmarks>/plot_clusters.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_clusters.py"

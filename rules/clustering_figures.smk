"""Figures of the clustering: what do the clusters look like, and what are they worth?

Reads the sweep and the clusterings.
Writes their figures and tables for the report.
"""

TARGETS += [F.figures.silhouette_table]


rule plot_clusters:
    input:
        sweep=F.sweep.of_all,
        assignments=expand(F.clusters.of_all, algorithm=STUDY.algorithms, k=STUDY.ks),
    output:
        table=report(
            F.figures.silhouette_table,
            caption="captions/silhouette_table.rst",
            category="3 Clustering",
            labels={"item": "Table 2: silhouettes"},
        ),
        curves=report(
            F.figures.silhouette_curves,
            caption="captions/silhouette_curves.rst",
            category="3 Clustering",
            labels={"item": "Silhouettes over k"},
        ),
        sizes=report(
            F.figures.cluster_sizes,
            caption="captions/cluster_sizes.rst",
            category="3 Clustering",
            labels={"item": "Sizes of the clusters"},
        ),
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

"""Figures of the clustering: what do the clusters look like, and what are they worth?

Reads the sweep and the clusterings.
Writes their figures and tables for the report.
"""

CLUSTERING_FIGURES = ["<results>/figures/silhouette_table.html"]


rule plot_clusters:
    input:
        sweep="<results>/clustering/sweep.csv",
        assignments=expand(ASSIGNMENT, scope="", algorithm=ALGORITHMS, k=KS),
    output:
        table=report(
            "<results>/figures/silhouette_table.html",
            caption="captions/silhouette_table.rst",
            category="3 Clustering",
            labels={"item": "Table 2: silhouettes"},
        ),
        curves=report(
            "<results>/figures/silhouette_curves.png",
            caption="captions/silhouette_curves.rst",
            category="3 Clustering",
            labels={"item": "Silhouettes over k"},
        ),
        sizes=report(
            "<results>/figures/cluster_sizes.png",
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

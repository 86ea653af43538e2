"""Maps: how far is each subject from its own cluster, and from the others?

Reads the clusterings, the sweep that says which are selected, what was clustered, and the known
domains.
Writes the silhouette of every subject, and maps of the subjects.
"""

TARGETS += [*expand(REPORT.silhouettes, algorithm=STUDY.algorithms), REPORT.embeddings]


rule plot_silhouettes:
    input:
        sweep=F.sweep.of_all,
        assignments=expand(F.clusters.of_all, k=STUDY.ks, allow_missing=True),
        latents=OWN_SPACES,
        features=[F.clustered_features.of_all],
    output:
        shown(REPORT.silhouettes),
    params:
        figure="silhouettes",
        space=CLUSTERING["features"],
        code=fingerprint("draw_figure", figure="silhouettes"),
    log:
        "<logs>/plot_silhouettes/{algorithm}.log",
    benchmark:
        "<benchmarks>/plot_silhouettes/{algorithm}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(15),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"


rule plot_embeddings:
    input:
        sweep=F.sweep.of_all,
        assignments=expand(F.clusters.of_all, algorithm=STUDY.algorithms, k=STUDY.ks),
        features=[F.clustered_features.of_all],
        subjects=DOMAIN_TABLE,
    output:
        table=F.embedding,
        figure=shown(REPORT.embeddings),
    params:
        space=CLUSTERING["features"],
        clusterings=config["evaluation"]["clusterings"],
        domains=STUDY.cluster_domains,
        seed=config["seed"],
        code=fingerprint("plot_embeddings"),
    log:
        "<logs>/plot_embeddings.log",
    benchmark:
        "<benchmarks>/plot_embeddings.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(20),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_embeddings.py"

"""Sweep: which clusterings can be believed?

Reads the clusterings, the deep ones too, and their evidence.
Writes `clustering/sweep.csv`, which puts all clusterings side by side and says which are selected,
and of each algorithm the selected one as a file of its own.
"""

TARGETS += [F.sweep.of_all, *expand(F.selected_clusters.of_all, algorithm=STUDY.algorithms)]


rule sweep_clusters:
    input:
        features=F.clustered_features,
        common=F.features,
        subjects=DOMAIN_TABLE,
        assignments=expand(F.clusters, algorithm=STUDY.algorithms, k=STUDY.ks, allow_missing=True),
        criteria=expand(
            F.criteria,
            algorithm=ON_FEATURES,
            k=STUDY.ks,
            allow_missing=True,
        ),
        latents=expand(
            F.deep_latents,
            algorithm=DEEP,
            k=STUDY.ks,
            allow_missing=True,
        ),
        nulls=NULLS + DEEP_NULLS,
        stabilities=STABILITIES + DEEP_STABILITIES,
    output:
        F.sweep,
    params:
        features=CLUSTERING["features"],
        domains=STUDY.cluster_domains,
        degenerate_below=CLUSTERING["degenerate_below"],
        selection=CLUSTERING["selection"],
        code=fingerprint("sweep_clusters"),
    log:
        "<logs>/{scope}sweep_clusters.log",
    benchmark:
        "<benchmarks>/{scope}sweep_clusters.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000, per_megabyte=200),
        runtime=minutes(30, per_megabyte=5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/sweep_clusters.py"


rule select_clusters:
    input:
        sweep=F.sweep,
        assignments=expand(F.clusters, k=STUDY.ks, allow_missing=True),
    output:
        assignment=F.selected_clusters,
        decision=F.decision,
    params:
        code=fingerprint("select_clusters"),
    log:
        "<logs>/{scope}select_clusters/{algorithm}.log",
    benchmark:
        "<benchmarks>/{scope}select_clusters/{algorithm}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/select_clusters.py"

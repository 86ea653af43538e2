"""Evidence: which clusterings can be believed?

Reads the clean features and the clusterings.
Writes the silhouettes that the same algorithms reach on data without clusters, the agreement of
their clusters between subsamples, and `clustering/sweep.csv`, which puts all clusterings side by
side, the deep ones too, and says which are selected.
"""

EVIDENCE = CLUSTERING["evidence"]
EVIDENCE_TARGETS = [
    "<results>/clustering/sweep.csv",
    *expand("<results>/clustering/{algorithm}/selected.csv", algorithm=ALGORITHMS),
]
# What the jobs on the features share: the whole sweep, once on each table.
ON_FEATURES_SWEEP = {
    "algorithms": ON_FEATURES,
    "ks": list(KS),
    "settings": {algorithm: CLUSTERING[algorithm] for algorithm in ON_FEATURES},
}


DRAWS, RESAMPLINGS = EVIDENCE["draws"], EVIDENCE["resamplings"]
# Jobs among which they are divided; none where none are asked for.
NULL_PARTS = range(min(EVIDENCE["parts"], DRAWS) if ON_FEATURES else 0)
RESAMPLING_PARTS = range(min(EVIDENCE["parts"], RESAMPLINGS) if ON_FEATURES else 0)
NULLS = expand(
    "<results>/{scope}clustering/evidence/null_{part}.csv", part=NULL_PARTS, allow_missing=True
)
STABILITIES = expand(
    "<results>/{scope}clustering/evidence/stability_{part}.csv",
    part=RESAMPLING_PARTS,
    allow_missing=True,
)


wildcard_constraints:
    part=r"\d+",


rule draw_null:
    input:
        FEATURES,
    output:
        "<results>/{scope}clustering/evidence/null_{part}.csv",
    params:
        features=CLUSTERING["features"],
        sweep=ON_FEATURES_SWEEP,
        numbers=lambda wildcards: list(range(int(wildcards.part), DRAWS, len(NULL_PARTS))),
        reference=EVIDENCE["reference"],
        seed=config["seed"],
        code=fingerprint("draw_null"),
    log:
        "<logs>/{scope}draw_null/{part}.log",
    benchmark:
        "<benchmarks>/{scope}draw_null/{part}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500, per_megabyte=200),
        runtime=minutes(120, per_megabyte=20),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_null.py"


rule resample_clusters:
    input:
        FEATURES,
    output:
        table="<results>/{scope}clustering/evidence/stability_{part}.csv",
        labels="<results>/{scope}clustering/evidence/labels_{part}.npz",
    params:
        features=CLUSTERING["features"],
        sweep=ON_FEATURES_SWEEP,
        numbers=lambda wildcards: list(
            range(int(wildcards.part), RESAMPLINGS, len(RESAMPLING_PARTS))
        ),
        share=EVIDENCE["subsample"],
        seed=config["seed"],
        code=fingerprint("resample_clusters"),
    log:
        "<logs>/{scope}resample_clusters/{part}.log",
    benchmark:
        "<benchmarks>/{scope}resample_clusters/{part}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500, per_megabyte=200),
        runtime=minutes(120, per_megabyte=20),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/resample_clusters.py"


rule sweep_clusters:
    input:
        features=FEATURES,
        common="<results>/{scope}radiomics/features.csv",
        subjects=DOMAIN_TABLE,
        assignments=expand(ASSIGNMENT, algorithm=ALGORITHMS, k=KS, allow_missing=True),
        criteria=expand(
            "<results>/{scope}clustering/{algorithm}/k{k}_criteria.csv",
            algorithm=ON_FEATURES,
            k=KS,
            allow_missing=True,
        ),
        latents=expand(
            "<results>/{scope}clustering/{algorithm}/k{k}_latents.csv",
            algorithm=DEEP,
            k=KS,
            allow_missing=True,
        ),
        nulls=NULLS + DEEP_NULLS,
        stabilities=STABILITIES + DEEP_STABILITIES,
    output:
        "<results>/{scope}clustering/sweep.csv",
    params:
        features=CLUSTERING["features"],
        domains=CLUSTER_DOMAINS,
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
        sweep="<results>/{scope}clustering/sweep.csv",
        assignments=expand(ASSIGNMENT, k=KS, allow_missing=True),
    output:
        assignment="<results>/{scope}clustering/{algorithm}/selected.csv",
        decision="<results>/{scope}clustering/{algorithm}/decision.csv",
    params:
        code=fingerprint("select_clusters"),
    log:
        "<logs>/{scope}select_clusters/{algorithm}.log",
    benchmark:
        "<benchmarks>/{scope}select_clusters/{algorithm}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/select_clusters.py"

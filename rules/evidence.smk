"""Evidence: which clusterings can be believed?

Reads the clean features and the clusterings.
Writes the silhouettes that the same algorithms reach on data without clusters, the agreement of
their clusters between subsamples, and `clustering/sweep.csv`, which puts all clusterings side by
side, the deep ones too, and says which are selected.
"""

EVIDENCE = CLUSTERING["evidence"]
EVIDENCE_TARGETS = ["<results>/clustering/sweep.csv"]
# What the jobs on the features share: the whole sweep, once on each table.
ON_FEATURES_SWEEP = {
    "algorithms": ON_FEATURES,
    "ks": list(KS),
    "settings": {algorithm: CLUSTERING.get(algorithm, {}) for algorithm in ON_FEATURES},
}


DRAWS, RESAMPLINGS = EVIDENCE["draws"], EVIDENCE["resamplings"]
# Jobs among which they are divided; none where none are asked for.
NULL_PARTS = range(min(EVIDENCE["parts"], DRAWS) if ON_FEATURES else 0)
RESAMPLING_PARTS = range(min(EVIDENCE["parts"], RESAMPLINGS) if ON_FEATURES else 0)
NULLS = expand("<results>/clustering/evidence/null_{part}.csv", part=NULL_PARTS)
STABILITIES = expand("<results>/clustering/evidence/stability_{part}.csv", part=RESAMPLING_PARTS)


wildcard_constraints:
    part=r"\d+",


rule draw_null:
    input:
        "<results>/radiomics/features.csv",
    output:
        "<results>/clustering/evidence/null_{part}.csv",
    params:
        features=CLUSTERING["features"],
        sweep=ON_FEATURES_SWEEP,
        numbers=lambda wildcards: list(range(int(wildcards.part), DRAWS, len(NULL_PARTS))),
        reference=EVIDENCE["reference"],
        seed=config["seed"],
        code=fingerprint("draw_null"),
    log:
        "<logs>/draw_null/{part}.log",
    benchmark:
        "<benchmarks>/draw_null/{part}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(120),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_null.py"


rule resample_clusters:
    input:
        "<results>/radiomics/features.csv",
    output:
        table="<results>/clustering/evidence/stability_{part}.csv",
        labels="<results>/clustering/evidence/labels_{part}.npz",
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
        "<logs>/resample_clusters/{part}.log",
    benchmark:
        "<benchmarks>/resample_clusters/{part}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(120),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/resample_clusters.py"


rule sweep_clusters:
    input:
        features="<results>/radiomics/features.csv",
        subjects=COHORT_TARGETS,
        assignments=expand(ASSIGNMENT, algorithm=ALGORITHMS, k=KS),
        criteria=expand(
            "<results>/clustering/{algorithm}/k{k}_criteria.csv", algorithm=ON_FEATURES, k=KS
        ),
        latents=expand("<results>/clustering/{algorithm}/k{k}_latents.csv", algorithm=DEEP, k=KS),
        nulls=NULLS + DEEP_NULLS,
        stabilities=STABILITIES + DEEP_STABILITIES,
    output:
        "<results>/clustering/sweep.csv",
    params:
        features=CLUSTERING["features"],
        domains=KNOWN_DOMAINS,
        degenerate_below=CLUSTERING["degenerate_below"],
        selection=CLUSTERING["selection"],
        code=fingerprint("sweep_clusters"),
    log:
        "<logs>/sweep_clusters.log",
    benchmark:
        "<benchmarks>/sweep_clusters.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/sweep_clusters.py"

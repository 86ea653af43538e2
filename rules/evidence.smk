"""Evidence: do the features hold clusters, and are they found again?

Reads the clean features and the clusterings, and whose scans the subjects are.
Writes the silhouettes that the same algorithms reach on data without clusters, and the agreement
of their clusters between subsamples.
"""

EVIDENCE = CLUSTERING["evidence"]
# What the jobs on the features share: the whole sweep, once on each table.
ON_FEATURES_SWEEP = {
    "algorithms": ON_FEATURES,
    "ks": list(STUDY.ks),
    "settings": {algorithm: CLUSTERING[algorithm] for algorithm in ON_FEATURES},
}
DRAWS, RESAMPLINGS = EVIDENCE["draws"], EVIDENCE["resamplings"]
# Jobs among which they are divided; none where none are asked for.
NULL_PARTS = range(min(EVIDENCE["parts"], DRAWS) if ON_FEATURES else 0)
RESAMPLING_PARTS = range(min(EVIDENCE["parts"], RESAMPLINGS) if ON_FEATURES else 0)
NULLS = expand(F.null, part=NULL_PARTS, allow_missing=True)
STABILITIES = expand(F.stability, part=RESAMPLING_PARTS, allow_missing=True)


wildcard_constraints:
    part=r"\d+",


rule draw_null:
    input:
        features=F.clustered_features,
        subjects=DOMAIN_TABLE,
    output:
        F.null,
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
        features=F.clustered_features,
        subjects=DOMAIN_TABLE,
    output:
        table=F.stability,
        labels=F.resampled_labels,
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

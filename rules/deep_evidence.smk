"""Evidence of the deep clustering: is there more than the same training finds in anything?

Reads what the deep clustering reads, its networks and its clusters.
Writes of every clustering the silhouettes of the same training on items without clusters, and what
other subjects and seeds give. In a fold the same files lie below `folds/{protocol}/fold{fold}/`.
"""

DEEP_NULLS = expand(F.deep_null, algorithm=DEEP, k=STUDY.ks, allow_missing=True)
DEEP_STABILITIES = expand(F.deep_stability, algorithm=DEEP, k=STUDY.ks, allow_missing=True)
FURTHER_SEEDS = [f"_seed{number + 1}" for number in range(DEEP_SETTINGS["evidence"]["seeds"])]


rule assess_deep:
    input:
        data=DEEP_INPUT,
        folds=scope_folds,
        weights=lambda wildcards: F.network.of(
            scope=wildcards.scope, network=NETWORKS[wildcards.algorithm], repetition=""
        ),
        repetitions=lambda wildcards: expand(
            F.network,
            scope=wildcards.scope,
            network=NETWORKS[wildcards.algorithm],
            repetition=FURTHER_SEEDS,
        ),
        assignment=F.clusters,
        subjects=DOMAIN_TABLE,
    output:
        null=F.deep_null,
        stability=F.deep_stability,
    params:
        fold=scope_fold,
        roles=CLUSTERING["fold_roles"],
        features=CLUSTERING["features"],
        phase=DEEP_SETTINGS["phase"],
        settings=lambda wildcards: CLUSTERING[wildcards.algorithm],
        evidence=DEEP_SETTINGS["evidence"],
        share=CLUSTERING["evidence"]["subsample"],
        seed=config["seed"],
        code=fingerprint("assess_deep"),
    log:
        "<logs>/{scope}assess_deep/{algorithm}_k{k}.log",
    benchmark:
        "<benchmarks>/{scope}assess_deep/{algorithm}_k{k}.tsv"
    threads: DEEP_SETTINGS["threads"]
    resources:
        mem_mb=memory(2000 + 6 * IMAGES_MB),
        runtime=minutes(DEEP_SETTINGS["minutes"]),
        gpu=DEEP_SETTINGS["gpus"],
    conda:
        "../envs/training.yaml"
    wildcard_constraints:
        algorithm=DEEP_ALGORITHM,
    script:
        "../workflow_scripts/assess_deep.py"

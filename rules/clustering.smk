"""Clustering: into which clusters do the subjects fall?

Reads the clean features, the autoencoder's latents where they are asked for, and for a clustering
that is fitted in a fold its training subjects.
Writes what is clustered (`clustering/features.csv`, `outliers.csv`), Ward's linkage, which its cuts
share, and `clustering/{algorithm}/k{k}.csv` (a job each, so that another k changes nothing that
exists). In a fold the same files lie below `folds/{protocol}/fold{fold}/`.
"""

CLUSTERING = config["clustering"]
ON_FEATURES = [name for name in STUDY.algorithms if name in CLUSTERERS]
DEEP = [name for name in STUDY.algorithms if name in DEEP_CLUSTERERS]
LINKED = [name for name in ON_FEATURES if CLUSTERERS[name].cuts_linkage]
NEEDS_LATENTS = CLUSTERING["features"]["source"] != "radiomics"
TARGETS += [
    F.clustered_features.of_all,
    *expand(F.clusters.of_all, algorithm=STUDY.algorithms, k=STUDY.ks),
    *([F.linkage.of_all] if LINKED else []),
]

if STUDY.cohorts and STUDY.ks[-1] >= len(STUDY.subjects):
    raise WorkflowError(
        f"clustering: k: {STUDY.ks[-1]} clusters of {len(STUDY.subjects)} subjects; take a smaller number"
    )


rule clean_fold:
    input:
        measured=F.measured,
        folds=scope_folds,
    output:
        features=F.features,
        cleaning=F.cleaning,
    params:
        fold=scope_fold,
        roles=CLUSTERING["fold_roles"],
        selection=None if STUDY.own_tables else RADIOMICS["features"],
        harmonise=RADIOMICS["table"]["harmonise"],
        cleaning=RADIOMICS["cleaning"],
        code=fingerprint("clean_fold"),
    log:
        "<logs>/{scope}clean_fold.log",
    benchmark:
        "<benchmarks>/{scope}clean_fold.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    wildcard_constraints:
        scope=paths.IN_A_FOLD,
    script:
        "../workflow_scripts/clean_fold.py"


rule assemble_features:
    input:
        radiomics=F.features,
        latents=F.network_latents.of(network="vae", repetition="") if NEEDS_LATENTS else [],
        folds=scope_folds,
    output:
        features=F.clustered_features,
        outliers=F.outliers,
    params:
        features=CLUSTERING["features"],
        outliers=CLUSTERING["outliers"],
        fold=scope_fold,
        roles=CLUSTERING["fold_roles"],
        seed=config["seed"],
        code=fingerprint("assemble_features"),
    log:
        "<logs>/{scope}assemble_features.log",
    benchmark:
        "<benchmarks>/{scope}assemble_features.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(15),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/assemble_features.py"


rule link:
    input:
        F.clustered_features,
    output:
        F.linkage,
    params:
        features=CLUSTERING["features"],
        code=fingerprint("link"),
    log:
        "<logs>/{scope}link.log",
    benchmark:
        "<benchmarks>/{scope}link.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500, per_megabyte=200),
        runtime=minutes(15, per_megabyte=5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/link.py"


rule cluster_features:
    input:
        features=F.clustered_features,
        subjects=COHORT_TARGETS,
        linkage=lambda wildcards: [F.linkage] if wildcards.algorithm in LINKED else [],
    output:
        assignment=F.clusters,
        criteria=F.criteria,
    params:
        features=CLUSTERING["features"],
        missing=CLUSTERING["missing"],
        outliers=CLUSTERING["outliers"]["cluster"],
        settings=lambda wildcards: CLUSTERING[wildcards.algorithm],
        seed=config["seed"],
        code=fingerprint("cluster_features"),
    log:
        "<logs>/{scope}cluster_features/{algorithm}_k{k}.log",
    benchmark:
        "<benchmarks>/{scope}cluster_features/{algorithm}_k{k}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500, per_megabyte=200),
        runtime=minutes(30, per_megabyte=5),
    conda:
        "../envs/statistics.yaml"
    wildcard_constraints:
        algorithm=any_of(CLUSTERERS),
    script:
        "../workflow_scripts/cluster_features.py"

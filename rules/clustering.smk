"""Clustering: into which clusters do the subjects fall?

Reads the clean features, the autoencoder's latents where they are asked for, and for a clustering
that is fitted in a fold its training subjects.
Writes what is clustered (`clustering/features.csv`, `outliers.csv`), Ward's linkage, which its cuts
share, and `clustering/{algorithm}/k{k}.csv` (a job each, so that another k changes nothing that
exists). In a fold the same files lie below `folds/{protocol}/fold{fold}/`.
"""

CLUSTERING = config["clustering"]
ALGORITHMS = CLUSTERING["algorithms"]
KS = range(CLUSTERING["k"][0], CLUSTERING["k"][1] + 1)
ON_FEATURES = [name for name in ALGORITHMS if name in CLUSTERERS]
DEEP = [name for name in ALGORITHMS if name in DEEP_CLUSTERERS]
ON_FEATURES_ALGORITHM = any_of(CLUSTERERS)
LINKED = [name for name in ON_FEATURES if CLUSTERERS[name].cuts_linkage]
ASSIGNMENT = "<results>/{scope}clustering/{algorithm}/k{k}.csv"
FEATURES = "<results>/{scope}clustering/features.csv"
LATENTS = "<results>/{scope}clustering/deep/vae_latents.csv"
NEEDS_LATENTS = CLUSTERING["features"]["source"] != "radiomics"
CLUSTERING_TARGETS = [
    "<results>/clustering/features.csv",
    *expand(ASSIGNMENT, scope="", algorithm=ALGORITHMS, k=KS),
    *(["<results>/clustering/ward/linkage.csv"] if LINKED else []),
]

if COHORTS and KS[-1] >= len(SUBJECTS):
    raise WorkflowError(
        f"clustering: k: {KS[-1]} clusters of {len(SUBJECTS)} subjects; take a smaller number"
    )


rule clean_fold:
    input:
        measured="<results>/radiomics/measured.csv",
        folds=scope_folds,
    output:
        features="<results>/{scope,folds/[a-z]+/fold\\d+/}radiomics/features.csv",
        cleaning="<results>/{scope}radiomics/cleaning.csv",
    params:
        fold=scope_fold,
        roles=CLUSTERING["fold_roles"],
        selection=None if OWN_TABLES else RADIOMICS["features"],
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
    script:
        "../workflow_scripts/clean_fold.py"


rule assemble_features:
    input:
        radiomics="<results>/{scope}radiomics/features.csv",
        latents=LATENTS if NEEDS_LATENTS else [],
        folds=scope_folds,
    output:
        features=FEATURES,
        outliers="<results>/{scope}clustering/outliers.csv",
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
        FEATURES,
    output:
        "<results>/{scope}clustering/ward/linkage.csv",
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
        features=FEATURES,
        subjects=COHORT_TARGETS,
        linkage=shared_linkage,
    output:
        assignment=f"<results>/{{scope}}clustering/{{algorithm,{ON_FEATURES_ALGORITHM}}}/k{{k}}.csv",
        criteria="<results>/{scope}clustering/{algorithm}/k{k}_criteria.csv",
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
    script:
        "../workflow_scripts/cluster_features.py"

"""Deep clustering: into which clusters do the subjects' images, or features, fall?

Reads slices of the preprocessed subjects, or the clean features.
Writes the autoencoders that all numbers of clusters share, `clustering/{algorithm}/k{k}.csv` for
each of them (a job each), with the latents and the history of its training. In a fold the same files lie below `folds/{protocol}/fold{fold}/`.
"""

DEEP_SETTINGS = CLUSTERING["deep"]
ON_SLICES = DEEP_SETTINGS["input"] == "slices"
SLICES = CLUSTERING["slices"]
PIXELS = SLICES["size"] ** 3 if SLICES["plane"] == "volume" else SLICES["size"] ** 2
# The images of all subjects, in MB: two bytes a value.
IMAGES_MB = len(STUDY.subjects) * len(STUDY.contrasts) * SLICES["count"] * PIXELS * 2 // 10**6
DEEP_INPUT = F.slices if ON_SLICES else F.features
# A variational autoencoder, or a plain one, from which VaDE starts too (Jiang 2017).
NETWORKS = {name: row.network for name, row in DEEP_CLUSTERERS.items()}
DEEP_ALGORITHM = any_of(NETWORKS)
PRETRAINED = sorted({NETWORKS[algorithm] for algorithm in DEEP})
TARGETS += expand(F.network.of_all, network=PRETRAINED, repetition="")

if DEEP and ON_SLICES and not STUDY.cohorts:
    raise WorkflowError(
        f"clustering: algorithms: {DEEP[0]} clusters images (deep: input: slices), but use: "
        "cohorts names no cohort; take deep: input: features, or leave it out"
    )


wildcard_constraints:
    network="ae|vae",
    repetition="(_seed[1-9][0-9]*)?",


rule slice_subjects:
    input:
        subjects=F.subjects,
    output:
        F.slices,
    params:
        store=STORE,
        contrasts=STUDY.contrasts,
        settings=SLICES,
        code=fingerprint("slice_subjects"),
    log:
        "<logs>/slice_subjects.log",
    benchmark:
        "<benchmarks>/slice_subjects.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500 + 3 * IMAGES_MB),
        runtime=minutes(60),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/slice_subjects.py"


rule pretrain_network:
    input:
        data=DEEP_INPUT,
        folds=scope_folds,
        subjects=DOMAIN_TABLE,
    output:
        weights=F.network,
        history=F.network_history,
        latents=F.network_latents,
    params:
        variational=lambda wildcards: wildcards.network == "vae",
        repetition=lambda wildcards: int(wildcards.repetition.removeprefix("_seed") or 0),
        fold=scope_fold,
        roles=CLUSTERING["fold_roles"],
        features=CLUSTERING["features"],
        network=DEEP_SETTINGS["networks"][DEEP_SETTINGS["input"]],
        settings=DEEP_SETTINGS["pretraining"],
        seed=config["seed"],
        code=fingerprint("pretrain_network"),
    log:
        "<logs>/{scope}pretrain_network/{network}{repetition}.log",
    benchmark:
        "<benchmarks>/{scope}pretrain_network/{network}{repetition}.tsv"
    threads: DEEP_SETTINGS["threads"]
    resources:
        mem_mb=memory(2000 + 6 * IMAGES_MB),
        runtime=minutes(DEEP_SETTINGS["minutes"]),
        gpu=DEEP_SETTINGS["gpus"],
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/pretrain_network.py"


rule cluster_deep:
    input:
        data=DEEP_INPUT,
        folds=scope_folds,
        weights=lambda wildcards: F.network.of(
            scope=wildcards.scope, network=NETWORKS[wildcards.algorithm], repetition=""
        ),
        subjects=COHORT_TARGETS,
    output:
        assignment=F.clusters,
        latents=F.deep_latents,
        history=F.deep_history,
    params:
        fold=scope_fold,
        roles=CLUSTERING["fold_roles"],
        features=CLUSTERING["features"],
        missing=CLUSTERING["missing"],
        phase=DEEP_SETTINGS["phase"],
        settings=lambda wildcards: CLUSTERING[wildcards.algorithm],
        seed=config["seed"],
        code=fingerprint("cluster_deep"),
    log:
        "<logs>/{scope}cluster_deep/{algorithm}_k{k}.log",
    benchmark:
        "<benchmarks>/{scope}cluster_deep/{algorithm}_k{k}.tsv"
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
        "../workflow_scripts/cluster_deep.py"

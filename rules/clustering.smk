"""Clustering: into which hidden domains do the subjects fall?

Reads the clean features.
Writes `clustering/{algorithm}/k{k}.csv` (a job each, so that another k changes nothing that
exists), and Ward's linkage, which its cuts share.
"""

CLUSTERING = config["clustering"]
ALGORITHMS = CLUSTERING["algorithms"]
KS = range(CLUSTERING["k"][0], CLUSTERING["k"][1] + 1)
ON_FEATURES = [name for name in ALGORITHMS if name in ("kmeans", "ward", "gmm", "spectral")]
DEEP = [name for name in ALGORITHMS if name not in ON_FEATURES]
ASSIGNMENT = "<results>/clustering/{algorithm}/k{k}.csv"
CLUSTERING_TARGETS = [
    *expand(ASSIGNMENT, algorithm=ALGORITHMS, k=KS),
    *(["<results>/clustering/ward/linkage.csv"] if "ward" in ALGORITHMS else []),
]

if COHORTS and KS[-1] >= len(SUBJECTS):
    raise WorkflowError(
        f"clustering: k: {KS[-1]} clusters of {len(SUBJECTS)} subjects; take a smaller number"
    )


rule link:
    input:
        "<results>/radiomics/features.csv",
    output:
        "<results>/clustering/ward/linkage.csv",
    params:
        features=CLUSTERING["features"],
        code=fingerprint("link"),
    log:
        "<logs>/link.log",
    benchmark:
        "<benchmarks>/link.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(15),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/link.py"


rule cluster_features:
    input:
        features="<results>/radiomics/features.csv",
        subjects=COHORT_TARGETS,
        linkage=shared_linkage,
    output:
        assignment="<results>/clustering/{algorithm,kmeans|ward|gmm|spectral}/k{k}.csv",
        criteria="<results>/clustering/{algorithm}/k{k}_criteria.csv",
    params:
        features=CLUSTERING["features"],
        missing=CLUSTERING["missing"],
        settings=lambda wildcards: CLUSTERING.get(wildcards.algorithm, {}),
        seed=config["seed"],
        code=fingerprint("cluster_features"),
    log:
        "<logs>/cluster_features/{algorithm}_k{k}.log",
    benchmark:
        "<benchmarks>/cluster_features/{algorithm}_k{k}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/cluster_features.py"

"""Meaning: what kind of subjects does a cluster hold?

Reads the clusterings, the sweep that says which are selected, the features as measured, and what
is known of the subjects.
Writes the clusterings' agreement with known domains (`clustering/agreement.csv`), and of every
algorithm which features tell its clusters apart (`effects.csv`), what each cluster holds
(`profiles.csv`), and a card a cluster.
"""

MEANING = CLUSTERING["meaning"]
# The spaces that a deep clustering made, one a k; nothing of one on features.
OWN_SPACES = lambda wildcards: (
    expand(F.deep_latents.of_all, k=STUDY.ks, **wildcards) if wildcards.algorithm in DEEP else []
)
TARGETS += expand(F.effects, algorithm=STUDY.algorithms)
TARGETS += [F.agreement] if STUDY.cluster_domains else []


rule compare_domains:
    input:
        assignments=expand(F.clusters.of_all, algorithm=STUDY.algorithms, k=STUDY.ks),
        subjects=DOMAIN_TABLE,
    output:
        shown(F.agreement),
    params:
        domains=STUDY.cluster_domains,
        settings={"draws": MEANING["draws"], "seed": config["seed"]},
        code=fingerprint("compare_domains"),
    log:
        "<logs>/compare_domains.log",
    benchmark:
        "<benchmarks>/compare_domains.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(20),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/compare_domains.py"


rule describe_clusters:
    input:
        sweep=F.sweep.of_all,
        assignments=expand(F.clusters.of_all, k=STUDY.ks, allow_missing=True),
        latents=OWN_SPACES,
        features=[F.clustered_features.of_all],
        cleaned=F.features.of_all,
        measured=F.measured,
        cohort=COHORT_TARGETS,
        subjects=DOMAIN_TABLE,
    output:
        effects=shown(F.effects),
        profiles=F.profiles,
        cards=shown(REPORT.cards),
    params:
        store=[STORE] if STUDY.cohorts else [],
        space=CLUSTERING["features"],
        clusterings=config["evaluation"]["clusterings"],
        domains=STUDY.cluster_domains,
        correction=MEANING["correction"],
        code=fingerprint("describe_clusters"),
    log:
        "<logs>/describe_clusters/{algorithm}.log",
    benchmark:
        "<benchmarks>/describe_clusters/{algorithm}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(20),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/describe_clusters.py"

"""Meaning: what kind of subjects does a cluster hold?

Reads the clusterings, the sweep that says which are selected, the features as measured, and what
is known of the subjects.
Writes the clusterings' agreement with known domains (`clustering/agreement.csv`), and of every
algorithm which features tell its clusters apart (`effects.csv`), what each cluster holds
(`profiles.csv`), a card a cluster, the silhouette of every subject, and maps of the subjects.
"""

MEANING = CLUSTERING["meaning"]
MEANING_TARGETS = [
    *expand("<results>/clustering/{algorithm}/effects.csv", algorithm=ALGORITHMS),
    *expand(REPORT.silhouettes, algorithm=ALGORITHMS),
    REPORT.embeddings,
    *(["<results>/clustering/agreement.csv"] if CLUSTER_DOMAINS else []),
]


rule compare_domains:
    input:
        assignments=expand(ASSIGNMENT, scope="", algorithm=ALGORITHMS, k=KS),
        subjects=DOMAIN_TABLE,
    output:
        shown("<results>/clustering/agreement.csv"),
    params:
        domains=CLUSTER_DOMAINS,
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
        sweep="<results>/clustering/sweep.csv",
        assignments=expand(ASSIGNMENT, scope="", k=KS, allow_missing=True),
        latents=latents_of,
        features=expand(FEATURES, scope=""),
        cleaned="<results>/radiomics/features.csv",
        measured="<results>/radiomics/measured.csv",
        cohort=COHORT_TARGETS,
        subjects=DOMAIN_TABLE,
    output:
        effects=shown("<results>/clustering/{algorithm}/effects.csv"),
        profiles="<results>/clustering/{algorithm}/profiles.csv",
        cards=shown(REPORT.cards),
    params:
        store=lambda wildcards, input: [
            str(Path(path).parents[1] / "preprocessed") for path in input.cohort
        ],
        space=CLUSTERING["features"],
        clusterings=config["evaluation"]["clusterings"],
        domains=CLUSTER_DOMAINS,
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


rule plot_silhouettes:
    input:
        sweep="<results>/clustering/sweep.csv",
        assignments=expand(ASSIGNMENT, scope="", k=KS, allow_missing=True),
        latents=latents_of,
        features=expand(FEATURES, scope=""),
    output:
        shown(REPORT.silhouettes),
    params:
        figure="silhouettes",
        space=CLUSTERING["features"],
        code=fingerprint("draw_figure", figure="silhouettes"),
    log:
        "<logs>/plot_silhouettes/{algorithm}.log",
    benchmark:
        "<benchmarks>/plot_silhouettes/{algorithm}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(15),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"


rule plot_embeddings:
    input:
        sweep="<results>/clustering/sweep.csv",
        assignments=expand(ASSIGNMENT, scope="", algorithm=ALGORITHMS, k=KS),
        features=expand(FEATURES, scope=""),
        subjects=DOMAIN_TABLE,
    output:
        table="<results>/clustering/embedding.csv",
        figure=shown(REPORT.embeddings),
    params:
        space=CLUSTERING["features"],
        clusterings=config["evaluation"]["clusterings"],
        domains=CLUSTER_DOMAINS,
        seed=config["seed"],
        code=fingerprint("plot_embeddings"),
    log:
        "<logs>/plot_embeddings.log",
    benchmark:
        "<benchmarks>/plot_embeddings.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(20),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_embeddings.py"

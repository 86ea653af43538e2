"""Clustering: into which hidden domains do the subjects fall?

Reads the clean features, and for the deep clustering slices of the preprocessed subjects.
Writes `clustering/{algorithm}/k{k}.csv` (a job each, so that another k changes nothing that
exists), what the algorithms share (Ward's linkage, the pretrained autoencoder), and
`clustering/sweep.csv` with the figures and the table that put all of them side by side.
"""

CLUSTERING = config["clustering"]
ALGORITHMS = CLUSTERING["algorithms"]
KS = range(CLUSTERING["k"][0], CLUSTERING["k"][1] + 1)
ON_FEATURES = [algorithm for algorithm in ALGORITHMS if algorithm != "vdec"]
DEEP = [algorithm for algorithm in ALGORITHMS if algorithm == "vdec"]
ASSIGNMENT = "<results>/clustering/{algorithm}/k{k}.csv"
SLICES = CLUSTERING["slices"]
PIXELS = SLICES["size"] ** 3 if SLICES["plane"] == "volume" else SLICES["size"] ** 2
# The images of all subjects, in MB: two bytes a value.
IMAGES_MB = len(SUBJECTS) * len(CONTRASTS) * SLICES["count"] * PIXELS * 2 // 10**6
CLUSTERING_TARGETS = [
    "<results>/clustering/sweep.csv",
    "<results>/figures/silhouette_table.html",
    *expand(ASSIGNMENT, algorithm=ALGORITHMS, k=KS),
    *(["<results>/clustering/ward/linkage.csv"] if "ward" in ALGORITHMS else []),
]
if DEEP:
    CLUSTERING_TARGETS += [
        "<results>/clustering/vdec/slices.npz",
        "<results>/clustering/vdec/pretrained.pt",
        "<results>/figures/vdec_latent.png",
    ]

if DEEP and not COHORTS:
    raise WorkflowError(
        "clustering: algorithms: vdec clusters images, but use: cohorts names no cohort; "
        "leave vdec out"
    )
if COHORTS and KS[-1] >= len(SUBJECTS):
    raise WorkflowError(
        f"clustering: k: {KS[-1]} clusters of {len(SUBJECTS)} subjects; take a smaller number"
    )


rule slice_subjects:
    input:
        subjects="<results>/cohort/subjects.csv",
    output:
        "<results>/clustering/vdec/slices.npz",
    params:
        store=store_folder,
        contrasts=CONTRASTS,
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


rule pretrain_vae:
    input:
        "<results>/clustering/vdec/slices.npz",
    output:
        weights="<results>/clustering/vdec/pretrained.pt",
        history="<results>/clustering/vdec/pretrained_history.csv",
        latents="<results>/clustering/vdec/pretrained_latents.csv",
        examples="<results>/clustering/vdec/examples.npz",
    params:
        settings=CLUSTERING["vae"],
        seed=config["seed"],
        code=fingerprint("pretrain_vae"),
    log:
        "<logs>/pretrain_vae.log",
    benchmark:
        "<benchmarks>/pretrain_vae.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000 + 6 * IMAGES_MB),
        runtime=minutes(240),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/pretrain_vae.py"


rule cluster_vdec:
    input:
        slices="<results>/clustering/vdec/slices.npz",
        weights="<results>/clustering/vdec/pretrained.pt",
    output:
        assignment="<results>/clustering/vdec/k{k}.csv",
        latents="<results>/clustering/vdec/k{k}_latents.csv",
        history="<results>/clustering/vdec/k{k}_history.csv",
    params:
        vae=CLUSTERING["vae"],
        settings=CLUSTERING["vdec"],
        seed=config["seed"],
        code=fingerprint("cluster_vdec"),
    log:
        "<logs>/cluster_vdec/k{k}.log",
    benchmark:
        "<benchmarks>/cluster_vdec/k{k}.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000 + 6 * IMAGES_MB),
        runtime=minutes(120),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/cluster_vdec.py"


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


rule sweep_clusters:
    input:
        features="<results>/radiomics/features.csv",
        subjects=COHORT_TARGETS,
        assignments=expand(ASSIGNMENT, algorithm=ALGORITHMS, k=KS),
        criteria=expand(
            "<results>/clustering/{algorithm}/k{k}_criteria.csv", algorithm=ON_FEATURES, k=KS
        ),
        latents=expand("<results>/clustering/{algorithm}/k{k}_latents.csv", algorithm=DEEP, k=KS),
    output:
        "<results>/clustering/sweep.csv",
    params:
        features=CLUSTERING["features"],
        domains=KNOWN_DOMAINS,
        degenerate_below=CLUSTERING["degenerate_below"],
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


rule plot_clusters:
    input:
        sweep="<results>/clustering/sweep.csv",
        assignments=expand(ASSIGNMENT, algorithm=ALGORITHMS, k=KS),
    output:
        table=report(
            "<results>/figures/silhouette_table.html",
            caption="captions/silhouette_table.rst",
            category="3 Clustering",
            labels={"item": "Table 2: silhouettes"},
        ),
        curves=report(
            "<results>/figures/silhouette_curves.png",
            caption="captions/silhouette_curves.rst",
            category="3 Clustering",
            labels={"item": "Silhouettes over k"},
        ),
        sizes=report(
            "<results>/figures/cluster_sizes.png",
            caption="captions/cluster_sizes.rst",
            category="3 Clustering",
            labels={"item": "Sizes of the clusters"},
        ),
    params:
        published=RADIOMICS["table"]["published"],
        code=fingerprint("plot_clusters"),
    log:
        "<logs>/plot_clusters.log",
    benchmark:
        "<benchmarks>/plot_clusters.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_clusters.py"


rule plot_latent:
    input:
        subjects="<results>/cohort/subjects.csv",
        latents=expand("<results>/clustering/vdec/k{k}_latents.csv", k=KS),
        assignments=expand("<results>/clustering/vdec/k{k}.csv", k=KS),
        histories=expand("<results>/clustering/vdec/k{k}_history.csv", k=KS),
        pretraining="<results>/clustering/vdec/pretrained_history.csv",
        examples="<results>/clustering/vdec/examples.npz",
    output:
        latent=report(
            "<results>/figures/vdec_latent.png",
            caption="captions/vdec_latent.rst",
            category="3 Clustering",
            labels={"item": "Latent of the deep clustering (t-SNE)"},
        ),
        reconstructions=report(
            "<results>/figures/vae_reconstructions.png",
            caption="captions/vae_reconstructions.rst",
            category="3 Clustering",
            labels={"item": "Reconstructions by the autoencoder"},
        ),
        training=report(
            "<results>/figures/vdec_training.png",
            caption="captions/vdec_training.rst",
            category="3 Clustering",
            labels={"item": "Training of the deep clustering"},
        ),
    params:
        domains=KNOWN_DOMAINS,
        seed=config["seed"],
        code=fingerprint("plot_latent"),
    log:
        "<logs>/plot_latent.log",
    benchmark:
        "<benchmarks>/plot_latent.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(20),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_latent.py"

"""Figures of the clustering: what do the clusters look like, and what are they worth?

Reads the sweep, the clusterings, and the latents and histories of the deep ones.
Writes their figures and tables for the report.
"""

CLUSTERING_FIGURES = ["<results>/figures/silhouette_table.html"]
if DEEP:
    CLUSTERING_FIGURES += ["<results>/figures/vdec_latent.png"]


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

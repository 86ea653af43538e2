"""Figures of the deep clustering: what did the networks learn, and how did the clusters form?

Reads the networks, the latents and the histories of the deep clusterings.
Writes their figures for the report.
"""

DEEP_FIGURES = expand(REPORT.deep_latent, algorithm=DEEP)
if ON_SLICES:
    DEEP_FIGURES += expand(
        [REPORT.reconstructions, REPORT.traversals],
        network=sorted({NETWORKS[algorithm] for algorithm in DEEP}),
    )


rule show_network:
    input:
        data="<results>/clustering/deep/slices.npz",
        weights="<results>/clustering/deep/{network}.pt",
    output:
        examples="<results>/clustering/deep/{network}_examples.npz",
        traversals="<results>/clustering/deep/{network}_traversals.npz",
    params:
        validation=DEEP_SETTINGS["pretraining"]["validation"],
        seed=config["seed"],
        code=fingerprint("show_network"),
    log:
        "<logs>/show_network/{network}.log",
    benchmark:
        "<benchmarks>/show_network/{network}.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000 + 3 * IMAGES_MB),
        runtime=minutes(30),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/show_network.py"


rule plot_network:
    input:
        examples="<results>/clustering/deep/{network}_examples.npz",
        traversals="<results>/clustering/deep/{network}_traversals.npz",
    output:
        reconstructions=shown(REPORT.reconstructions),
        traversals=shown(REPORT.traversals),
    params:
        code=fingerprint("plot_network"),
    log:
        "<logs>/plot_network/{network}.log",
    benchmark:
        "<benchmarks>/plot_network/{network}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_network.py"


rule plot_latent:
    input:
        subjects=COHORT_TARGETS,
        latents=expand("<results>/clustering/{{algorithm}}/k{k}_latents.csv", k=KS),
        assignments=expand("<results>/clustering/{{algorithm}}/k{k}.csv", k=KS),
        histories=expand("<results>/clustering/{{algorithm}}/k{k}_history.csv", k=KS),
        pretraining=lambda wildcards: (
            f"<results>/clustering/deep/{NETWORKS[wildcards.algorithm]}_history.csv"
        ),
    output:
        latent=shown(REPORT.deep_latent),
        training=shown(REPORT.deep_training),
    params:
        domains=KNOWN_DOMAINS,
        seed=config["seed"],
        code=fingerprint("plot_latent"),
    log:
        "<logs>/plot_latent/{algorithm}.log",
    benchmark:
        "<benchmarks>/plot_latent/{algorithm}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(20),
    conda:
        "../envs/statistics.yaml"
    wildcard_constraints:
        algorithm=DEEP_ALGORITHM,
    script:
        "../workflow_scripts/plot_latent.py"

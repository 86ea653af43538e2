"""Figures of the deep clustering: what did the networks learn, and how did the clusters form?

Reads the networks, the latents and the histories of the deep clusterings.
Writes their figures for the report.
"""

TARGETS += expand(REPORT.deep_latent, algorithm=DEEP)
if ON_SLICES:
    TARGETS += expand([REPORT.reconstructions, REPORT.traversals], network=PRETRAINED)


rule show_network:
    input:
        data=F.slices,
        subjects=F.subjects,
        weights=F.network.of_all.of(repetition=""),
    output:
        examples=F.network_examples,
        traversals=F.network_traversals,
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
        examples=F.network_examples,
        traversals=F.network_traversals,
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
        latents=expand(F.deep_latents.of_all, k=STUDY.ks, allow_missing=True),
        assignments=expand(F.clusters.of_all, k=STUDY.ks, allow_missing=True),
        histories=expand(F.deep_history.of_all, k=STUDY.ks, allow_missing=True),
        pretraining=lambda wildcards: F.network_history.of_all.of(
            network=NETWORKS[wildcards.algorithm], repetition=""
        ),
    output:
        latent=shown(REPORT.deep_latent),
        training=shown(REPORT.deep_training),
    params:
        domains=STUDY.known_domains,
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

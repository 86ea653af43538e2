"""Texture signatures: of which textures is a region made?

Reads the preprocessed subjects and what is known of them.
Writes `texture/{signature}/`: who is tested when, the windows that textures are learnt from, and the
textures of each encoder, fit, number of textures, repetition and fold.
"""

TEXTURE = config["texture"]
SIGNATURES = STUDY.signatures
# Values of float16 of the windows that textures are learnt from, in MB.
PATCHES_MB = TEXTURE["patches"]["number"] * len(STUDY.contrasts) * TEXTURE["patches"]["pixels"] ** 2
PATCHES_MB = PATCHES_MB * 2 // 10**6
TRAINED_ENCODERS = [name for name, row in ENCODERS.items() if row.trains]
TARGETS += expand(F.texture_folds, signature=SIGNATURES)


wildcard_constraints:
    signature=r"[\w.]+",
    encoder=any_of(ENCODERS),
    fit="fold|all",


rule make_texture_folds:
    input:
        subjects=F.subjects,
    output:
        F.texture_folds,
    params:
        settings=lambda wildcards: STUDY.texture_fold_settings(wildcards.signature),
        seed=config["seed"],
        code=fingerprint("make_texture_folds"),
    log:
        "<logs>/make_texture_folds/{signature}.log",
    benchmark:
        "<benchmarks>/make_texture_folds/{signature}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/make_texture_folds.py"


rule cut_texture_patches:
    input:
        subjects=F.subjects,
    output:
        F.texture_patches,
    params:
        store=STORE,
        windows=window_settings,
        number=TEXTURE["patches"]["number"],
        seed=config["seed"],
        code=fingerprint("cut_texture_patches"),
    log:
        "<logs>/cut_texture_patches/{signature}.log",
    benchmark:
        "<benchmarks>/cut_texture_patches/{signature}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500 + 4 * PATCHES_MB),
        runtime=minutes(60),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/cut_texture_patches.py"


rule fit_encoder:
    input:
        patches=F.texture_patches,
        folds=F.texture_folds,
    output:
        model=F.texture_encoder,
        history=F.texture_history,
    params:
        windows=window_settings,
        settings=encoder_settings,
        study={"contrasts": STUDY.contrasts, "preprocessing": config["preprocessing"]},
        seed=config["seed"],
        code=fingerprint("fit_encoder"),
    log:
        "<logs>/fit_encoder/{signature}/{encoder}_{fit}_k{k}_seed{seed}_fold{fold}.log",
    benchmark:
        "<benchmarks>/fit_encoder/{signature}/{encoder}_{fit}_k{k}_seed{seed}_fold{fold}.tsv"
    threads: TEXTURE["network"]["threads"]
    resources:
        mem_mb=memory(1500 + 8 * PATCHES_MB),
        runtime=of_networks(TEXTURE["network"]["minutes"], 60),
        gpu=of_networks(TEXTURE["network"]["gpus"], 0),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/fit_encoder.py"

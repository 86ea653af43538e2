"""Signatures: which share of a region does each texture have, and where is it?

Reads the preprocessed subjects and the textures.
Writes of each encoder, fit, number of textures, repetition and fold `signatures.csv` of all subjects,
and label maps (`maps`) where they are asked for.
"""

for signature, row in SIGNATURES.items():
    TARGETS += [F.texture_signatures.of(**names) for names in STUDY.signings(signature)]
    TARGETS += [F.texture_maps.of(**names) for names in STUDY.signings(signature, row.maps)]


rule sign_subjects:
    input:
        subjects=F.subjects,
        folds=F.texture_folds,
        model=F.texture_encoder,
    output:
        F.texture_signatures,
    params:
        store=STORE,
        code=fingerprint("sign_subjects"),
    log:
        "<logs>/sign_subjects/{signature}/{encoder}_{fit}_k{k}_seed{seed}_fold{fold}.log",
    benchmark:
        "<benchmarks>/sign_subjects/{signature}/{encoder}_{fit}_k{k}_seed{seed}_fold{fold}.tsv"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=minutes(120),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/sign_subjects.py"


rule map_textures:
    input:
        folds=F.texture_folds,
        model=F.texture_encoder,
    output:
        directory(F.texture_maps),
    params:
        store=STORE,
        code=fingerprint("map_textures"),
    log:
        "<logs>/map_textures/{signature}/{encoder}_{fit}_k{k}_seed{seed}_fold{fold}.log",
    benchmark:
        "<benchmarks>/map_textures/{signature}/{encoder}_{fit}_k{k}_seed{seed}_fold{fold}.tsv"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=minutes(60),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/map_textures.py"

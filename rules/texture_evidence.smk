"""Texture evidence: does a signature tell its target, and can that be believed?

Reads the signatures, their folds, radiomics and the truth of phantoms. Writes of each signature
`predictions.csv`, `summary.csv` (each measure with its interval, its null and its corrected p),
`differences.csv`, `importances.csv` and `stability.csv`.
"""

TEXTURE_EVIDENCE = config["texture"]["evidence"]
EXAMINATION = {
    **{key: TEXTURE_EVIDENCE[key] for key in ("classifiers", "draws", "penalty")},
    **{key: TEXTURE_EVIDENCE[key] for key in ("trees", "forest_draws")},
    "seed": config["seed"],
}
EXAMINED = ("predictions", "null", "importances", "stability")
ORGANS = [
    name
    for name, cohort in STUDY.cohorts.items()
    if cohort.simulated and config["cohorts"][name]["simulate"]["kind"] == "parenchyma"
]
TARGETS += expand(F.texture_summary, signature=SIGNATURES)


rule examine_signature:
    input:
        folds=F.texture_folds,
        subjects=F.subjects,
        signatures=signature_files,
    output:
        **{part: F.texture_examined.of(part=part) for part in EXAMINED},
    params:
        target=signature_row("target"),
        protocol=signature_row("protocol"),
        standardise=signature_row("standardise"),
        seeds=signature_row("seeds"),
        folds=folds_of_fit,
        evidence=EXAMINATION,
        code=fingerprint("examine_signature"),
    log:
        "<logs>/examine_signature/{signature}_{encoder}_{fit}_k{k}.log",
    benchmark:
        "<benchmarks>/examine_signature/{signature}_{encoder}_{fit}_k{k}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(120),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/examine_signature.py"


rule examine_baselines:
    input:
        folds=F.texture_folds,
        measured=F.measured,
        truths=expand(F.phantom_truth, cohort=ORGANS),
    output:
        **{part: F.texture_baselines.of(part=part) for part in EXAMINED},
    params:
        target=signature_row("target"),
        protocol=signature_row("protocol"),
        region=lambda wildcards: (
            TEXTURE_EVIDENCE["radiomics_region"] or SIGNATURES[wildcards.signature].region
        ),
        contrasts=signature_row("contrasts"),
        simulated=ORGANS,
        evidence=EXAMINATION,
        code=fingerprint("examine_baselines"),
    log:
        "<logs>/examine_baselines/{signature}.log",
    benchmark:
        "<benchmarks>/examine_baselines/{signature}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(60),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/examine_baselines.py"


rule summarise_signature:
    input:
        folds=F.texture_folds,
        predictions=lambda wildcards: examined_files(wildcards.signature, "predictions"),
        null=lambda wildcards: examined_files(wildcards.signature, "null"),
        importances=lambda wildcards: examined_files(wildcards.signature, "importances"),
        stability=lambda wildcards: examined_files(wildcards.signature, "stability"),
    output:
        predictions=F.texture_predictions,
        summary=shown(F.texture_summary),
        differences=F.texture_differences,
        importances=F.texture_importances,
        stability=F.texture_stability,
    params:
        target=signature_row("target"),
        protocol=signature_row("protocol"),
        bootstrap=config["evaluation"]["bootstrap"],
        seed=config["seed"],
        code=fingerprint("summarise_signature"),
    log:
        "<logs>/summarise_signature/{signature}.log",
    benchmark:
        "<benchmarks>/summarise_signature/{signature}.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/summarise_signature.py"

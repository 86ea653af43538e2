"""Texture page: what do signatures tell, in sentences and tables?

Reads the tables of the evidence; of simulated organs the encoders and the truth. Writes a page of each
signature, and of each encoder what its textures say of the planted ones.
"""

TARGETS += expand(REPORT.texture_page, signature=SIGNATURES)

# Of simulated organs it is known which texture is where.
ORGAN_SUBJECTS = [name for name, (cohort, _) in STUDY.found.items() if cohort.name in ORGANS]
IS_PLANTED = set(ORGANS) == set(STUDY.cohorts) and bool(ORGANS)


rule compare_planted:
    input:
        folds=F.texture_folds,
        models=lambda wildcards: expand(
            F.texture_encoder,
            **wildcards,
            seed=SIGNATURES[wildcards.signature].seeds[0],
            fold=folds_of_fit(wildcards),
        ),
        metadata=[F.metadata.of(subject=name) for name in ORGAN_SUBJECTS],
        truths=[
            F.phantom_image.of(cohort=cohort.name, name=name, kind="truth")
            for cohort, name in map(STUDY.found.get, ORGAN_SUBJECTS)
        ],
    output:
        F.texture_planted,
    params:
        store=STORE,
        subjects=ORGAN_SUBJECTS,
        folds=folds_of_fit,
        model_seed=lambda wildcards: SIGNATURES[wildcards.signature].seeds[0],
        code=fingerprint("compare_planted"),
    log:
        "<logs>/compare_planted/{signature}_{encoder}_{fit}_k{k}.log",
    benchmark:
        "<benchmarks>/compare_planted/{signature}_{encoder}_{fit}_k{k}.tsv"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=minutes(60),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/compare_planted.py"


rule tabulate_signature:
    input:
        planted=planted_files,
        folds=F.texture_folds,
        summary=F.texture_summary,
        differences=F.texture_differences,
        importances=F.texture_importances,
        stability=F.texture_stability,
    output:
        shown(REPORT.texture_page),
    params:
        target=signature_row("target"),
        protocol=signature_row("protocol"),
        fits=signature_row("fits"),
        alpha=TEXTURE_EVIDENCE["alpha"],
        code=fingerprint("tabulate_signature"),
    log:
        "<logs>/tabulate_signature/{signature}.log",
    benchmark:
        "<benchmarks>/tabulate_signature/{signature}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/tabulate_signature.py"

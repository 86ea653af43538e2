"""Texture evidence: does a signature tell its target, and can that be believed?

Reads the signatures, their folds, radiomics and the truth of phantoms. Writes of each signature
`predictions.csv`, `summary.csv` (each measure with its interval, its null and its corrected p),
`differences.csv`, `importances.csv` and `stability.csv`, their page and figures.
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
TARGETS += expand(
    [
        F.texture_summary,
        REPORT.texture_page,
        REPORT.texture_predictions_figure,
        REPORT.texture_areas,
        REPORT.texture_importances_figure,
    ],
    signature=SIGNATURES,
)
# Of simulated organs it is known which texture is where.
ORGAN_SUBJECTS = [name for name, (cohort, _) in STUDY.found.items() if cohort.name in ORGANS]
IS_PLANTED = set(ORGANS) == set(STUDY.cohorts) and bool(ORGANS)
# The model whose maps are shown, of signatures that have any in the folds.
MAPPED = {
    name: (row.maps[0], row.ks[0], "fold")
    for name, row in SIGNATURES.items()
    if row.maps and "fold" in row.fits
}
TARGETS += expand(REPORT.texture_overlay, signature=MAPPED)


def examined_files(signature, part):
    """Return the files of one table of all encoders of a signature, and of its baselines."""
    row = SIGNATURES[signature]
    of_encoders = expand(
        F.texture_examined,
        signature=signature,
        encoder=row.encoders,
        fit=row.fits,
        k=row.ks,
        part=part,
    )
    return [*of_encoders, F.texture_baselines.of(signature=signature, part=part)]


def signature_files(wildcards):
    """Return the signatures of one encoder, all folds of a seed after the other."""
    row = SIGNATURES[wildcards.signature]
    return expand(
        F.texture_signatures,
        **wildcards,
        seed=row.seeds,
        fold=folds_of_fit(wildcards),
    )


def folds_of_fit(wildcards):
    """Return the folds in which textures are learnt: a single one stands for all subjects."""
    return [0] if wildcards.fit == "all" else list(STUDY.texture_folds(wildcards.signature))


def planted_files(wildcards):
    """Return what was planted, of all encoders of a signature, where it is known."""
    row = SIGNATURES[wildcards.signature]
    names = {"encoder": row.encoders, "fit": row.fits, "k": row.ks}
    return expand(F.texture_planted, **wildcards, **names) if IS_PLANTED else []


def shown_maps(wildcards):
    """Return the folders of maps of one model, fold by fold."""
    row = SIGNATURES[wildcards.signature]
    encoder, k, fit = MAPPED[wildcards.signature]
    return expand(
        F.texture_maps,
        signature=wildcards.signature,
        encoder=encoder,
        k=k,
        fit=fit,
        seed=row.seeds[0],
        fold=STUDY.texture_folds(wildcards.signature),
    )


def signature_row(key):
    """Give a key of the wildcards' signature."""
    return lambda wildcards: getattr(SIGNATURES[wildcards.signature], key)


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


rule plot_texture_areas:
    input:
        summary=F.texture_summary,
    output:
        shown(REPORT.texture_areas),
    params:
        figure="texture_areas",
        code=fingerprint("draw_figure", figure="texture_areas"),
    log:
        "<logs>/plot_texture_areas/{signature}.log",
    benchmark:
        "<benchmarks>/plot_texture_areas/{signature}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"


rule plot_texture_predictions:
    input:
        predictions=F.texture_predictions,
    output:
        shown(REPORT.texture_predictions_figure),
    params:
        figure="texture_predictions",
        code=fingerprint("draw_figure", figure="texture_predictions"),
    log:
        "<logs>/plot_texture_predictions/{signature}.log",
    benchmark:
        "<benchmarks>/plot_texture_predictions/{signature}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"


rule plot_texture_importances:
    input:
        importances=F.texture_importances,
    output:
        shown(REPORT.texture_importances_figure),
    params:
        figure="texture_importances",
        code=fingerprint("draw_figure", figure="texture_importances"),
    log:
        "<logs>/plot_texture_importances/{signature}.log",
    benchmark:
        "<benchmarks>/plot_texture_importances/{signature}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"


rule plot_texture_overlay:
    input:
        maps=shown_maps,
        importances=F.texture_importances,
        predictions=F.texture_predictions,
        subjects=F.subjects,
    output:
        shown(REPORT.texture_overlay),
    params:
        figure="texture_overlay",
        contrast=lambda wildcards: SIGNATURES[wildcards.signature].contrasts[0],
        mapped=lambda wildcards: MAPPED[wildcards.signature],
        code=fingerprint("draw_figure", figure="texture_overlay"),
    log:
        "<logs>/plot_texture_overlay/{signature}.log",
    benchmark:
        "<benchmarks>/plot_texture_overlay/{signature}.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

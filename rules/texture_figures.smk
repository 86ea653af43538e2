"""Texture figures: what do signatures tell, in pictures?

Reads the tables of the evidence, the maps and the images. Writes the figures of each
signature.
"""

TARGETS += expand(
    [
        REPORT.texture_predictions_figure,
        REPORT.texture_areas,
        REPORT.texture_importances_figure,
    ],
    signature=SIGNATURES,
)
# The model whose maps are shown, of signatures that have any in the folds.
MAPPED = {
    name: (row.maps[0], row.ks[0], "fold")
    for name, row in SIGNATURES.items()
    if row.maps and "fold" in row.fits
}
TARGETS += expand(REPORT.texture_overlay, signature=MAPPED)


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
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

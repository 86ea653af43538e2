"""Figures of the radiomics: how are the features distributed?

Reads the features as measured, and their summary.
Writes the table and the figure of features for the report.
"""

# Features of a table of one's own are not named by region, ours are shown for the first one.
SHOWN_REGION = None if STUDY.own_tables else RADIOMICS["measure"]["regions"][0]
TARGETS += [REPORT.feature_table, REPORT.feature_distributions]


rule tabulate_features:
    input:
        F.feature_summary,
    output:
        shown(REPORT.feature_table),
    params:
        region=SHOWN_REGION,
        published=RADIOMICS["table"]["published"],
        code=fingerprint("tabulate_features"),
    log:
        "<logs>/tabulate_features.log",
    benchmark:
        "<benchmarks>/tabulate_features.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/tabulate_features.py"


rule plot_features:
    input:
        measured=F.measured,
        subjects=COHORT_TARGETS,
    output:
        shown(REPORT.feature_distributions),
    params:
        figure="radiomics",
        contrasts=STUDY.contrasts,
        region=SHOWN_REGION,
        domains=STUDY.known_domains,
        code=fingerprint("draw_figure", figure="radiomics"),
    log:
        "<logs>/plot_features.log",
    benchmark:
        "<benchmarks>/plot_features.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_figure.py"

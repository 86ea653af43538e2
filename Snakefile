"""cirl: do clusters found without labels help a tumour segmentation to generalise?

Configuration, includes, targets. What depends on what stands in rules/, one file a stage.
"""

from snakemake.utils import min_version

min_version("9.27")


configfile: "config.yaml"


# The demo lies under what was asked for, while that names neither images nor a table of features.
if not config["cohorts"] and not config["radiomics"]["table"]["path"]:

    configfile: "studies/demo.yaml"


include: "rules/common.smk"
include: "rules/shown.smk"
include: "rules/functions.smk"
include: "rules/phantom.smk"
include: "rules/preprocessing.smk"
include: "rules/cohort.smk"
include: "rules/radiomics.smk"
include: "rules/radiomics_figures.smk"
include: "rules/quality.smk"
include: "rules/clustering.smk"
include: "rules/deep_clustering.smk"
include: "rules/deep_evidence.smk"
include: "rules/evidence.smk"
include: "rules/sweep.smk"
include: "rules/evidence_figures.smk"
include: "rules/clustering_figures.smk"
include: "rules/deep_figures.smk"
include: "rules/cluster_meaning.smk"
include: "rules/cluster_maps.smk"
include: "rules/folds.smk"
include: "rules/texture.smk"
include: "rules/texture_signing.smk"
include: "rules/texture_evidence.smk"
include: "rules/texture_page.smk"
include: "rules/texture_figures.smk"
include: "rules/segmentation.smk"
include: "rules/prediction.smk"
include: "rules/anomaly.smk"
include: "rules/evaluation.smk"
include: "rules/summary.smk"
include: "rules/primary.smk"
include: "rules/comparisons.smk"
include: "rules/anomaly_masks.smk"
include: "rules/probes.smk"
include: "rules/score_figures.smk"
include: "rules/score_tables.smk"
include: "rules/anomaly_figures.smk"
include: "rules/anomaly_examples.smk"
include: "rules/model_cards.smk"
include: "rules/provenance.smk"
include: "rules/report.smk"
include: "rules/environments.smk"


rule all:
    default_target: True
    input:
        SUBJECT_TARGETS,
        TARGETS,
        REPORT.provenance,

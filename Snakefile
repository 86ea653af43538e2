"""cirl: do clusters found without labels help a tumour segmentation to generalise?

Configuration, includes, targets. What depends on what stands in rules/, one file a stage.
"""

from snakemake.utils import min_version

min_version("9.27")


configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/phantom.smk"
include: "rules/preprocessing.smk"
include: "rules/cohort.smk"
include: "rules/radiomics.smk"
include: "rules/quality.smk"
include: "rules/clustering.smk"
include: "rules/deep_clustering.smk"
include: "rules/evidence.smk"
include: "rules/evidence_figures.smk"
include: "rules/clustering_figures.smk"
include: "rules/deep_figures.smk"
include: "rules/cluster_meaning.smk"
include: "rules/segmentation.smk"
include: "rules/evaluation.smk"
include: "rules/summary.smk"
include: "rules/comparisons.smk"
include: "rules/probes.smk"
include: "rules/score_tables.smk"


TARGETS = [
    PHANTOM_TARGETS,
    SUBJECT_TARGETS,
    COHORT_TARGETS,
    MONTAGE_TARGETS,
    RADIOMICS_TARGETS,
    QUALITY_TARGETS,
    CLUSTERING_TARGETS,
    EVIDENCE_TARGETS,
    EVIDENCE_FIGURES,
    DEEP_CLUSTERING_TARGETS,
    CLUSTERING_FIGURES,
    DEEP_FIGURES,
    MEANING_TARGETS,
    SEGMENTATION_TARGETS,
    EVALUATION_TARGETS,
    PROBE_TARGETS,
    SCORE_TABLES,
]


include: "rules/provenance.smk"
include: "rules/report.smk"
include: "rules/environments.smk"


rule all:
    default_target: True
    input:
        TARGETS,
        PROVENANCE_TARGETS,

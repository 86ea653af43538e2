"""Probes: what do the features of each arm still tell of domains, and at which dose?

Reads the weights and metrics of every fold, the folds, and the clusterings that are probed. Writes
a `probes.csv` a fold, `evaluation/probes.csv`, and beside the scores what weights do
(`evaluation/dose_response.csv`), with a page that says it in sentences and figures a protocol.
"""

PROBES = config["probes"]
PROBED_ARMS = [arm for arm in STUDY.arms if arm in (PROBES["arms"] or STUDY.arms)]
PROBED_CLUSTERINGS = [str(clustering) for clustering in STUDY.probed_clusterings]
PROBED_FILES = [clusters_file(clustering).of_all for clustering in STUDY.probed_clusterings]
OUTPUT_REGIONS = {"regions": ["WT", "TC", "ET"], "labels": ["NCR", "ED", "ET"]}
if PROBES["domains"] and PROBED_ARMS:
    TARGETS += [F.probes, REPORT.probes_page]


rule probe_fold:
    input:
        subjects=F.subjects,
        folds=F.folds,
        status=F.status,
        weights=F.weights,
        standard=FOLD_SCALE,
        clusterings=PROBED_FILES,
    output:
        F.fold_probes,
    params:
        store=STORE,
        domains=PROBES["domains"],
        clusterings=PROBED_CLUSTERINGS,
        crops=PROBES["crops"],
        hidden=PROBES["hidden"],
        training=SEGMENTATION["training"],
        outputs=SEGMENTATION["outputs"],
        seed=config["seed"],
        code=fingerprint("probe_fold"),
    log:
        "<logs>/probe_fold/{protocol}/{arm}/seed{seed}/fold{fold}.log",
    benchmark:
        "<benchmarks>/probe_fold/{protocol}/{arm}/seed{seed}/fold{fold}.tsv"
    threads: SEGMENTATION["threads"]
    resources:
        mem_mb=memory(SEGMENTATION["memory_mb"]),
        runtime=minutes(60),
        gpu=min(1, SEGMENTATION["gpus"]),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/probe_fold.py"


rule summarise_probes:
    input:
        probes=[F.fold_probes.of(**training) for training in STUDY.trainings(arms=PROBED_ARMS)],
        scores=F.scores,
        subjects=F.subjects,
        clusterings=PROBED_FILES,
    output:
        probes=F.probes,
        dose=F.dose_response,
        page=shown(REPORT.probes_page),
        figures=shown(expand(REPORT.probes, protocol=STUDY.protocols)),
        doses=shown(expand(REPORT.dose, protocol=STUDY.protocols)),
    params:
        arms=STUDY.arm_rows,
        protocols=STUDY.protocols,
        domains=PROBES["domains"],
        clusterings=PROBED_CLUSTERINGS,
        regions=OUTPUT_REGIONS[SEGMENTATION["outputs"]],
        bootstrap={**EVALUATION["bootstrap"], "seed": config["seed"]},
        code=fingerprint("summarise_probes"),
    log:
        "<logs>/summarise_probes.log",
    benchmark:
        "<benchmarks>/summarise_probes.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/summarise_probes.py"

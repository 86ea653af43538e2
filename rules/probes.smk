"""Probes: what do the features of each arm still tell of domains, and at which dose?

Reads the weights and metrics of every fold, the folds, and the clusterings that are probed. Writes
a `probes.csv` a fold, `evaluation/probes.csv`, and beside the scores what weights do
(`evaluation/dose_response.csv`), with a page that says it in sentences and figures a protocol.
"""

PROBES = config["probes"]
PROBED_ARMS = [arm for arm in ARMS if arm in (PROBES["arms"] or ARMS)]
PROBED_CLUSTERINGS = [name for name in PROBES["domains"] if name in clusterings_of(config)]
PROBED_FILES = [
    "<results>/clustering/{}/k{}.csv".format(*name.rsplit("_k", 1)) for name in PROBED_CLUSTERINGS
]
PROBE_TARGETS = (
    ["<results>/evaluation/probes.csv", REPORT.probes_page]
    if PROBES["domains"] and PROBED_ARMS
    else []
)


rule probe_fold:
    input:
        subjects="<results>/cohort/subjects.csv",
        folds="<results>/folds/{protocol}.csv",
        status=f"{FOLD_FOLDER}/status.csv",
        weights=f"{FOLD_FOLDER}/weights.pt",
        standard=FOLD_SCALE,
        clusterings=PROBED_FILES,
    output:
        f"{FOLD_FOLDER}/probes.csv",
    params:
        store=store_folder,
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
        probes=[
            f"{FOLD_FOLDER}/probes.csv".format(**training)
            for training in trainings(arms=PROBED_ARMS)
        ],
        scores=COLLECTED_SCORES,
        subjects="<results>/cohort/subjects.csv",
        clusterings=PROBED_FILES,
    output:
        probes="<results>/evaluation/probes.csv",
        dose="<results>/evaluation/dose_response.csv",
        page=shown(REPORT.probes_page),
        figures=shown(expand(REPORT.probes, protocol=PROTOCOLS)),
        doses=shown(expand(REPORT.dose, protocol=PROTOCOLS)),
    params:
        arms=arm_rows(),
        protocols=PROTOCOLS,
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

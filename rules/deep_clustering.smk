"""Deep clustering: into which hidden domains do the subjects' images fall?

Reads slices of the preprocessed subjects.
Writes the autoencoder that all numbers of clusters share, and for each of them its own
`clustering/vdec/k{k}.csv`, with the latents and the history of its training.
"""

SLICES = CLUSTERING["slices"]
PIXELS = SLICES["size"] ** 3 if SLICES["plane"] == "volume" else SLICES["size"] ** 2
# The images of all subjects, in MB: two bytes a value.
IMAGES_MB = len(SUBJECTS) * len(CONTRASTS) * SLICES["count"] * PIXELS * 2 // 10**6
# Tables of draws and of resamplings of the deep clusterings.
DEEP_NULLS, DEEP_STABILITIES = [], []
DEEP_CLUSTERING_TARGETS = (
    ["<results>/clustering/vdec/slices.npz", "<results>/clustering/vdec/pretrained.pt"]
    if DEEP
    else []
)

if DEEP and not COHORTS:
    raise WorkflowError(
        "clustering: algorithms: vdec clusters images, but use: cohorts names no cohort; "
        "leave vdec out"
    )


rule slice_subjects:
    input:
        subjects="<results>/cohort/subjects.csv",
    output:
        "<results>/clustering/vdec/slices.npz",
    params:
        store=store_folder,
        contrasts=CONTRASTS,
        settings=SLICES,
        code=fingerprint("slice_subjects"),
    log:
        "<logs>/slice_subjects.log",
    benchmark:
        "<benchmarks>/slice_subjects.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500 + 3 * IMAGES_MB),
        runtime=minutes(60),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/slice_subjects.py"


rule pretrain_vae:
    input:
        "<results>/clustering/vdec/slices.npz",
    output:
        weights="<results>/clustering/vdec/pretrained.pt",
        history="<results>/clustering/vdec/pretrained_history.csv",
        latents="<results>/clustering/vdec/pretrained_latents.csv",
        examples="<results>/clustering/vdec/examples.npz",
    params:
        settings=CLUSTERING["vae"],
        seed=config["seed"],
        code=fingerprint("pretrain_vae"),
    log:
        "<logs>/pretrain_vae.log",
    benchmark:
        "<benchmarks>/pretrain_vae.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000 + 6 * IMAGES_MB),
        runtime=minutes(240),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/pretrain_vae.py"


rule cluster_vdec:
    input:
        slices="<results>/clustering/vdec/slices.npz",
        weights="<results>/clustering/vdec/pretrained.pt",
    output:
        assignment="<results>/clustering/vdec/k{k}.csv",
        latents="<results>/clustering/vdec/k{k}_latents.csv",
        history="<results>/clustering/vdec/k{k}_history.csv",
    params:
        vae=CLUSTERING["vae"],
        settings=CLUSTERING["vdec"],
        seed=config["seed"],
        code=fingerprint("cluster_vdec"),
    log:
        "<logs>/cluster_vdec/k{k}.log",
    benchmark:
        "<benchmarks>/cluster_vdec/k{k}.tsv"
    threads: 1
    resources:
        mem_mb=memory(2000 + 6 * IMAGES_MB),
        runtime=minutes(120),
    conda:
        "../envs/training.yaml"
    script:
        "../workflow_scripts/cluster_vdec.py"

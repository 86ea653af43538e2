"""Phantoms: what would a cohort look like whose domains and tumours are known exactly?

Reads nothing but the configuration of a cohort's `simulate`.
Writes `phantom/{cohort}/`: a BraTS-like folder a subject, and the truth in `participants.tsv`.
The montage shows any cohort, simulated or not, from the store.
"""

MONTAGE_TARGETS = ["<results>/figures/montage.png"] if COHORTS else []
PHANTOM_TARGETS = [
    path
    for cohort, name in FOUND.values()
    if config["cohorts"][cohort.name].get("simulate")
    for path in cohort.paths(name)
]


rule simulate_subject:
    output:
        expand(
            "<results>/phantom/{{cohort}}/{{name}}/{{name}}-{kind}.nii.gz",
            kind=["t1n", "t1c", "t2w", "t2f", "seg"],
        ),
    params:
        seed=config["seed"],
        settings=simulation,
        code=fingerprint("simulate_subject"),
    log:
        "<logs>/simulate_subject/{cohort}_{name}.log",
    benchmark:
        "<benchmarks>/simulate_subject/{cohort}_{name}.tsv"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=minutes(15),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/simulate_subject.py"


rule simulate_participants:
    output:
        "<results>/phantom/{cohort}/participants.tsv",
    params:
        subjects=lambda wildcards: config["cohorts"][wildcards.cohort]["simulate"]["subjects"],
        seed=config["seed"],
        settings=simulation,
        code=fingerprint("simulate_participants"),
    log:
        "<logs>/simulate_participants/{cohort}.log",
    benchmark:
        "<benchmarks>/simulate_participants/{cohort}.tsv"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/simulate_participants.py"


rule plot_montage:
    input:
        subjects="<results>/cohort/subjects.csv",
    output:
        report(
            "<results>/figures/montage.png",
            caption="captions/montage.rst",
            category="1 Cohort",
            labels={"figure": "images and labels of one subject a domain"},
        ),
    params:
        store=store_folder,
        domains={name: config["cohorts"][name]["domains"] for name in COHORTS},
        contrasts=CONTRASTS,
        rows=8,
        code=fingerprint("plot_montage"),
    log:
        "<logs>/plot_montage.log",
    benchmark:
        "<benchmarks>/plot_montage.tsv"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(15),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_montage.py"

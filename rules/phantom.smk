"""Phantoms: what would a cohort look like whose domains and tumours are known exactly?

Reads nothing but the configuration of a cohort's `simulate`.
Writes `phantom/{cohort}/`: a BraTS-like folder a subject, and the truth in `participants.tsv`.
The montage shows any cohort, simulated or not, from the store.
"""

MONTAGE_TARGETS = [REPORT.montage] if COHORTS else []
SIMULATED = {
    subject: (cohort, name)
    for subject, (cohort, name) in FOUND.items()
    if config["cohorts"][cohort.name].get("simulate")
}
PHANTOM_TARGETS = [path for cohort, name in SIMULATED.values() for path in cohort.paths(name)]
# Cohort and name of those that a job simulates; where it is one, they are wildcards.
SIMULATED_BATCHES = (
    {"{cohort}_{name}": [("{cohort}", "{name}")]}
    if config["batch"] == 1
    else {
        batch: [(FOUND[subject][0].name, FOUND[subject][1]) for subject in subjects]
        for batch, subjects in batches_of(sorted(SIMULATED)).items()
    }
)


for batch in SIMULATED_BATCHES:

    rule:
        name:
            rule_of("simulate_subject", batch)
        output:
            [
                f"<results>/phantom/{cohort}/{name}/{name}-{kind}.nii.gz"
                for cohort, name in SIMULATED_BATCHES[batch]
                for kind in ["t1n", "t1c", "t2w", "t2f", "seg"]
            ],
        params:
            seed=config["seed"],
            subjects=simulations(SIMULATED_BATCHES[batch]),
            attempts=ATTEMPTS,
            code=fingerprint("simulate_subject"),
        log:
            f"<logs>/simulate_subject/{batch}.log",
        benchmark:
            f"<benchmarks>/simulate_subject/{batch}.tsv"
        retries: ATTEMPTS - 1
        threads: 1
        resources:
            mem_mb=memory(3000),
            runtime=minutes(5 + 2 * len(SIMULATED_BATCHES[batch])),
            subject_minutes=minutes(5),
            attempt=attempt_number,
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
        settings=lambda wildcards: simulation(wildcards.cohort),
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
        shown(REPORT.montage),
    params:
        figure="montage",
        store=store_folder,
        domains={name: config["cohorts"][name]["domains"] for name in COHORTS},
        contrasts=CONTRASTS,
        rows=8,
        code=fingerprint("draw_figure", figure="montage"),
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
        "../workflow_scripts/draw_figure.py"

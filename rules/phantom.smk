"""Phantoms: what would a cohort look like whose domains and tumours are known exactly?

Reads nothing but the configuration of a cohort's `simulate`.
Writes `phantom/{cohort}/`: a BraTS-like folder a subject, and the truth in `participants.tsv`.
The montage shows any cohort, simulated or not, from the store.
"""

SIMULATED = {
    subject: (cohort.name, name)
    for subject, (cohort, name) in STUDY.found.items()
    if cohort.simulated
}
SUBJECT_TARGETS += [
    path for cohort, name in SIMULATED.values() for path in STUDY.cohorts[cohort].paths(name)
]
TARGETS += [REPORT.montage] if STUDY.cohorts else []
# Cohort and name of those that a job simulates; where it is one, they are wildcards.
SIMULATED_BATCHES = (
    {"{cohort}_{name}": [("{cohort}", "{name}")]}
    if config["batch"] == 1
    else {
        batch: [SIMULATED[subject] for subject in subjects]
        for batch, subjects in STUDY.batches_of(sorted(SIMULATED)).items()
    }
)


for batch in SIMULATED_BATCHES:

    rule:
        name:
            STUDY.rule_of("simulate_subject", batch)
        output:
            [
                F.phantom_image.of(cohort=cohort, name=name, kind=kind)
                for cohort, name in SIMULATED_BATCHES[batch]
                for kind in ["t1n", "t1c", "t2w", "t2f", "seg"]
            ],
        params:
            seed=config["seed"],
            subjects=INPUTS.simulations(SIMULATED_BATCHES[batch]),
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
        F.phantom_participants,
    params:
        subjects=lambda wildcards: config["cohorts"][wildcards.cohort]["simulate"]["subjects"],
        first=lambda wildcards: config["cohorts"][wildcards.cohort]["simulate"]["first"],
        seed=config["seed"],
        settings=lambda wildcards: STUDY.simulation(wildcards.cohort),
        code=fingerprint("simulate_participants"),
    log:
        "<logs>/simulate_participants/{cohort}.log",
    benchmark:
        "<benchmarks>/simulate_participants/{cohort}.tsv"
    localrule: True
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
        subjects=F.subjects,
    output:
        shown(REPORT.montage),
    params:
        figure="montage",
        store=STORE,
        domains={name: config["cohorts"][name]["domains"] for name in STUDY.cohorts},
        contrasts=STUDY.contrasts,
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

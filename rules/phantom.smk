"""Phantoms: what would a cohort look like whose domains and tumours are known exactly?

Reads nothing but the configuration of a cohort's `simulate`.
Writes `phantom/{cohort}/`: a BraTS-like folder a subject, the truth in `participants.tsv`, of organs `truth.csv`. The
montage shows any cohort, from the store.
"""

SIMULATED = {
    subject: (cohort.name, name)
    for subject, (cohort, name) in STUDY.found.items()
    if cohort.simulated
}
SIMULATED_IMAGES = {
    "brain": ["t1n", "t1c", "t2w", "t2f", "seg"],
    "parenchyma": ["t1n", "seg", "truth"],
}
SIMULATED_RULES = {"brain": "simulate_subject", "parenchyma": "simulate_organ"}
SUBJECT_TARGETS += [
    path for cohort, name in SIMULATED.values() for path in STUDY.cohorts[cohort].paths(name)
]
TARGETS += [REPORT.montage] if STUDY.cohorts else []
TARGETS += expand(F.phantom_truth, cohort=STUDY.simulated_cohorts("parenchyma"))


SIMULATED_BATCHES = {
    (kind, batch): subjects
    for kind in SIMULATED_IMAGES
    for batch, subjects in simulated_batches(kind).items()
}


for kind, batch in SIMULATED_BATCHES:

    rule:
        name:
            STUDY.rule_of(SIMULATED_RULES[kind], batch)
        output:
            [
                F.phantom_image.of(cohort=cohort, name=name, kind=image)
                for cohort, name in SIMULATED_BATCHES[kind, batch]
                for image in SIMULATED_IMAGES[kind]
            ],
        params:
            seed=config["seed"],
            subjects=INPUTS.simulations(SIMULATED_BATCHES[kind, batch]),
            attempts=ATTEMPTS,
            code=fingerprint("simulate_subject"),
        log:
            f"<logs>/{SIMULATED_RULES[kind]}/{batch}.log",
        benchmark:
            f"<benchmarks>/{SIMULATED_RULES[kind]}/{batch}.tsv"
        retries: ATTEMPTS - 1
        threads: 1
        resources:
            mem_mb=memory(3000),
            runtime=minutes(5 + 2 * len(SIMULATED_BATCHES[kind, batch])),
            subject_minutes=minutes(5),
            attempt=attempt_number,
        conda:
            "../envs/imaging.yaml"
        wildcard_constraints:
            cohort=any_of(STUDY.simulated_cohorts(kind)),
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


rule tell_phantom_truth:
    output:
        F.phantom_truth,
    params:
        subjects=lambda wildcards: config["cohorts"][wildcards.cohort]["simulate"]["subjects"],
        first=lambda wildcards: config["cohorts"][wildcards.cohort]["simulate"]["first"],
        seed=config["seed"],
        settings=lambda wildcards: STUDY.simulation(wildcards.cohort),
        code=fingerprint("tell_phantom_truth"),
    log:
        "<logs>/tell_phantom_truth/{cohort}.log",
    benchmark:
        "<benchmarks>/tell_phantom_truth/{cohort}.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    conda:
        "../envs/imaging.yaml"
    script:
        "../workflow_scripts/tell_phantom_truth.py"


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

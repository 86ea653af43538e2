"""The primary endpoint: is an arm better than the baseline, and than its controls?

Reads all scores. Writes to `evaluation/` the comparisons that the configuration fixes beforehand.
"""

from cirl.configuration.arm_kinds import kind_of_arm, placebos_of, sampling_controls_of

KINDS = {arm: kind_of_arm(row) for arm, row in STUDY.arm_rows.items()}
PLACEBOS = placebos_of(STUDY.arm_rows)
CONTROLS = sampling_controls_of(STUDY.arm_rows)
if STUDY.arms:
    TARGETS += [F.primary]


rule test_primary:
    input:
        scores=F.scores,
    output:
        shown(F.primary),
    params:
        kinds=KINDS,
        placebos=PLACEBOS,
        controls=CONTROLS,
        endpoint={
            **EVALUATION["primary"],
            "confidence": EVALUATION["bootstrap"]["confidence"],
        },
        code=fingerprint("test_primary"),
    log:
        "<logs>/test_primary.log",
    benchmark:
        "<benchmarks>/test_primary.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/test_primary.py"

"""Provenance: how did the results come about?

Reads `provenance.json`, which every run writes at its beginning, and what the jobs say of
themselves in their logs; after all other files are made. Writes the page that shows it in the
report. Nothing depends on either.
"""

# Where it stands, and what it is gathered from.
PROVENANCE = {
    "path": F.provenance.below(RESULTS),
    "logs": paths.LOGS.below(RESULTS),
    "subjects": F.subjects.below(RESULTS),
    "metadata": F.metadata.below(RESULTS),
}


rule show_provenance:
    input:
        TARGETS,
    output:
        shown(REPORT.provenance),
    params:
        provenance=PROVENANCE,
        code=fingerprint("show_provenance"),
    log:
        "<logs>/show_provenance.log",
    benchmark:
        "<benchmarks>/show_provenance.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/show_provenance.py"

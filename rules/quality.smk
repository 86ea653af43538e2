"""Quality control: who is excluded and why, and who is far from the others of its cohort?

Reads what preprocessing says of every subject, and what became of each region of it.
Writes `cohort/quality.csv` (a row a subject: its numbers, whether it is an outlier, and why), the
figures of exclusions, regions and features by cohort, a page that lists them, and the contact
sheet: every subject as a thumbnail, outliers first, an image a page.
"""

QUALITY = config["quality"]
SHOWN_CONTRAST = QUALITY["contact_sheet"]["contrast"] or (
    "t2f" if "t2f" in STUDY.contrasts else STUDY.contrasts[0]
)
# A study that brings its own table has measured no region.
REGION_STATUSES = [] if STUDY.own_tables else [F.region_statuses]
if STUDY.cohorts:
    TARGETS += [F.quality, REPORT.exclusions, REPORT.quality_page, REPORT.contact_sheet]
if STUDY.cohorts and REGION_STATUSES:
    TARGETS += [REPORT.regions, REPORT.distributions]


rule check_quality:
    input:
        subjects=F.subjects,
    output:
        F.quality,
    params:
        store=STORE,
        contrasts=STUDY.contrasts,
        settings=QUALITY["outliers"],
        code=fingerprint("check_quality"),
    log:
        "<logs>/check_quality.log",
    benchmark:
        "<benchmarks>/check_quality.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(15),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/check_quality.py"


rule plot_exclusions:
    input:
        subjects=F.subjects,
        quality=F.quality,
        unmatched=F.unmatched,
        statuses=REGION_STATUSES,
    output:
        figure=shown(REPORT.exclusions),
        page=shown(REPORT.quality_page),
    params:
        code=fingerprint("plot_exclusions"),
    log:
        "<logs>/plot_exclusions.log",
    benchmark:
        "<benchmarks>/plot_exclusions.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_exclusions.py"


rule plot_regions:
    input:
        subjects=F.subjects,
        statuses=F.region_statuses,
        measured=F.measured,
    output:
        statuses=shown(REPORT.regions),
        distributions=shown(REPORT.distributions),
    params:
        regions=RADIOMICS["measure"]["regions"],
        contrasts=STUDY.contrasts,
        outliers=QUALITY["outliers"],
        code=fingerprint("plot_regions"),
    log:
        "<logs>/plot_regions.log",
    benchmark:
        "<benchmarks>/plot_regions.tsv"
    localrule: True
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/plot_regions.py"


rule draw_contact_sheet:
    input:
        subjects=F.subjects,
        quality=F.quality,
    output:
        shown(directory(REPORT.contact_sheet)),
    params:
        store=STORE,
        contrast=SHOWN_CONTRAST,
        tiles=QUALITY["contact_sheet"]["tiles"],
        code=fingerprint("draw_contact_sheet"),
    log:
        "<logs>/draw_contact_sheet.log",
    benchmark:
        "<benchmarks>/draw_contact_sheet.tsv"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=minutes(30),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/draw_contact_sheet.py"

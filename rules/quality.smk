"""Quality control: who is excluded and why, and who is far from the others of its cohort?

Reads what preprocessing says of every subject, and what became of each region of it.
Writes `cohort/quality.csv` (a row a subject: its numbers, whether it is an outlier, and why), the
figures of exclusions, regions and features by cohort, a page that lists them, and the contact
sheet: every subject as a thumbnail, outliers first, an image a page.
"""

QUALITY = config["quality"]
QUALITY_TARGETS = [
    "<results>/cohort/quality.csv",
    REPORT.exclusions,
    REPORT.quality_page,
    REPORT.contact_sheet,
]
SHOWN_CONTRAST = QUALITY["contact_sheet"]["contrast"] or (
    "t2f" if "t2f" in CONTRASTS else CONTRASTS[0]
)
# A study that brings its own table has measured no region.
REGION_STATUSES = [] if OWN_TABLES else ["<results>/radiomics/statuses.csv"]
if REGION_STATUSES:
    QUALITY_TARGETS += [
        REPORT.regions,
        REPORT.distributions,
    ]
if not COHORTS:
    QUALITY_TARGETS = []


rule check_quality:
    input:
        subjects="<results>/cohort/subjects.csv",
    output:
        "<results>/cohort/quality.csv",
    params:
        store=store_folder,
        contrasts=CONTRASTS,
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
        subjects="<results>/cohort/subjects.csv",
        quality="<results>/cohort/quality.csv",
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
        subjects="<results>/cohort/subjects.csv",
        statuses="<results>/radiomics/statuses.csv",
        measured="<results>/radiomics/measured.csv",
    output:
        statuses=shown(REPORT.regions),
        distributions=shown(REPORT.distributions),
    params:
        regions=RADIOMICS["measure"]["regions"],
        contrasts=CONTRASTS,
        outliers=QUALITY["outliers"],
        code=fingerprint("plot_regions"),
    log:
        "<logs>/plot_regions.log",
    benchmark:
        "<benchmarks>/plot_regions.tsv"
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
        subjects="<results>/cohort/subjects.csv",
        quality="<results>/cohort/quality.csv",
    output:
        shown(directory(REPORT.contact_sheet)),
    params:
        store=store_folder,
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

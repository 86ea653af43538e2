"""What the report shows: how does a rule mark a result for it?

Reads `report.yaml`, whose rows say what stands beside each result.
"""

from cirl.report.specification import read_specification, write_captions

SPECIFICATION = read_specification(f"{workflow.basedir}/rules/report.yaml")
# The paths of what the report alone shows, by the names of its rows.
REPORT = SPECIFICATION.paths
# Snakemake reads captions from files alone; what runs a single job reads none.
CAPTIONS = Path(".snakemake/captions").absolute()
if workflow.is_main_process:
    write_captions(SPECIFICATION, CAPTIONS)


def shown(path):
    """Mark a result for the report, as its row in rules/report.yaml says."""
    item = SPECIFICATION.item_of(path)
    return report(
        path,
        caption=f"{CAPTIONS}/{item.name}.rst",
        category=item.section,
        subcategory=item.subsection,
        labels=item.labels,
        patterns=[item.pages] if item.pages else [],
    )

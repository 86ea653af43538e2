"""Compare every clustering with every known domain."""

from cirl.clustering.agreement import AgreementSettings, agreement_table
from cirl.clustering.assignments import read_domains
from cirl.clustering.sweep import read_labelings
from cirl.running.job import start_job
from cirl.study.tables.clustering import AGREEMENT
from cirl.study.tables.cohort import SUBJECTS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
subjects = snakemake.input.subjects[0]
table = agreement_table(
    read_labelings(snakemake.input.assignments, [], []),
    read_domains(subjects, snakemake.params.domains),
    AgreementSettings(**snakemake.params.settings),
    SUBJECTS.read(subjects, {"subject", "patient"}).set_index("subject")["patient"],
)
AGREEMENT.write(table, snakemake.output[0])

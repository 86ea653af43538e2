"""Link the subjects by Ward's method, once for every number of clusters."""

from cirl.clustering.assembly import read_assembled
from cirl.clustering.features import FeatureSpace, project
from cirl.clustering.linkage import save_linkage, ward_linkage
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
space = FeatureSpace(**snakemake.params.features)
values = project(read_assembled(snakemake.input[0]).fitted, space)
save_linkage(ward_linkage(values), snakemake.output[0])

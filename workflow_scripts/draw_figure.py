"""Draw a rule's figure by ``draw`` of its module, which gets what it asks for by name.

That is the rule's wildcards, its params, and the paths of its inputs.
"""

from importlib import import_module
from inspect import signature

from cirl.report.figures.style import save, use_style
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
draw = import_module(f"cirl.report.figures.{snakemake.params.figure}").draw
given = {
    name: value
    for group in (snakemake.wildcards, snakemake.params, snakemake.input)
    for name, value in group.items()
}
save(draw(**{name: given[name] for name in signature(draw).parameters}), snakemake.output[0])

"""Environments: what do the jobs run in?

Reads the configuration's names of environment modules. Each rule states its conda environment in
its own file; a cluster that offers modules names one list of them for each of these environments.
Used with `--sdm env-modules`; a job with another list is another job.
"""

from snakemake.deployment.env_modules import EnvModules

# What `envmodules:` would say in every rule, where only this cluster's names would differ.
for each_rule in workflow.rules:
    environment = each_rule.conda_env and Path(each_rule.conda_env).stem
    if config["modules"].get(environment):
        each_rule.env_modules = EnvModules(*config["modules"][environment])

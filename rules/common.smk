"""What all rules share: the checked configuration, the study's names and files, and small helpers.

`STUDY` holds what there is in the study, by name; `F` where each file lies (see `cirl.study`).
Reads the configuration, the names in the cohorts' folders, the tables that the study brings and the
library's sources (for their fingerprints), and nothing else.
"""

import math
import os
import re
import signal
import sys
from pathlib import Path

# A scheduler's notice is for trainings, which end themselves; Snakemake would die of it, and they
# with it.
signal.signal(signal.SIGUSR1, signal.SIG_IGN)

# The library beside these rules, for their scripts too, before any that is installed.
os.environ.update(PYTHONPATH=f"{workflow.basedir}/workflow_scripts")
sys.path.insert(0, f"{workflow.basedir}/workflow_scripts")

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from cirl.configuration import validation as configuration
from cirl.configuration.files import check_files, read_configuration
from cirl.configuration.registries.clusterers import CLUSTERERS
from cirl.configuration.registries.deep_clusterers import DEEP_CLUSTERERS
from cirl.configuration.registries.encoders import ENCODERS
from cirl.running.fingerprint import fingerprint as code_fingerprint
from cirl.running.job import OVERHEAD_MB
from cirl.running.printable import printable_lines
from cirl.study import paths
from cirl.study.before_jobs import check_tables
from cirl.study.cohorts import LARGEST_BYTES
from cirl.study.inputs import Inputs, clusters_file, members, scope_fold, scope_folds
from cirl.study.names import StudyNames
from cirl.study.paths import Files as F
from cirl.study.population import StudyError

if " " in workflow.basedir:
    raise WorkflowError(f"Snakemake cannot run scripts in a path with a space: {workflow.basedir}")

try:
    if workflow.is_main_process:
        # Those of the Snakefile lie under those of the command line.
        asked = list(map(str, workflow.overwrite_configfiles))
        laid = [*map(str, workflow.configfiles[len(asked) :]), *asked]
        check_files([(name, read_configuration(name)) for name in laid])
    configuration.validate(config, f"{workflow.basedir}/rules/schemas")
    configuration.check_references(config)
    STUDY = StudyNames(config)
    STUDY.subjects  # looked for here, so that a cohort without any is refused in one line
    # Once, and not in every job, which parses the rules again.
    for note in check_tables(STUDY) if workflow.is_main_process else []:
        logger.warning(f"Note: {printable_lines(note)}")
except (configuration.ConfigurationError, StudyError) as error:
    raise WorkflowError(printable_lines(str(error))) from None

INPUTS = Inputs(STUDY)
RESULTS = STUDY.results
STORE = F.store.below(RESULTS)
LARGEST_MB = LARGEST_BYTES / 2**20  # of a file of a subject, as the library refuses it
ATTEMPTS = 3  # of a subject; one that fails at all of them gets a row with the reason
# What the target `all` asks for: every file and not the last ones alone, for Snakemake would not
# make a file again that a failed rerun deleted, while what was once made from it is still there.
# Those of single subjects are kept apart, since they are most of a large study's.
TARGETS, SUBJECT_TARGETS = [], []


pathvars:
    study=config["study"],
    results=paths.RESULTS,
    logs=paths.LOGS,
    benchmarks=paths.TIMINGS,


wildcard_constraints:
    cohort="[^/_]+",
    name="[^/]+",
    subject="[A-Za-z0-9.-]+_[A-Za-z0-9._-]+",
    algorithm="[a-z]+",
    k=r"\d+",
    protocol="[a-z]+",
    arm=r"[\w.]+",
    seed=r"\d+",
    fold=r"\d+",
    # Where a clustering is fitted: on all subjects, or in a fold on those that train.
    scope=f"({paths.IN_A_FOLD})?",


def fingerprint(script, figure=None):
    """Fingerprint of the library modules that a script reaches, for its rule's params.

    With a figure, its module in cirl/report/figures is among them.
    """
    named = [f"cirl.report.figures.{figure}"] if figure else []
    return code_fingerprint(f"{workflow.basedir}/workflow_scripts/{script}.py", named)


def sizes_up_to(limit, input):
    """Sizes in MB of the files that a job reads, without those that are too large for it."""
    return [size for size in input.size_files_mb if size <= limit]


def memory(megabytes, per_megabyte=0, limit=math.inf):
    """Memory in MB that doubles with every attempt, beside what Snakemake takes in a job.

    To it comes so much for every MB of the largest input file; a rule that reads many reads them
    in turn. A file of more than the limit in MB is refused by its size, and needs nothing. Before the
    files exist, Snakemake shows <TBD>.
    """

    def needed(wildcards, input, attempt):
        largest = max(sizes_up_to(limit, input), default=0) if per_megabyte else 0
        return OVERHEAD_MB + math.ceil((megabytes + per_megabyte * largest) * 2 ** (attempt - 1))

    return needed


def minutes(number, per_megabyte=0, limit=math.inf):
    """Run time in minutes that doubles with every attempt.

    To it comes so much for every MB of all input files.
    """

    def needed(wildcards, input, attempt):
        size = sum(sizes_up_to(limit, input)) if per_megabyte else 0
        return math.ceil((number + per_megabyte * size) * 2 ** (attempt - 1))

    return needed


def attempt_number(wildcards, attempt):
    return attempt


def any_of(names):
    """A wildcard's constraint to some names, which may be none."""
    return "|".join(map(re.escape, names)) or "(?!)"

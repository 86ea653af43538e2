"""What all rules share: the checked configuration, the study's lists, and small helpers.

Reads the configuration, the names in the cohorts' folders and the library's sources (for their
fingerprints), and nothing else.
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

from cirl.imaging import cohort as cohorts_module
from cirl.configuration import validation as configuration
from cirl.running.batches import into_batches
from cirl.configuration.references import (
    arm_domains,
    clusterings_of,
    fold_count,
    held_out_domains,
)
from cirl.configuration.registries.clusterers import CLUSTERERS
from cirl.configuration.registries.deep_clusterers import DEEP_CLUSTERERS
from cirl.running.fingerprint import fingerprint as code_fingerprint
from cirl.running.job import OVERHEAD_MB
from cirl.phantom.settings import subject_names
from cirl.report.specification import read_specification, write_captions
from snakemake.exceptions import WorkflowError

try:
    configuration.validate(config, f"{workflow.basedir}/rules/schemas")
    configuration.check_references(config)
except configuration.ConfigurationError as error:
    raise WorkflowError(str(error)) from None


if " " in workflow.basedir:
    raise WorkflowError(f"Snakemake cannot run scripts in a path with a space: {workflow.basedir}")


pathvars:
    study=config["study"],
    results="results/<study>",
    logs="<results>/logs",
    benchmarks="<results>/timings",


RESULTS = workflow.pathvars.apply("<results>")


def configured_cohort(name):
    entry = config["cohorts"][name]
    root = f"{RESULTS}/phantom/{name}" if entry.get("simulate") else entry["root"]
    return cohorts_module.Cohort(
        name=name,
        root=root.rstrip("/"),
        pattern=entry["pattern"],
        contrasts={contrast: entry["contrasts"][contrast] for contrast in config["contrasts"]},
        label=entry["label"],
        label_map=entry["label_map"],
        brain_mask=entry["brain_mask"],
    )


def found_subjects(cohort):
    """Names of a cohort's subjects: those simulated by it, or those in its folder."""
    simulate = config["cohorts"][cohort.name].get("simulate")
    if simulate:
        return subject_names(simulate["subjects"])
    names = cohort.find()
    odd = [name for name in names if set(name) & set("{}<>")]
    if odd or not names:
        what = f"a name with one of {{}}<>: {odd[0]}" if odd else "no subject"
        raise WorkflowError(f"cohorts.{cohort.name}: {what} below {cohort.root}, see its pattern")
    return names


COHORTS = {name: configured_cohort(name) for name in config["use"]["cohorts"]}
# A subject's id is {cohort}_{name}, so that equal names in two cohorts are two subjects.
FOUND = {
    f"{cohort.name}_{name}": (cohort, name)
    for cohort in COHORTS.values()
    for name in found_subjects(cohort)
}
SUBJECTS = sorted(FOUND)


def batches_of(subjects):
    """What one job of a per-subject rule works off, by the job's name.

    Where each subject has a job of its own, a wildcard stands for it, so that there is one rule
    and not one a subject.
    """
    if config["batch"] == 1:
        return {"{subject}": ["{subject}"]} if subjects else {}
    return into_batches(subjects, config["batch"])


BATCHES = batches_of(SUBJECTS)
ATTEMPTS = 3  # of a subject; one that fails at all of them gets a row with the reason
CONTRASTS = config["contrasts"]
KNOWN_DOMAINS = list(
    dict.fromkeys(column for name in COHORTS for column in config["cohorts"][name]["domains"])
)
# What clusters are compared with: the cohort too, where there are several.
SEVERAL_TABLES = isinstance(config["radiomics"]["table"]["path"], dict)
CLUSTER_DOMAINS = KNOWN_DOMAINS + ["cohort"] * (len(COHORTS) > 1 or SEVERAL_TABLES)
SEEDS = config["segmentation"]["seeds"]
PROTOCOLS = config["folds"]["protocols"]
OUTPUT_REGIONS = {"regions": ["WT", "TC", "ET"], "labels": ["NCR", "ED", "ET"]}
SELECTION = config["segmentation"]["selection"]
TRAINED_ARMS = config["use"]["arms"]
# A further rule that selects among the epochs of a training makes another arm of it.
ARMS = TRAINED_ARMS + [f"{arm}_{way}" for way in SELECTION[1:] for arm in TRAINED_ARMS]
FOLDS = {protocol: range(fold_count(config, protocol)) for protocol in PROTOCOLS}


wildcard_constraints:
    cohort="[^/_]+",
    name="[^/]+",
    subject="[^/_]+_[^/]+",
    algorithm="[a-z]+",
    k=r"\d+",
    protocol="[a-z]+",
    arm=r"[\w.]+",
    seed=r"\d+",
    fold=r"\d+",
    # Where a clustering is fitted: on all subjects, or in a fold on those that train.
    scope=r"(folds/[a-z]+/fold\d+/)?",


SPECIFICATION = read_specification(f"{workflow.basedir}/rules/report.yaml")
# The paths of what the report shows, by the names of its rows.
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


def fingerprint(script, figure=None):
    """Fingerprint of the library modules that a script reaches, for its rule's params.

    With a figure, its module in cirl/report/figures is among them.
    """
    named = [f"cirl.report.figures.{figure}"] if figure else []
    return code_fingerprint(f"{workflow.basedir}/workflow_scripts/{script}.py", named)


def memory(megabytes, per_megabyte=0):
    """Memory in MB that doubles with every attempt, beside what Snakemake takes in a job.

    To it comes so much for every MB of the largest input file; a rule that reads many reads them
    in turn. Before the files exist, Snakemake shows <TBD>.
    """

    def needed(wildcards, input, attempt):
        largest = max(input.size_files_mb, default=0) if per_megabyte else 0
        return OVERHEAD_MB + math.ceil((megabytes + per_megabyte * largest) * 2 ** (attempt - 1))

    return needed


def minutes(number, per_megabyte=0):
    """Run time in minutes that doubles with every attempt.

    To it comes so much for every MB of all input files.
    """

    def needed(wildcards, input, attempt):
        size = input.size_mb if per_megabyte else 0
        return math.ceil((number + per_megabyte * size) * 2 ** (attempt - 1))

    return needed


def attempt_number(wildcards, attempt):
    return attempt


def members(batch, batches=BATCHES):
    """The subjects that a job of a batch works off, as an input function."""
    return lambda wildcards: [name.format(**wildcards) for name in batches[batch]]


# Seconds at 2,200 subjects, and less than a job's own start on a cluster: these run where Snakemake
# does, as many at a time as the profile's local-cores.
localrules:
    make_folds,
    learn_fold_scale,
    merge_landmarks,
    merge_subjects,
    simulate_participants,
    select_clusters,
    tabulate_features,
    tabulate_scores,
    plot_exclusions,
    plot_regions,
    plot_training,


def rule_of(stage, batch):
    """Name of the rule that works off a batch."""
    return stage if config["batch"] == 1 else f"{stage}_{batch}"


def store_folder(wildcards, input):
    """Folder of the preprocessed subjects, beside the folder of cohort/subjects.csv."""
    return str(Path(input.subjects).parents[1] / "preprocessed")


def trainings(protocols=None, arms=None, seeds=None):
    """Protocol, arm, seed and fold of every training, or of those of some."""
    return [
        {"protocol": protocol, "arm": arm, "seed": seed, "fold": fold}
        for protocol in (PROTOCOLS if protocols is None else protocols)
        for arm in (ARMS if arms is None else arms)
        for seed in (SEEDS if seeds is None else seeds)
        for fold in FOLDS[protocol]
    ]


def files_of_trainings(pattern, seeds=None, arms=None):
    """A file of every training of the wildcards' protocol (and arm), as an input function."""

    def files(wildcards):
        chosen = [wildcards.arm] if "arm" in wildcards.keys() else arms
        return [pattern.format(**t) for t in trainings([wildcards.protocol], chosen, seeds)]

    return files


def arm_row(name):
    """The configuration's row of an arm; one of a further rule of selection has its arm's."""
    if name in TRAINED_ARMS:
        return config["arms"][name]
    return config["arms"][re.sub(rf"_({any_of(SELECTION[1:])})$", "", name)]


def arm_rows():
    """The rows of all arms, by name."""
    return {name: arm_row(name) for name in ARMS}


def any_of(names):
    """A wildcard's constraint to some names, which may be none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def simulation(cohort):
    """What all subjects of a cohort share; their number is left out, none depends on it."""
    settings = config["cohorts"][cohort]["simulate"]
    return {key: value for key, value in settings.items() if key != "subjects"}


def simulations(subjects):
    """What is simulated of subjects, given as cohort and name, both with wildcards."""
    return lambda wildcards: [
        {"name": name.format(**wildcards), "settings": simulation(cohort.format(**wildcards))}
        for cohort, name in subjects
    ]


def existing_files(batch, batches=BATCHES):
    """Files of subjects that are there or will be made; a missing one becomes its reason."""
    return lambda wildcards: [
        path
        for subject in members(batch, batches)(wildcards)
        for cohort, name in [FOUND[subject]]
        for path in cohort.paths(name)
        if config["cohorts"][cohort.name].get("simulate") or os.path.isfile(path)
    ]


def files_of(batch, batches=BATCHES):
    """Where the files of subjects lie, and what their labels mean."""
    return lambda wildcards: [
        cohort.files(name)
        for subject in members(batch, batches)(wildcards)
        for cohort, name in [FOUND[subject]]
    ]


def shared_linkage(wildcards):
    """Ward's linkage, for its cuts alone."""
    linkage = "<results>/{scope}clustering/ward/linkage.csv"
    return [linkage] if wildcards.algorithm in LINKED else []


def scope_folds(wildcards):
    """The table of folds, where a clustering is fitted in one of them."""
    return [f"<results>/{Path(wildcards.scope).parent}.csv"] if wildcards.scope else []


def scope_fold(wildcards):
    """The number of that fold."""
    return int(Path(wildcards.scope).name.removeprefix("fold")) if wildcards.scope else None


def pretrained_network(wildcards):
    """The network that a deep algorithm starts from."""
    return f"<results>/{wildcards.scope}clustering/deep/{NETWORKS[wildcards.algorithm]}.pt"


def further_networks(wildcards):
    """The same of other seeds."""
    stem = f"<results>/{wildcards.scope}clustering/deep/{NETWORKS[wildcards.algorithm]}"
    seeds = config["clustering"]["deep"]["evidence"]["seeds"]
    return [f"{stem}_seed{number}.pt" for number in range(1, 1 + seeds)]


def held_out_clustering(wildcards):
    """The clustering whose clusters are left out; nothing where they are no clusters."""
    domains = config["folds"]["lodo"]["domains"]
    if wildcards.protocol != "lodo" or not isinstance(domains, dict):
        return []
    return ["<results>/clustering/{clustering}/k{k}.csv".format(**domains)]


def arm_clustering(wildcards):
    """The clustering whose clusters are an arm's domains; nothing where they are no clusters."""
    domains = arm_domains(arm_row(wildcards["arm"]))
    if not isinstance(domains, dict):
        return []
    fit = domains["fit"] or config["clustering"]["fit"]
    scope = "folds/{protocol}/fold{fold}/".format(**wildcards) if fit == "fold" else ""
    name = "selected" if domains["k"] == "selected" else f"k{domains['k']}"
    return [f"<results>/{scope}clustering/{domains['clustering']}/{name}.csv"]


def start_file(name):
    """A file of the arm whose weights an arm starts from, in the same fold; none for random ones."""
    pattern = f"<results>/segmentation/{{protocol}}/{{arm}}/seed{{seed}}/fold{{fold}}/{name}"

    def files(wildcards):
        start = arm_row(wildcards.arm)["start"]
        return [pattern.format(**{**wildcards, "arm": start})] if start else []

    return files


def arm_decision(wildcards):
    """What was decided of that clustering, where it is the selected one."""
    paths = [Path(path) for path in arm_clustering(wildcards)]
    return [str(path.with_name("decision.csv")) for path in paths if path.stem == "selected"]


def latents_of(wildcards):
    """The spaces that a deep clustering made, one a k; nothing of one on features."""
    if wildcards.algorithm not in DEEP:
        return []
    return expand("<results>/clustering/{algorithm}/k{k}_latents.csv", k=KS, **wildcards)


def trained_cohorts(arm):
    """Cohorts that an arm trained on, or the arm that it starts from; empty for all."""
    own, start = arm_row(arm)["cohorts"], arm_row(arm).get("start")
    if not own or not start:
        return own
    before = trained_cohorts(start)
    return list(dict.fromkeys([*before, *own])) if before else []

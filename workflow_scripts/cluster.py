"""What make runs for the situations that plain Snakemake leaves to the user.

Each subcommand prints the Snakemake command that it stands for, and runs it. It reads the
configuration for the names in it (study, arms, folds, seeds) and nothing else.

    cluster.py fold --arm baseline --fold 0 [--seed 1] [--protocol cv] [--study studies/x.yaml]
    cluster.py report [--study studies/x.yaml]
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from snakemake.utils import update_config

from cirl.configuration import ConfigurationError, validate

ROOT = Path(__file__).resolve().parents[1]


class UsageError(Exception):
    """What was asked for is not in the study; one line that says what is."""


def study_configuration(overlay: str | None) -> dict[str, Any]:
    """Return config.yaml with a study's own keys over it and the defaults, as Snakemake has it."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text())
    if overlay:
        if not Path(overlay).is_file():
            raise UsageError(f"STUDY: no file {overlay}; studies/ has some")
        update_config(config, yaml.safe_load(Path(overlay).read_text()))
    return validate(config, ROOT / "rules/schemas")


def results_folder(config: dict[str, Any]) -> str:
    """Return the folder of a study's results, relative to the root."""
    return f"results/{config['study']}"


def fold_folder(config: dict[str, Any], protocol: str, arm: str, seed: str, fold: str) -> str:
    """Return the folder of one training.

    Raises:
        UsageError: naming what the study does not have, and what it has.
    """
    seeds = config["segmentation"]["seeds"]
    seed = seed or str(seeds[0])
    asked: list[tuple[str, str, list[Any]]] = [
        ("ARM", arm, config["use"]["arms"]),
        ("SEED", seed, seeds),
    ]
    if protocol == "cv":
        asked.append(("FOLD", fold, list(range(config["folds"]["cv"]["folds"]))))
    for name, value, known in asked:
        if value not in map(str, known):
            raise UsageError(f"{name}={value}: the study has {', '.join(map(str, known))}")
    return f"{results_folder(config)}/segmentation/{protocol}/{arm}/seed{seed}/fold{fold}"


def snakemake(options: argparse.Namespace, *arguments: str) -> int:
    """Run Snakemake with the study and the profile that were asked for; return its exit code."""
    command = ["snakemake", "--profile", options.profile]
    if options.study:
        command += ["--configfile", options.study]
    if options.dry_run:
        command += ["--dry-run"]
    command += arguments
    print(shlex.join(command), flush=True)
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False).returncode


def train_fold_again(options: argparse.Namespace) -> int:
    """Train one fold of one arm again, and make what follows from it up to its metrics."""
    config = study_configuration(options.study)
    folder = fold_folder(config, options.protocol, options.arm, options.seed, options.fold)
    # The file, not the rule: forcing the rule would retrain the arm that this one starts from.
    # No hooks: the report follows when all tables do.
    forced = ["--no-hooks", "--forcerun", f"{folder}/weights.pt"]
    return snakemake(options, *forced, "--", f"{folder}/metrics.csv")


def write_report(options: argparse.Namespace) -> int:
    """Write the report of a study's finished results again."""
    report = f"{results_folder(study_configuration(options.study))}/report.html"
    if options.missing and (ROOT / report).is_file():
        return 0
    return snakemake(options, "--report", report, "--report-stylesheet", "rules/report.css")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line: a subcommand a situation."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--study", help="overlay over config.yaml")
    shared.add_argument("--profile", default="profiles/local", help="where jobs run")
    shared.add_argument("--dry-run", action="store_true", help="list the jobs only")
    front = argparse.ArgumentParser(prog="cluster.py", description=__doc__.splitlines()[0])
    situations = front.add_subparsers(required=True)
    fold = situations.add_parser("fold", parents=[shared], help=train_fold_again.__doc__)
    fold.set_defaults(run=train_fold_again)
    fold.add_argument("--arm", required=True)
    fold.add_argument("--fold", required=True)
    fold.add_argument("--seed", default="", help="the study's first one if not given")
    fold.add_argument("--protocol", default="cv")
    report = situations.add_parser("report", parents=[shared], help=write_report.__doc__)
    report.set_defaults(run=write_report)
    report.add_argument("--missing", action="store_true", help="only if there is none")
    return front


def main(arguments: list[str]) -> int:
    """Run a command line; return the exit code."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except (UsageError, ConfigurationError) as error:
        print(f"cirl: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

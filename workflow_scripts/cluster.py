"""What make runs for the situations that plain Snakemake leaves to the user.

Each subcommand prints the Snakemake command that it stands for, and runs it.

    cluster.py run [--profile profiles/local] [--study studies/x.yaml ...]
    cluster.py submit [--profile slurm] [--study studies/x.yaml ...] [--dry-run]
    cluster.py resume [--wait | --cancel]
    cluster.py status
    cluster.py fold --arm baseline --fold 0 [--seed 1] [--protocol cv]
    cluster.py report
"""

import argparse
import contextlib
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from cirl.configuration.validation import ConfigurationError
from cirl.running.printable import printable_lines
from cirl.study.names import TrainingNames
from cirl.study.paths import Files
from cirl.study.population import StudyError
from frontdoor import interrupted, limits, progress, slurm
from frontdoor.estimate import estimate, sentences
from frontdoor.runs import record_of_new_run, runs_of
from frontdoor.snakemake_internals import Plan, executor_of, read_plan
from frontdoor.study import Study, UsageError, read_study

ROOT = Path(__file__).resolve().parents[1]
NAMED = 3  # of what is still at work; of more the number is said


def training_of(study: Study, protocol: str, arm: str, seed: str, fold: str) -> TrainingNames:
    """Return what names one training.

    Raises:
        UsageError: naming what the study does not have, and what it has.
    """
    names = study.names
    seed = seed or str(names.seeds[0])
    folds = range(names.fold_count(protocol) if protocol in names.protocols else 0)
    asked: list[tuple[str, str, Iterable[Any]]] = [
        ("PROTOCOL", protocol, names.protocols),
        ("ARM", arm, names.trained_arms),
        ("SEED", seed, names.seeds),
        ("FOLD", fold, folds),
    ]
    for name, value, known in asked:
        if value not in map(str, known):
            raise UsageError(f"{name}={value}: the study has {', '.join(map(str, known))}")
    return {"protocol": protocol, "arm": arm, "seed": seed, "fold": fold}


def command(options: argparse.Namespace, *arguments: str) -> list[str]:
    """Return Snakemake's arguments for the study and the profile that were asked for."""
    overlays = ["--configfile", *options.study] if options.study else []
    dry = ["--dry-run"] if options.dry_run else []
    return ["--profile", options.profile, *overlays, *dry, *arguments]


def has_queue(options: argparse.Namespace) -> bool:
    """Return whether jobs of the study may be on Slurm, whatever profile is used now."""
    return executor_of(command(options)) == "slurm" or slurm.answers()


def snakemake(options: argparse.Namespace, *arguments: str, held: int | None = None) -> int:
    """Run Snakemake; return its exit code.

    Args:
        held: file handle that holds the study for as long as Snakemake lives.
    """
    words = ["snakemake", *command(options, *arguments)]
    print(shlex.join(words), flush=True)
    kept = () if held is None else (held,)
    called = [sys.executable, "-m", *words]
    return subprocess.run(called, cwd=ROOT, check=False, pass_fds=kept).returncode


def recorded(study: Study) -> list[str]:
    """Return Snakemake's arguments for a record of what its jobs do, which ``status`` reads."""
    return ["--logger", "cirl", "--logger-cirl-file", record_of_new_run(study)]


def check(options: argparse.Namespace, plan: Plan) -> None:
    """Compare what a plan asks for with what the cluster has; nothing to do without one.

    Raises:
        UsageError: with a line for each problem.
    """
    if plan.executor != "slurm":
        return
    cluster = limits.Cluster(slurm.partitions(), slurm.accounts(), slurm.refusal)
    jobs = [job for job in plan.jobs if job.requests]
    findings = limits.check(jobs, cluster, f"{options.profile}/config.yaml", plan.partitions)
    for warning in findings.warnings:
        print(f"cirl: warning: {warning}", file=sys.stderr)
    if findings.problems:
        raise UsageError("\n".join(["nothing was submitted:", *findings.problems]))
    unsized = sum(not job.sized for job in jobs)
    later = f"; {unsized} of them know how much only once their input is made" if unsized else ""
    print(
        f"checked what {len(jobs)} jobs ask for against {len(cluster.partitions)} partitions{later}"
    )


def launch(
    options: argparse.Namespace, study: Study, forced: Iterable[str] = (), target: str = ""
) -> int:
    """Run what is not at work and can be run; return Snakemake's exit code.

    Args:
        forced: files that are made anew.
        target: what is made; everything if not given.

    Raises:
        UsageError: where an earlier run is not over, or the cluster cannot run it.
    """
    with interrupted.alone(study) as held:
        refuse_interrupted(options, study)
        return go_on(options, study, held, list(forced), target)


def refuse_interrupted(options: argparse.Namespace, study: Study) -> None:
    """Refuse to begin where an earlier run was killed, which Snakemake would answer with its locks.

    Raises:
        UsageError: with what is still at work, and how to go on.
    """
    left = interrupted.remains(study, has_queue(options))
    if not left and not interrupted.locks(study):
        return
    more = f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
    still = f"still at work: {'; '.join(left[:NAMED])}{more}" if left else "nothing is at work"
    raise UsageError(
        f"an earlier run of {study.name} was interrupted ({still}). "
        f"Go on with: {to_resume(options, study)}"
    )


def to_resume(options: argparse.Namespace, study: Study) -> str:
    """Return what to type to resume a study with the profile of its last run."""
    last = next(runs_of(study), None)
    profile = (last.profile if last else "") or options.profile
    return f"make resume PROFILE={profile}{as_variable(options.study)}"


def need_executor(options: argparse.Namespace) -> str:
    """Return what would run the jobs.

    Raises:
        UsageError: if it is a Slurm that is not there, with what runs the study on this machine.
    """
    executor = executor_of(command(options))
    said = slurm.silence() if executor == "slurm" else ""
    if said:
        raise UsageError(f"no Slurm here: make study{as_variable(options.study)}\n({said})")
    return executor


def as_variable(overlays: Sequence[str]) -> str:
    """Return what make is given for a study's files; nothing for the demo."""
    return f" STUDY={shlex.quote(' '.join(overlays))}" if overlays else ""


def go_on(
    options: argparse.Namespace, study: Study, held: int, forced: list[str], target: str = ""
) -> int:
    """Take over what jobs made whose Snakemake was killed, check the rest, run Snakemake."""
    plan = read_plan(command(options, *targets(forced, target)))
    forced += interrupted.take_over(study, plan)
    check(options, plan)
    if not target:
        say_hours(options, study, plan.executor)
    hooks = ["--no-hooks"] if target else []  # the report follows when all tables do
    return snakemake(options, *recorded(study), *hooks, *targets(forced, target), held=held)


def say_hours(options: argparse.Namespace, study: Study, executor: str) -> None:
    """Say roughly how long the trainings that are left take, where that is long."""
    for line in sentences(estimate(study), " ".join(options.study), executor == "slurm"):
        print(f"cirl: {line}", flush=True)


def targets(forced: Iterable[str], target: str) -> list[str]:
    """Return Snakemake's arguments for files that are made anew, and for what is made."""
    again = ["--forcerun", *forced] if forced else []
    return [*again, *(["--", target] if target else [])]


def run(options: argparse.Namespace) -> int:
    """Run the study as Snakemake does, unless an earlier run was killed."""
    study = read_study(ROOT, options.study)
    executor = need_executor(options)
    with interrupted.alone(study) as held:
        if not options.dry_run:
            refuse_interrupted(options, study)
        say_hours(options, study, executor)
        return snakemake(options, *recorded(study), held=held)


def submit(options: argparse.Namespace) -> int:
    """Check what the study asks for against the cluster, and run it there."""
    study = read_study(ROOT, options.study)
    need_executor(options)
    if options.dry_run:
        check(options, read_plan(command(options)))
        return snakemake(options)
    return launch(options, study)


def resume(options: argparse.Namespace) -> int:
    """Go on with a study whose Snakemake was killed, once no job that it left is at work."""
    study = read_study(ROOT, options.study)
    need_executor(options)
    with interrupted.alone(study) as held:
        if not options.ended:
            interrupted.check_host(study)
        running = "cancel" if options.cancel else "wait"
        queued = "wait" if options.wait else "cancel"
        interrupted.end(study, running, queued, has_queue(options))
        interrupted.unlock(study)
        return go_on(options, study, held, [])


def status(options: argparse.Namespace) -> int:
    """Say what is finished, running, queued and failed by stage, the hours, and why it failed."""
    study = read_study(ROOT, options.study)
    plan = read_plan(command(options))
    last = next(runs_of(study), None)
    logged = last.jobs if last else {}
    left = interrupted.leftovers(study) if has_queue(options) else []
    queue = {job.what: job.state for job in left}
    alive = interrupted.at_work(study)
    states = {
        job: progress.state_of(job, logged.get(job.outputs[0]), queue, alive) for job in plan.jobs
    }
    print(progress.table(plan.jobs, states))
    failed = [job for job in plan.jobs if states[job] == "failed"]
    print(*progress.failures(failed, logged), sep="\n", end="\n" if failed else "")
    if last and not last.recorded:
        print("The last run was started without make, which keeps no record of jobs that failed.")
    if not alive and (left or interrupted.locks(study)):
        print(f"Snakemake was killed: {to_resume(options, study)}")
    return 0


def train_fold_again(options: argparse.Namespace) -> int:
    """Train one fold of one arm again, and make what follows from it up to its metrics."""
    study = read_study(ROOT, options.study)
    training = training_of(study, options.protocol, options.arm, options.seed, options.fold)
    # The file, not the rule: forcing the rule would retrain the arm that this one starts from.
    forced = [study.path(Files.weights, **training)]
    target = study.path(Files.metrics, **training)
    if not options.dry_run:
        return launch(options, study, forced, target)
    plan = read_plan(command(options, *targets(forced, target)))
    # Snakemake's order is from what is wanted back to what it is made of.
    print(progress.last_times(job for job in reversed(plan.jobs) if job.needed))
    return snakemake(options, *targets(forced, target))


def write_report(options: argparse.Namespace) -> int:
    """Write the report of a study's finished results again."""
    report = read_study(ROOT, options.study).path(Files.report)
    if options.missing and (ROOT / report).is_file():
        return 0
    words = ["--reporter", "cirl", "--report-cirl-path", report]
    return snakemake(options, *words, "--report-cirl-stylesheet-path", "rules/report.css")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line: a subcommand a situation."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--study", nargs="+", default=[], help="laid over config.yaml, the last one on top"
    )
    shared.add_argument("--profile", default="profiles/local", help="where jobs run")
    shared.add_argument("--dry-run", action="store_true", help="list the jobs only")
    front = argparse.ArgumentParser(prog="cluster.py", description=__doc__.splitlines()[0])
    situations = front.add_subparsers(required=True)

    def situation(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = situations.add_parser(name, parents=[shared], help=run.__doc__)
        added.set_defaults(run=run)
        return added

    situation("run", run)
    situation("submit", submit)
    again = situation("resume", resume)
    jobs = again.add_mutually_exclusive_group()
    jobs.add_argument("--wait", action="store_true", help="for jobs that wait in the queue too")
    jobs.add_argument("--cancel", action="store_true", help="jobs that run too")
    again.add_argument("--ended", action="store_true", help="Snakemake has, on the other machine")
    situation("status", status)
    fold = situation("fold", train_fold_again)
    fold.add_argument("--arm", required=True)
    fold.add_argument("--fold", required=True)
    fold.add_argument("--seed", default="", help="the study's first one if not given")
    fold.add_argument("--protocol", default="cv")
    report = situation("report", write_report)
    report.add_argument("--missing", action="store_true", help="only if there is none")
    return front


def main(arguments: list[str]) -> int:
    """Run a command line; return the exit code."""
    options = parser().parse_args(arguments)
    try:
        with contextlib.chdir(ROOT):
            return options.run(options)
    except (UsageError, ConfigurationError, StudyError) as error:
        print(printable_lines(f"cirl: {error}"), file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

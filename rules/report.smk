"""Report: what did the study find?

Snakemake's own report, written after every run that made something: all tables and figures that
the stages mark with `shown()`, with the texts of `report.yaml`. It is no rule, since it describes
the run itself; nor is `provenance.json`, which every run writes.
"""

import json
import subprocess
import tempfile

from cirl.study.exclusions import nobody_left


report: f"{CAPTIONS}/introduction.rst"


def write_report():
    """Collect what is marked for the report into one page."""
    # One that cannot be written anew must not be taken for the new one.
    page = F.report.below(RESULTS)
    Path(page).unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as overlay:
        # The merged configuration, so that overlays and --config reach the report as well.
        json.dump(config, overlay)
        overlay.flush()
        command = [sys.executable, "-m", "snakemake", "--snakefile", workflow.main_snakefile]
        command += ["--configfile", overlay.name, "--reporter", "cirl", "--report-cirl-path", page]
        command += ["--report-cirl-stylesheet-path", f"{workflow.basedir}/rules/report.css"]
        done = subprocess.run([*command, "--nolock"], capture_output=True, text=True)
    if done.returncode:
        print(f"No report, since results are missing: {done.stderr.strip().splitlines()[-1]}")
    else:
        print(f"Report: {page}")


def begin_provenance():
    """Write down what runs now; a file that is only touched stays what an earlier run made."""
    from cirl.running import provenance

    if not workflow.touch:
        run = provenance.describe_run(Path(workflow.basedir), config)
        provenance.begin(PROVENANCE["path"], run)


def complete_provenance():
    """Add what is known at a run's end, a failed one's too."""
    from cirl.running import provenance

    provenance.complete(**PROVENANCE)


def say_who_is_left():
    """Say, as the last word of a run that failed, that every subject is excluded, if so."""
    files = [Path(F.metadata.of(subject=subject).below(RESULTS)) for subject in STUDY.subjects]
    if all(path.is_file() for path in files):
        print(nobody_left(json.loads(path.read_text()) for path in files), file=sys.stderr)


onstart:
    begin_provenance()


onsuccess:
    complete_provenance()
    write_report()


onerror:
    complete_provenance()
    say_who_is_left()

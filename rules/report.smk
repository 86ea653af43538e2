"""Report: what did the study find?

Snakemake's own report, written after every run that made something: all tables and figures that
the stages mark with `report()`. It is no rule, since it describes the run itself.
"""

import json
import subprocess
import tempfile


def write_report():
    """Collect what is marked for the report into <results>/report.html."""
    # One that cannot be written anew must not be taken for the new one.
    Path(f"{RESULTS}/report.html").unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as overlay:
        # The merged configuration, so that overlays and --config reach the report as well.
        json.dump(config, overlay)
        overlay.flush()
        command = [sys.executable, "-m", "snakemake", "--snakefile", workflow.main_snakefile]
        command += ["--configfile", overlay.name, "--report", f"{RESULTS}/report.html"]
        command += ["--report-stylesheet", f"{workflow.basedir}/rules/report.css"]
        done = subprocess.run([*command, "--nolock"], capture_output=True, text=True)
    if done.returncode:
        print(f"No report, since results are missing: {done.stderr.strip().splitlines()[-1]}")
    else:
        print(f"Report: {RESULTS}/report.html")


onsuccess:
    write_report()

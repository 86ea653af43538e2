"""The page of the report that shows how results came about."""

import json
from typing import Any

import pandas as pd
import yaml

from cirl.report.pages.sections import Section, ShownTable, page

TITLE = "How these results came about"


def provenance_page(description: dict[str, Any]) -> str:
    """Return a page of what ``cirl.running.provenance`` describes; empty without it."""
    if not description:
        return page(
            TITLE, [Section(sentences=["The run was made without hooks, and kept no provenance."])]
        )
    sections = [
        Section(tables=[ShownTable(_run(description), ["value"])]),
        Section("Machines", tables=[ShownTable(_machines(description))]),
        Section("Packages that the jobs imported", _packages(description)),
        _data(description),
        _earlier(description["earlier"]),
    ]
    folded = {
        "Configuration": yaml.safe_dump(description["configuration"], sort_keys=False),
        "provenance.json": json.dumps(description, indent=1),
    }
    return page(TITLE, sections, folded)


def _run(description: dict[str, Any]) -> pd.DataFrame:
    code, software, seeds = (description[key] for key in ("code", "software", "seeds"))
    changed = code["changed"]
    rows = {
        "begun": description["written"],
        "commit": code["commit"] or "not a Git clone",
        "files changed since": "unknown" if changed is None else ", ".join(changed) or "none",
        "checksum of rules and scripts": code["sources"],
        "Python": software["python"],
        "Snakemake": software["packages"].get("snakemake", "-"),
        "PyTorch built for CUDA": software["cuda"] or "no, for processors",
        "seed of the study": str(seeds["study"]),
        "repetitions of trainings": ", ".join(map(str, seeds["trainings"])),
    }
    return pd.DataFrame({"what": list(rows), "value": list(rows.values())})


def _machines(description: dict[str, Any]) -> pd.DataFrame:
    machines = [("Snakemake", description["machine"])]
    machines += [("jobs", machine) for machine in description["jobs"]["machines"]]
    return pd.DataFrame(
        {
            "what ran": what,
            "processor": machine["processor"],
            "cores": str(machine["cores"]),
            "GPUs": ", ".join(machine["gpus"]) or "none",
            "driver": machine["driver"],
            "system": machine["system"],
            "Python": machine.get("python", description["software"]["python"]),
        }
        for what, machine in machines
    )


def _packages(description: dict[str, Any]) -> list[str]:
    packages = description["jobs"]["packages"]
    names = sorted(packages, key=str.lower)
    listed = ", ".join(f"{name} {' and '.join(packages[name])}" for name in names)
    several = [name for name in names if len(packages[name]) > 1]
    warning = f"Jobs have seen several versions of {', '.join(several)}."
    return [*[warning] * bool(several), listed or "None is known."]


def _data(description: dict[str, Any]) -> Section:
    subjects = description["subjects"]
    read = sum(map(bool, subjects.values()))
    files = sum(map(len, subjects.values()))
    sentence = f"{files} image files of {read} of {len(subjects)} subjects were read whole."
    rows = description["tables"]
    table = pd.DataFrame({"table": list(rows), "checksum": list(rows.values())})
    tables = [ShownTable(table.fillna("no such file"))] if rows else []
    return Section("Data", [sentence], tables)


def _earlier(runs: list[dict[str, Any]]) -> Section:
    heading = "Earlier runs whose results may have been kept"
    if not runs:
        return Section(heading, ["None that differed."])
    table = pd.DataFrame(
        {
            "begun": run["written"],
            "differs from the next run in": "; ".join(run["differs"]),
        }
        for run in reversed(runs)
    )
    return Section(heading, tables=[ShownTable(table, ["differs from the next run in"])])

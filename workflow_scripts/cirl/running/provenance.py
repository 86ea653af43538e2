"""How results came about: code, packages, machines, configuration, seeds and data.

``provenance.json`` in the folder of results tells of the run that last wrote there, and what was
different in the runs before it. It is no output of a rule: it makes nothing stale.
"""

import csv
import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cirl.running import environment as surroundings
from cirl.running.results_place import writing

PROVENANCE = "provenance.json"
_OF_THE_RUN = ("written", "host", "earlier")
"""Keys that differ between any two runs."""


def describe_run(root: Path, config: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a run before its first job.

    Args:
        root: folder of the project.
        config: merged configuration of the study, with defaults.
    """
    return {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": platform.node(),
        "code": describe_code(root),
        "software": {
            "python": platform.python_version(),
            "cuda": surroundings.cuda_of_torch(),
            "packages": surroundings.installed_packages(),
        },
        "machine": surroundings.machine(),
        "seeds": {"study": config["seed"], "trainings": config["segmentation"]["seeds"]},
        "tables": {path: checksum(Path(path)) for path in sorted(_tables(config))},
        "configuration": config,
    }


def describe_code(root: Path) -> dict[str, Any]:
    """Return the commit, the files that differ from it, and a checksum of what was run.

    The checksum is of the names and the bytes of Snakefile, rules, scripts and templates, so that
    a copy without Git says what it is as well.
    """
    files = [root / "Snakefile", *sorted(root.glob("rules/*.smk")), root / "rules/report.yaml"]
    for kind in ("py", "j2"):
        files += sorted(root.glob(f"workflow_scripts/**/*.{kind}"))
    digest = hashlib.sha256()
    for file in filter(Path.is_file, files):
        digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes() + b"\0")
    commit = _git(root, "rev-parse", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no") if commit else None
    return {
        "commit": commit,
        "changed": None if changed is None else [line[3:] for line in changed.splitlines()],
        "sources": digest.hexdigest()[:16],
    }


def _git(root: Path, *arguments: str) -> str | None:
    # A copy inside somebody else's clone has no commit of its own.
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.rstrip("\n") if done.returncode == 0 else None


def _tables(config: dict[str, Any]) -> Iterator[str]:
    """Paths of the tables that the configuration names; of images, see ``subjects``."""
    table = config["radiomics"]["table"]["path"]
    yield from table.values() if isinstance(table, dict) else [table] if table else []
    if config["preprocessing"]["nyul"]["standard"]:
        yield config["preprocessing"]["nyul"]["standard"]
    for name in config["use"]["cohorts"]:
        cohort = config["cohorts"][name]
        if cohort["root"] and cohort["participants"]:
            yield str(Path(cohort["root"]) / cohort["participants"])


def checksum(path: Path) -> str | None:
    """Return the beginning of a file's SHA-256, None where there is no such file."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def begin(path: str | Path, description: dict[str, Any]) -> None:
    """Write what is known of a run at its beginning.

    What the file said of the run before goes to ``earlier``, as far as it differs.
    """
    path = Path(path)
    before = read(path) or {}
    earlier = before.get("earlier", [])
    if before:
        # Of a run that has not begun neither jobs nor subjects are known.
        known = {key: value for key, value in before.items() if key in description}
        differs = list(differences(known, description))
        earlier = [*earlier, {"written": before["written"], "differs": differs}]
    _write(path, description | {"earlier": [run for run in earlier if run["differs"]]})


def complete(
    path: str | Path, logs: str | Path, subjects: str | Path, metadata: str
) -> dict[str, Any]:
    """Add to the description what the jobs have left: what they ran in, and the subjects' files.

    Args:
        path: the file in which the run was begun.
        logs: folder of the jobs' logs.
        subjects: table of the subjects, if it has been made.
        metadata: path of what preprocessing says of a ``{subject}``.

    Returns:
        The whole description; empty if none was begun.
    """
    path = Path(path)
    description = read(path)
    if description is None:
        return {}
    description["jobs"] = jobs_of(Path(logs))
    description["subjects"] = checksums_of(Path(subjects), metadata)
    _write(path, description)
    return description


def jobs_of(logs: Path) -> dict[str, Any]:
    """Return the machines, interpreters and packages that the jobs of these logs ran in.

    Each is listed once; a package of which jobs have seen several versions has them all.
    """
    machines: dict[str, dict[str, Any]] = {}
    packages: dict[str, set[str]] = {}
    for log in sorted(path for path in logs.rglob("*") if path.is_file()):
        ran_in = _first_line(log)
        for name, version in ran_in.pop("packages", {}).items():
            packages.setdefault(name, set()).add(version)
        if ran_in:
            machines.setdefault(json.dumps(ran_in, sort_keys=True), ran_in)
    return {
        "machines": [machines[key] for key in sorted(machines)],
        "packages": {name: sorted(versions) for name, versions in sorted(packages.items())},
    }


def _first_line(log: Path) -> dict[str, Any]:
    with log.open(errors="replace") as file:
        _, found, text = file.readline().partition(surroundings.RAN_IN)
    try:
        content: dict[str, Any] = json.loads(text) if found else {}
    except json.JSONDecodeError:  # of a job that was killed while it wrote
        content = {}
    return content


def checksums_of(table: Path, metadata: str) -> dict[str, dict[str, str]]:
    """Return the checksums of the files of each subject, as its preprocessing has read them."""
    if not table.is_file():
        return {}
    with table.open(newline="") as file:
        subjects = [row["subject"] for row in csv.DictReader(file)]
    records = {name: read(Path(metadata.format(subject=name))) for name in subjects}
    return {name: (record or {}).get("checksums", {}) for name, record in records.items()}


def read(path: Path) -> dict[str, Any] | None:
    """Return what a JSON file holds, None where there is none."""
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def _write(path: Path, description: dict[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}.part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(description, indent=1))
        temporary.replace(path)


def provenance_differences(first: Path, second: Path) -> list[str]:
    """Return a line for each entry in which two files of provenance differ."""
    return list(differences(read(first) or {}, read(second) or {}))


def differences(first: Any, second: Any, name: str = "") -> Iterator[str]:
    """Yield ``name: a and b`` for each value of two nested mappings that differs."""
    if not (isinstance(first, dict) and isinstance(second, dict)):
        if first != second:
            yield f"{name}: {_short(first)} and {_short(second)}"
        return
    for key in _keys(first, second):
        if name or key not in _OF_THE_RUN:
            dotted = f"{name}.{key}" if name else str(key)
            yield from differences(first.get(key), second.get(key), dotted)


def _keys(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value)
    return text if len(text) <= 100 else f"{text[:97]}..."

"""Patterns of paths: how a cohort's files are called, and which scans their names tell.

A pattern is a path below the cohort's root with ``{subject}`` and, where a subject has several
scans, ``{session}``. ``*`` stands for any text within a name. What stands in brackets may be
missing, where it holds ``{session}`` or ``*`` or is ``.gz``:
``sub-{subject}[_ses-{session}]_[*_]T1w.nii[.gz]``. Other brackets are text.
"""

import glob
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

SESSION = "_ses-"
"""Between subject and session in the name of a scan, as BIDS has it."""

_SESSION_PART = re.compile(r"\[([^\[\]]*\{session\}[^\[\]]*)\]")
_PART = re.compile(r"(\[[^\[\]]*\*[^\[\]]*\]|\[\.gz\]|\*|\{subject\}|\{session\})")
_FIELDS = {"{subject}": "[^/]+", "{session}": "[^/_]+"}


def variants(pattern: str) -> list[str]:
    """Return what a pattern is for scans with a session, and without one, as far as it allows."""
    without = _SESSION_PART.sub("", pattern)
    if "{session}" not in pattern:
        return [pattern]
    return [_SESSION_PART.sub(r"\1", pattern)] + [without] * ("{session}" not in without)


def is_open(pattern: str) -> bool:
    """Tell whether the file of a scan has to be looked for, as its path is not known whole."""
    return any(part[0] in "*[" for part in _PART.findall(_SESSION_PART.sub(r"\1", pattern)))


def path_of(pattern: str, name: str) -> str:
    """Return the path of a scan's file; what is open in the pattern stays as it is there."""
    chosen, fields = _of_scan(pattern, name)
    return "".join(fields.get(part, part) for part in _PART.split(chosen))


def allowed_paths(pattern: str, name: str, root: str) -> list[str]:
    """Return the paths below a folder, sorted, that a pattern allows for a scan's file."""
    chosen, fields = _of_scan(pattern, name)
    expression = re.compile(_expression(chosen, fields))
    found = glob.glob(_wanted(chosen, fields), root_dir=root)
    return sorted(path for path in found if expression.fullmatch(path))


def allows(pattern: str, name: str, path: str) -> bool:
    """Tell whether a pattern allows a path for a scan's file."""
    return re.fullmatch(_expression(*_of_scan(pattern, name)), path) is not None


def fixed_letters(pattern: str) -> int:
    """Return how much text of a pattern is fixed: of two that allow a file, the more says more."""
    return sum(len(part) for part in _PART.split(pattern)[::2])


def names_of_files(pattern: str, root: str) -> Iterator[str]:
    """Yield the names of the scans of which a file is there."""
    for chosen in variants(pattern):
        expression = re.compile(_expression(chosen, {}))
        for path in glob.glob(_wanted(chosen, {}), root_dir=root):
            if match := expression.fullmatch(path):
                yield _name(match)


def names_of_folders(pattern: str, root: str) -> set[str]:
    """Return the names of the scans that have a folder of their own, whatever it holds.

    A subject's folder is one where it holds none of a session.
    """
    found: dict[str, set[str]] = {}
    for chosen in variants(pattern):
        above = _own_folder(chosen)
        expression = re.compile(_expression(above, {}))
        for path in glob.glob(_wanted(above, {}), root_dir=root) if above else ():
            match = expression.fullmatch(path)
            if match and not (Path(root) / path).is_file():
                found.setdefault(match["subject"], set()).add(_name(match))
    return {name for subject, names in found.items() for name in (names - {subject}) or {subject}}


def _own_folder(pattern: str) -> str:
    """Return the pattern of the folder that is one scan's; empty where only files are."""
    parts = pattern.split("/")[:-1]
    for number in range(1, len(parts) + 1):
        above = "/".join(parts[:number])
        if all(field in above for field in _FIELDS if field in pattern):
            return above
    return ""


def _of_scan(pattern: str, name: str) -> tuple[str, Mapping[str, str]]:
    """Return a pattern with or without its parts on sessions, and what its places stand for."""
    if "{session}" not in pattern:
        return pattern, {"{subject}": name}
    subject, sign, session = name.rpartition(SESSION)
    if not sign:
        return _SESSION_PART.sub("", pattern), {"{subject}": name}
    return _SESSION_PART.sub(r"\1", pattern), {"{subject}": subject, "{session}": session}


def _name(match: re.Match[str]) -> str:
    fields = match.groupdict()
    return fields["subject"] + (SESSION + fields["session"] if "session" in fields else "")


def _expression(pattern: str, fields: Mapping[str, str]) -> str:
    """Return a regular expression; a place that is not given is a group, its repetitions repeat."""
    seen: set[str] = set()
    return "".join(_piece(part, fields, seen) for part in _PART.split(pattern))


def _piece(part: str, fields: Mapping[str, str], seen: set[str]) -> str:
    if part in fields:
        return re.escape(fields[part])
    if part in _FIELDS:
        name = part.strip("{}")
        group = f"(?P={name})" if part in seen else f"(?P<{name}>{_FIELDS[part]})"
        seen.add(part)
        return group
    if part == "*":
        return "[^/]*"
    if _PART.fullmatch(part):
        return f"(?:{'[^/]*'.join(map(re.escape, part[1:-1].split('*')))})?"
    return re.escape(part)


def _wanted(pattern: str, fields: Mapping[str, str]) -> str:
    """Return what ``glob`` is asked for, which may be more than the pattern allows."""
    parts: Iterable[str] = _PART.split(pattern)
    return "".join(
        glob.escape(fields.get(part, "" if _PART.fullmatch(part) else part))
        or ("*" if part else "")
        for part in parts
    )

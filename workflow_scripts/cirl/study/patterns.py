"""Patterns of paths: how a cohort's files are called, and which scans their names tell.

A pattern is a path below the cohort's root with ``{subject}`` and, where a subject has several
scans, ``{session}``. ``*`` stands for any text within a name. What stands in brackets may be
missing, where it holds ``{session}`` or ``*`` or is ``.gz``:
``sub-{subject}[_ses-{session}]_[*_]T1w.nii[.gz]``. Other brackets are text.
"""

import glob
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
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


@cache
def is_open(pattern: str) -> bool:
    """Tell whether the file of a scan has to be looked for, as its path is not known whole."""
    return any(part[0] in "*[" for part in _PART.findall(_SESSION_PART.sub(r"\1", pattern)))


def path_of(pattern: str, name: str) -> str:
    """Return the path of a scan's file; what is open in the pattern stays as it is there."""
    if "{session}" not in pattern:
        return pattern.replace("{subject}", name)
    chosen, fields = _of_scan(pattern, name)
    return "".join(fields.get(part, part) for part in _PART.split(chosen))


def allowed_paths(
    pattern: str, name: str, root: str, listed: dict[str, list[str]] | None = None
) -> list[str]:
    """Return the paths below a folder, sorted, that a pattern allows for a scan's file.

    Args:
        pattern: of the file.
        name: of the scan.
        root: the folder.
        listed: what was found of the scan by other patterns, so that no folder is listed twice.
    """
    listed = {} if listed is None else listed
    above, slash, _ = _wanted(*_of_scan(pattern, name)).rpartition("/")
    if above not in listed:
        listed[above] = glob.glob(f"{above}{slash}*", root_dir=root)
    return sorted(path for path in listed[above] if allows(pattern, name, path))


def allows(pattern: str, name: str, path: str) -> bool:
    """Tell whether a pattern allows a path for a scan's file."""
    chosen, fields = _of_scan(pattern, name)
    expression, texts = _of_named_scan(chosen)
    if not all(text in path for text in texts):
        return False
    named = (fields["{subject}"], fields.get("{session}", ""), path)
    return expression.fullmatch("\0".join(named)) is not None


@cache
def fixed_letters(pattern: str) -> int:
    """Return how much text of a pattern is fixed: of two that allow a file, the more says more."""
    return sum(len(part) for part in _PART.split(pattern)[::2])


def names_of_files(pattern: str, root: str) -> Iterator[str]:
    """Yield the names of the scans of which a file is there."""
    for chosen in variants(pattern):
        expression = re.compile(_expression(chosen, set()))
        for path in glob.glob(_wanted(chosen, {}), root_dir=root):
            if match := expression.fullmatch(path):
                yield _name(match)


def has_folders(pattern: str) -> bool:
    """Tell whether every scan has a folder of its own, by a pattern of its files."""
    return all(_own_folder(chosen) for chosen in variants(pattern))


def names_of_folders(pattern: str, root: str) -> set[str]:
    """Return the names of the scans that have a folder of their own, whatever it holds.

    A subject's folder is one where it holds none of a session.
    """
    found: dict[str, set[str]] = {}
    for chosen in variants(pattern):
        above = _own_folder(chosen)
        expression = re.compile(_expression(above, set()))
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


@cache
def _of_named_scan(pattern: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return an expression of ``subject, session, path`` with NUL between, and the fixed texts.

    One for all scans, since an expression takes longer to make than to use.
    """
    named = "(?P<subject>[^\0]*)\0(?P<session>[^\0]*)\0"
    expression = re.compile(named + _expression(pattern, set(_FIELDS)))
    return expression, tuple(_PART.split(pattern)[::2])


def _expression(pattern: str, seen: set[str]) -> str:
    """Return a regular expression in which a place is a group, and repeats it where it was seen."""
    return "".join(_piece(part, seen) for part in _PART.split(pattern))


def _piece(part: str, seen: set[str]) -> str:
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

"""The files of a study's configuration, read as data, and what they say against each other."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from cirl.configuration.registries.arm_methods import ARM_METHODS
from cirl.configuration.validation import ConfigurationError

TEMPLATE_KEY = "__use_yte__"
"""The key by which Snakemake runs a file's Python before it reads what comes out."""

MERGE = "tag:yaml.org,2002:merge"
"""Tag of the key ``<<``, which takes up the keys of another mapping."""

WHOLE = (
    ("cohorts", "*", "contrasts"),
    ("cohorts", "*", "label_map"),
    ("cohorts", "*", "patterns"),
    ("cohorts", "*", "simulate", "tumour_shares"),
    ("cohorts", "*", "simulate", "scanner_shares"),
    ("cohorts", "*", "simulate", "grade_shares"),
    ("folds", "holdout", "test"),
    ("radiomics", "table", "path"),
    ("radiomics", "table", "subject_column"),
    ("folds", "holdout", "test"),
    ("arms", "*", "sampling"),
)
"""Keys whose value is one table of names: two files' tables, laid over each other key by key, would
become one that neither means."""

EXCLUSIVE = {("cohorts", "*"): ("root", "simulate"), ("arms", "*"): tuple(ARM_METHODS)}
"""Of these keys a row can have one at most."""


class _StrictLoader(yaml.SafeLoader):
    """Reads YAML without objects, and refuses a key that stands twice.

    With the parser that Snakemake uses, so that no file is one thing here and another there.
    """

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        given: set[str] = set()
        for key_node, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if key_node.tag == MERGE:
                continue
            key = str(self.construct_object(key_node, deep=True))
            if key in given:
                mark = key_node.start_mark
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key!r} is given twice", problem_mark=mark
                )
            given.add(key)
        whole: dict[Any, Any] = super().construct_mapping(node, deep)
        return whole


def read_configuration(path: str | Path, name: str = "") -> dict[str, Any]:
    """Read a file of a configuration, JSON or YAML; nothing in it is run.

    Args:
        path: of the file.
        name: what it is called in errors; the path if not given.

    Raises:
        ConfigurationError: naming the file, and the line of what cannot be meant.
    """
    name = name or str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
        content = _parsed(text)
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name}: is not UTF-8 ({error.reason})") from None
    except OSError as error:
        raise ConfigurationError(f"{name}: {error.strerror or error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(
            f"{name}{where}: {getattr(error, 'problem', None) or error}"
        ) from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError(f"{name}: expected keys with values, found {content!r:.60}")
    if TEMPLATE_KEY in content:
        raise ConfigurationError(
            f"{name}: {TEMPLATE_KEY} would let Snakemake run what the file says as Python; a "
            "study's file holds settings alone"
        )
    return content


def _parsed(text: str) -> Any:
    try:
        # As Snakemake does, which takes what is JSON for JSON.
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506  a safe loader


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.MarkedYAMLError(problem=f"the key {key!r} is given twice")
    return dict(pairs)


def check_files(files: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Check that files which are laid over each other do not contradict each other.

    A later file may replace a value; but where a value is a table of names, it has to name them
    all, and keys of which one alone can hold may not come from different files.

    Args:
        files: name and content of each, in the order in which they are laid.

    Raises:
        ConfigurationError: with a line for each contradiction, naming key and files.
    """
    lines = [*_mixed(files), *_opposed(files)]
    if lines:
        raise ConfigurationError("\n".join(["The study's files contradict each other:", *lines]))


def _mixed(files: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield the tables of names that two files would make together."""
    for pattern in WHOLE:
        below: dict[tuple[str, ...], tuple[str, set[str]]] = {}
        for name, content in files:
            for key, value in _found(content, pattern):
                if not isinstance(value, Mapping):
                    below.pop(key, None)
                    continue
                given = set(map(str, value))
                before, known = below.get(key, ("", set()))
                if known - given:
                    yield (
                        f"  {'.'.join(key)}: {before} names {', '.join(sorted(known))} and {name} "
                        f"{', '.join(sorted(given))}; what counts is the last file's, which has to "
                        "name them all, or give the row another name"
                    )
                below[key] = (name, given)


def _opposed(files: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield the rows that have two keys, of different files, of which one alone can hold."""
    for pattern, keys in EXCLUSIVE.items():
        given: dict[tuple[str, ...], dict[str, str]] = {}
        for name, content in files:
            for row, value in _found(content, pattern):
                own = given.setdefault(row, {})
                for key in keys:
                    if isinstance(value, Mapping) and key in value:
                        own.pop(key, None)
                        own |= {key: name} if value[key] is not None else {}
        for row, own in given.items():
            if len(set(own.values())) > 1:
                said = " and ".join(f"{key} in {name}" for key, name in own.items())
                yield (
                    f"  {'.'.join(row)}: {said}; one of them alone can hold: say null for the "
                    "other, or give the row another name"
                )


def _found(
    content: Any, pattern: Sequence[str], path: tuple[str, ...] = ()
) -> Iterable[tuple[tuple[str, ...], Any]]:
    """Yield the keys of a content that a pattern describes, with their values."""
    if not pattern:
        yield path, content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            if pattern[0] in ("*", str(key)):
                yield from _found(value, pattern[1:], (*path, str(key)))

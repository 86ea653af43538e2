"""The paths of a configuration: ``~`` and environment variables are put in, in one place."""

from collections.abc import Iterator
from typing import Any

from cirl.study.given_paths import UnsetVariableError, expanded

PATHS = (
    ("cohorts", "*", "root"),
    ("cohorts", "*", "participants"),
    ("radiomics", "table", "path"),
    ("radiomics", "table", "path", "*"),
    ("preprocessing", "nyul", "standard"),
    ("folds", "given", "path"),
)
"""Keys whose value is a path that a user gives; ``*`` is any name."""


def expand_paths(config: dict[str, Any]) -> list[str]:
    """Put ``~`` and environment variables into a configuration's paths, in place.

    Returns:
        a line for every variable that is not set.
    """
    lines = []
    for pattern in PATHS:
        for table, key, name in list(_found(config, pattern, "")):
            root = table.get("root") if key == "participants" else ""
            try:
                table[key] = expanded(table[key], root if isinstance(root, str) else "")
            except UnsetVariableError as error:
                lines.append(f"  {name}: {error}")
    return lines


def _found(
    content: Any, pattern: tuple[str, ...], above: str
) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Yield the tables, keys and full names of the texts that a pattern describes."""
    if not isinstance(content, dict):
        return
    for key, value in content.items():
        if pattern[0] not in ("*", key):
            continue
        if len(pattern) > 1:
            yield from _found(value, pattern[1:], f"{above}{key}.")
        elif isinstance(value, str):
            yield content, key, above + key

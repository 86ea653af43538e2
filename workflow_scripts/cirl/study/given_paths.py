"""Paths that a user gives: ``~`` and environment variables are put in."""

import os
import re

_VARIABLE = re.compile(r"\$(?:\{(?P<braced>[^}]*)\}|(?P<plain>[A-Za-z_]\w*))")


class UnsetVariableError(ValueError):
    """A path names an environment variable that is not set. The message names both."""


def expanded(path: str, root: str = "") -> str:
    """Return a path with ``~`` and environment variables put in.

    A path that is there as it stands is left alone, so that a folder may be called ``pt$5``.

    Args:
        path: as it was given.
        root: the folder that it is relative to.

    Raises:
        UnsetVariableError: naming the variable.
    """
    if os.path.lexists(os.path.join(root, path)):
        return path
    for found in _VARIABLE.finditer(path):
        name = found["braced"] if found["plain"] is None else found["plain"]
        if name not in os.environ:
            raise UnsetVariableError(f"{path}: the environment variable {name} is not set")
    own = _VARIABLE.sub(lambda found: os.environ[found["braced"] or found["plain"]], path)
    return os.path.expanduser(own)

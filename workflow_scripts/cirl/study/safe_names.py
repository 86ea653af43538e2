"""Names that users, and other people's programs, gave to folders and files: what can carry them.

A name of a folder is any bytes. Shells, file systems and Snakemake give some of them a meaning, so
that rules, files and jobs have a safe id in its place, and the name itself is text that is shown.
"""

import hashlib
import os
import re
import unicodedata

LONGEST_ID = 200
"""Characters of an id at most. File systems take names of 255 bytes, and files that are named by
an id have endings of their own."""

SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
"""What is nothing but text to shells, Snakemake and file systems."""

PERIODIC = re.compile(r"(.+?)\1{19}$")
"""An end that Snakemake takes for a rule that feeds itself, and refuses: twenty times the same."""

HASH_DIGITS = 12
"""Hexadecimal digits of a name's hash: of a million names that become alike without it, two have
the same one with a probability of 0.2 %, and that is noticed."""


def safe_name(name: str, longest: int = LONGEST_ID) -> str:
    """Return a name as letters, digits, dots, underscores and dashes of ASCII.

    One that is so already stays as it is. Of any other one the letters that are left stand before
    a hash of it (``patient_5-x0a1b2c3d4e5f``), so that different names stay different ones: in
    capitals and small letters, and with letters composed in either way.

    Args:
        name: of a folder or a file; bytes that are not UTF-8 as Python has them in paths.
        longest: characters that it may have.
    """
    if SAFE.fullmatch(name) and len(name) <= longest and not PERIODIC.search(name):
        return name
    # Every text has bytes this way, and no two have the same ones.
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_DIGITS]
    parts = unicodedata.normalize("NFKD", name)
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    kept = re.sub(r"[^A-Za-z0-9._-]+", "_", letters).strip("._-")
    tail = f"-x{digest}"
    return f"{kept[: longest - len(tail)] or 'name'}{tail}"


def can_be_listed(path: str) -> bool:
    """Return whether Snakemake can carry a path as an input of a job.

    It writes the paths that a job on a cluster waits for into a shell's command with Python's
    quotation marks: right where these are a shell's too. Braces and angle brackets are wildcards.
    """
    quoted = repr(path)
    if quoted[1:-1] != path or path[:1] in {"'", '"'} or set(path) & set("{}<>"):
        return False
    return quoted[0] == "'" or not set(path) & set("$`")


def told_apart(folder: str) -> bool:
    """Return whether the file system of a folder tells capitals from small letters.

    Args:
        folder: one that there is, or will be.
    """
    while not os.path.isdir(folder) or not os.path.basename(folder):
        above = os.path.dirname(os.path.abspath(folder))
        if above == folder:
            return True
        folder = above
    other = os.path.join(os.path.dirname(folder), os.path.basename(folder).swapcase())
    return other == folder or not os.path.exists(other) or not os.path.samefile(folder, other)

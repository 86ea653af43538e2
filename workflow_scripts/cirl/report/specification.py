"""What the report shows, as ``rules/report.yaml`` lists it: sections, and an item a result."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from cirl.study.paths import Files, Pattern


@dataclass(frozen=True)
class ReportItem:
    """A result that is shown.

    Attributes:
        name: of the row.
        section: its title.
        path: of the result, with wildcards.
        title: what it is called.
        caption: reStructuredText with Jinja2, as Snakemake renders it.
        by: wildcards that tell its files apart.
        subsection: a heading of its own inside the section, or None.
        pages: pattern of the files of a folder, or None for a file.
    """

    name: str
    section: str
    path: Pattern
    title: str
    caption: str
    by: tuple[str, ...] = ()
    subsection: str | None = None
    pages: str | None = None

    @property
    def labels(self) -> dict[str, str]:
        """What stands beside the result in Snakemake's report, wildcards in braces."""
        return {"item": self.title, **{wildcard: f"{{{wildcard}}}" for wildcard in self.by}}

    def shows(self, path: str) -> bool:
        """Return whether a path is this item's, be its wildcards filled in or not."""
        parts = re.split(r"\{\w+\}", self.path)
        return re.fullmatch(r"[^/]+".join(map(re.escape, parts)), path) is not None


@dataclass(frozen=True)
class Specification:
    """The introduction of the report, and its items in order."""

    introduction: str
    items: Mapping[str, ReportItem]

    @property
    def paths(self) -> SimpleNamespace:
        """The path of every item, by its name."""
        return SimpleNamespace(**{name: item.path for name, item in self.items.items()})

    def item_of(self, path: str | Iterable[str]) -> ReportItem:
        """Return the item that a path, or each of several, belongs to.

        Args:
            path: with wildcards, or values in their place.

        Raises:
            LookupError: if no item has the path, or several have.
        """
        paths = [path] if isinstance(path, str) else list(path)
        found = [item for item in self.items.values() if set(paths) == {item.path}]
        if not found and paths:
            found = [item for item in self.items.values() if all(map(item.shows, paths))]
        if len(found) != 1:
            names = " and ".join(item.name for item in found) or "no row"
            raise LookupError(f"{', '.join(paths) or 'no path'}: {names} in rules/report.yaml")
        return found[0]


def read_specification(path: str | Path) -> Specification:
    """Read ``rules/report.yaml``."""
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    items = [
        _item(name, section["title"], row)
        for section in content["sections"]
        for name, row in section["items"].items()
    ]
    names = [item.name for item in items]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{path}: several rows are called {', '.join(sorted(twice))}")
    return Specification(content["introduction"], {item.name: item for item in items})


def _item(name: str, section: str, row: Mapping[str, Any]) -> ReportItem:
    # What others read too has its path among the study's files.
    path = Pattern(row["path"]) if "path" in row else getattr(Files, name)
    return ReportItem(name, section, **{**row, "path": path, "by": tuple(row.get("by", ()))})


def write_captions(specification: Specification, folder: Path) -> dict[str, Path]:
    """Write the captions to files, from which alone Snakemake reads them.

    Returns:
        the file of each item, and of the ``introduction``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {item.name: item.caption for item in specification.items.values()}
    files = {}
    for name, text in {"introduction": specification.introduction, **texts}.items():
        files[name] = folder / f"{name}.rst"
        if not files[name].is_file() or files[name].read_text(encoding="utf-8") != text:
            files[name].write_text(text, encoding="utf-8")
    return files

"""A study as the front door sees it: its configuration, and where its files lie."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from snakemake.utils import update_config

from cirl.configuration.validation import validate
from cirl.study.names import StudyNames
from cirl.study.paths import Pattern


class UsageError(Exception):
    """What was asked for cannot be done; a few lines that say why, and what can."""


@dataclass(frozen=True)
class Study:
    """A study of one clone.

    Attributes:
        root: folder of the clone, in which Snakemake runs.
        overlay: what ``--configfile`` is given, relative to the root; empty for the default study.
        config: the configuration with all defaults, as Snakemake has it.
    """

    root: Path
    overlay: str
    config: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the study."""
        return str(self.config["study"])

    @property
    def results(self) -> str:
        """Folder of the results, relative to the root."""
        return self.names.results

    @property
    def names(self) -> StudyNames:
        """What there is in the study, by name."""
        return StudyNames(self.config)

    def path(self, pattern: Pattern, **wildcards: object) -> str:
        """Return the path of one of its files, relative to the root."""
        return pattern.of(**wildcards).below(self.results)

    def owns(self, path: str) -> bool:
        """Return whether a path, relative to the root, lies below the results."""
        return path.startswith(f"{self.results}/")

    def sources(self) -> list[Path]:
        """Return the files on which the results depend, besides the data."""
        folders = [("rules", "*.*"), ("workflow_scripts", "*.py")]
        files = [path for name, what in folders for path in (self.root / name).rglob(what)]
        files += [self.root / "Snakefile", self.root / "config.yaml"]
        return [*files, *([self.root / self.overlay] if self.overlay else [])]


def read_study(root: Path, overlay: str | None) -> Study:
    """Return config.yaml with a study's own keys over it and the defaults, as Snakemake has it.

    Raises:
        UsageError: if there is no such file.
        ConfigurationError: if a key or a value is not valid.
    """
    config: dict[str, Any] = yaml.safe_load((root / "config.yaml").read_text())
    if overlay:
        path = root / overlay
        if not path.is_file():
            raise UsageError(f"STUDY: no file {overlay}; studies/ has some")
        update_config(config, yaml.safe_load(path.read_text()))
    return Study(root, overlay or "", validate(config, root / "rules/schemas"))


def study_name(root: Path, overlay: str | None) -> str | None:
    """Return the name of an overlay's study; None if it cannot be read."""
    try:
        keys = yaml.safe_load((root / "config.yaml").read_text())
        if overlay:
            keys |= yaml.safe_load((root / overlay).read_text())
        return str(keys["study"])
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        return None

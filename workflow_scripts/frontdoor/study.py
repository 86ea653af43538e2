"""A study as the front door sees it: its configuration, and where its files lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakemake.utils import update_config

from cirl.configuration.files import check_files, read_configuration
from cirl.configuration.validation import ConfigurationError, validate
from cirl.study.names import StudyNames
from cirl.study.paths import Pattern

DEMO = "studies/demo.yaml"
"""What the Snakefile lays over config.yaml while a study names neither images nor a table."""


class UsageError(Exception):
    """What was asked for cannot be done; a few lines that say why, and what can."""


@dataclass(frozen=True)
class Study:
    """A study of one clone.

    Attributes:
        root: folder of the clone, in which Snakemake runs.
        overlays: files that are laid over config.yaml, the last one on top, relative to the root.
        config: the configuration with all defaults, as Snakemake has it.
    """

    root: Path
    overlays: tuple[str, ...]
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
        return [*files, *(self.root / overlay for overlay in self.overlays)]


def read_study(root: Path, asked: Sequence[str] = ()) -> Study:
    """Return a study with its configuration as Snakemake has it, and all defaults.

    Args:
        root: folder of the clone.
        asked: what ``--configfile`` is given, relative to the root; empty for the demo.

    Raises:
        UsageError: if there is no such file.
        ConfigurationError: if a key or a value is not valid, the files contradict each other, or
            Snakemake would run one of them.
    """
    for name in asked:
        if not (root / name).is_file():
            raise UsageError(f"STUDY: no file {name}; studies/ has some")
    overlays, config = _merge(root, asked)
    return Study(root, overlays, validate(config, root / "rules/schemas"))


def _merge(root: Path, asked: Sequence[str]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the files that are laid over config.yaml, and what comes out, as in the Snakefile."""
    overlays = tuple(asked)
    config = _lay(root, overlays)
    if not config["cohorts"] and not config["radiomics"]["table"]["path"]:
        overlays = (DEMO, *overlays)
        config = _lay(root, overlays)
    return overlays, config


def _lay(root: Path, overlays: Sequence[str]) -> dict[str, Any]:
    files = [(name, read_configuration(root / name, name)) for name in ("config.yaml", *overlays)]
    check_files(files)
    config: dict[str, Any] = {}
    for _, content in files:
        update_config(config, content)
    return config


def study_name(root: Path, asked: Sequence[str]) -> str | None:
    """Return the name of the study of some files; None if it cannot be read."""
    try:
        return str(_merge(root, asked)[1]["study"])
    except (ConfigurationError, KeyError, TypeError, AttributeError):
        return None

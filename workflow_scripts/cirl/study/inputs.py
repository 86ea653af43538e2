"""Which files a job reads, and what it works off, where that follows from its wildcards."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from cirl.study.clusterings import Clustering
from cirl.study.cohorts import Cohort
from cirl.study.names import StudyNames
from cirl.study.paths import FOLD_SCOPE, Files, Pattern
from cirl.study.safe_names import can_be_listed

OfJob = Callable[[Any], list[Any]]
"""From the wildcards of a job to files, or to what it works off."""


def clusters_file(clustering: Clustering) -> Pattern:
    """Return the path of a clustering's clusters, with the wildcard ``scope``."""
    if clustering.is_selected:
        return Files.selected_clusters.of(algorithm=clustering.algorithm)
    return Files.clusters.of(algorithm=clustering.algorithm, k=clustering.k)


def scope_folds(wildcards: Any) -> list[str]:
    """Return the table of folds, where a clustering is fitted in one of them."""
    if not wildcards.scope:
        return []
    return [Files.folds.of(protocol=PurePath(wildcards.scope).parent.name)]


def scope_fold(wildcards: Any) -> int | None:
    """Return the number of that fold."""
    return int(PurePath(wildcards.scope).name.removeprefix("fold")) if wildcards.scope else None


def members(names: Sequence[str]) -> OfJob:
    """Give the subjects that a job works off, whose ids may have wildcards."""
    return lambda wildcards: [name.format(**wildcards) for name in names]


@dataclass(frozen=True)
class Inputs:
    """What the jobs of a study read. A method is a function of a job's wildcards, or makes one."""

    study: StudyNames

    def existing_files(self, names: Sequence[str]) -> OfJob:
        """Give the files of subjects that are there or will be made.

        A missing one is nothing to wait for: it becomes the reason why its subject is excluded.
        Nor is one whose name Snakemake cannot carry; it is one of the ``unlisted_files``.
        """
        return lambda wildcards: [
            path
            for cohort, path in self._files(names, wildcards)
            if cohort.simulated or (can_be_listed(path) and os.path.isfile(path))
        ]

    def unlisted_files(self, names: Sequence[str]) -> OfJob:
        """Give name, size and time of the files that are there and no input of their job.

        As a job's params they make it run again when such a file changes.
        """
        return lambda wildcards: [
            f"{path!a} {status.st_size} {status.st_mtime_ns}"
            for _, path in self._files(names, wildcards)
            if not can_be_listed(path) and os.path.isfile(path)
            for status in [os.stat(path)]
        ]

    def _files(self, names: Sequence[str], wildcards: Any) -> Iterable[tuple[Cohort, str]]:
        for subject in members(names)(wildcards):
            cohort, name = self.study.found[subject]
            yield from ((cohort, path) for path in cohort.paths(name))

    def subject_files(self, names: Sequence[str]) -> OfJob:
        """Give where the files of subjects lie, and what their labels mean."""
        return lambda wildcards: [
            cohort.files(name)
            for subject in members(names)(wildcards)
            for cohort, name in [self.study.found[subject]]
        ]

    def simulations(self, subjects: Iterable[tuple[str, str]]) -> OfJob:
        """Give what is simulated of subjects: pairs of cohort and name, maybe with wildcards."""
        return lambda wildcards: [
            {
                "name": name.format(**wildcards),
                "settings": self.study.simulation(cohort.format(**wildcards)),
            }
            for cohort, name in subjects
        ]

    def of_trainings(
        self,
        pattern: Pattern,
        seeds: Iterable[int] | None = None,
        arms: Iterable[str] | None = None,
    ) -> OfJob:
        """Give a file of every training of the wildcards' protocol, and arm if there is one."""

        def files(wildcards: Any) -> list[str]:
            arm = getattr(wildcards, "arm", None)
            chosen = arms if arm is None else [arm]
            trainings = self.study.trainings([wildcards.protocol], chosen, seeds)
            return [pattern.of(**training) for training in trainings]

        return files

    def of_start(self, pattern: Pattern) -> OfJob:
        """Give a file of the arm whose weights an arm starts from, in the same fold, if any."""

        def files(wildcards: Any) -> list[str]:
            start = self.study.arm_row(wildcards.arm)["start"]
            return [pattern.of(**{**wildcards, "arm": start})] if start else []

        return files

    def held_out_clusters(self, wildcards: Any) -> list[str]:
        """Return the clusters that are left out, where a protocol leaves clusters out."""
        clustering = self.study.held_out_clustering
        if wildcards.protocol != "lodo" or clustering is None:
            return []
        return [clusters_file(clustering).of_all]

    def own_splits(self, wildcards: Any) -> list[str]:
        """Return the splits that the study brings, where they are a protocol's."""
        return [self.study.own_splits_path] if wildcards.protocol == "given" else []

    def arm_clusters(self, wildcards: Any) -> list[str]:
        """Return the clusters that are an arm's domains, where they are clusters."""
        seen = self.study.arm_clustering(wildcards["arm"])
        return [clusters_file(seen[0]).of(scope=_scope(seen[1], wildcards))] if seen else []

    def arm_decision(self, wildcards: Any) -> list[str]:
        """Return what was decided of these clusters, where they are the selected ones."""
        seen = self.study.arm_clustering(wildcards["arm"])
        if seen is None or not seen[0].is_selected:
            return []
        scope = _scope(seen[1], wildcards)
        return [Files.decision.of(algorithm=seen[0].algorithm, scope=scope)]


def _scope(fit: str, wildcards: Any) -> str:
    return FOLD_SCOPE.format(**wildcards) if fit == "fold" else ""

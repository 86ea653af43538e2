"""What there is in a study, by name: its configuration as lists that rules can go through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from cirl.study.arm_domains import arm_domains
from cirl.study.clusterings import Clustering
from cirl.study.own_splits import Roles, read_own_splits
from cirl.study.population import Population, StudyError
from cirl.study.signatures import FITTED_ON_ALL, SignatureRow, signature_rows
from cirl.study.user_table import TableError

TrainingNames = dict[str, Any]
"""Protocol, arm, seed and fold."""


class StudyNames(Population):
    """The names of a study: those of its population, its clusterings, folds, arms and trainings."""

    # --- clusterings ---

    @property
    def algorithms(self) -> list[str]:
        """Algorithms of the sweep."""
        return list(self.config["clustering"]["algorithms"])

    @property
    def ks(self) -> range:
        """Numbers of clusters of the sweep."""
        smallest, largest = self.config["clustering"]["k"]
        return range(smallest, largest + 1)

    @property
    def clusterings(self) -> list[Clustering]:
        """The clusterings of the sweep."""
        return [Clustering(algorithm, k) for algorithm in self.algorithms for k in self.ks]

    @property
    def evaluated_clusterings(self) -> list[Clustering]:
        """Those by which every arm's scores are divided."""
        return list(map(Clustering.parse, self.config["evaluation"]["clusterings"]))

    @property
    def probed_clusterings(self) -> list[Clustering]:
        """Those of whose clusters the networks' features are asked."""
        known = {str(clustering): clustering for clustering in self.clusterings}
        return [known[name] for name in self.config["probes"]["domains"] if name in known]

    # --- folds ---

    @property
    def protocols(self) -> list[str]:
        """Ways to divide the subjects into folds."""
        return list(self.config["folds"]["protocols"])

    def fold_count(self, protocol: str) -> int:
        """Return how many folds a protocol has, which configuration and own splits decide."""
        if protocol == "lodo":
            return len(self.held_out_domains)
        if protocol == "given":
            return len(self.own_splits)
        if protocol == "holdout":
            return 1
        return int(self.config["folds"][protocol]["folds"])

    @property
    def own_splits_path(self) -> str:
        """Where the splits lie that the study brings; empty where it uses none."""
        used = self.trained_arms and "given" in self.protocols
        return str(self.config["folds"]["given"]["path"] or "") if used else ""

    @cached_property
    def own_splits(self) -> Roles:
        """The splits that the study brings, with the names that the file has.

        Raises:
            StudyError: where the file cannot be read.
        """
        try:
            return read_own_splits(self.own_splits_path) if self.own_splits_path else []
        except TableError as error:
            raise StudyError(f"folds.given: {error}") from None

    @property
    def held_out_domains(self) -> list[str]:
        """The domains that lodo leaves out, in the order of its folds.

        Known columns have none unless they are named: what is in them is not known beforehand.
        """
        settings = self.config["folds"]["lodo"]
        if settings["held_out"] or isinstance(settings["domains"], list):
            return list(settings["held_out"])
        clustering = self.held_out_clustering
        return clustering.cluster_names if clustering else sorted(self.config["use"]["cohorts"])

    @property
    def held_out_clustering(self) -> Clustering | None:
        """The clustering whose clusters lodo leaves out; None where they are no clusters."""
        domains = self.config["folds"]["lodo"]["domains"]
        return Clustering.parse(domains) if isinstance(domains, Mapping) else None

    @property
    def left_out_columns(self) -> list[str]:
        """The known columns whose domains are left out; empty where lodo leaves out others."""
        domains = self.config["folds"]["lodo"]["domains"]
        used = self.trained_arms and "lodo" in self.protocols and isinstance(domains, list)
        return list(domains) if used else []

    # --- arms and trainings ---

    @property
    def seeds(self) -> list[int]:
        """Numbers of repeated trainings."""
        return list(self.config["segmentation"]["seeds"])

    @property
    def selection(self) -> list[str]:
        """Rules that select the epoch whose weights are used; the first is every arm's own."""
        return list(self.config["segmentation"]["selection"])

    @property
    def trained_arms(self) -> list[str]:
        """The arms that are trained."""
        return list(self.config["use"]["arms"])

    @cached_property
    def _selected_from(self) -> dict[str, str]:
        """The arm that is trained, of each arm that a further rule selects from a training."""
        return {f"{arm}_{rule}": arm for rule in self.selection[1:] for arm in self.trained_arms}

    @cached_property
    def arms(self) -> list[str]:
        """All arms: each further rule of selection makes another arm of a training."""
        return [*self.trained_arms, *self._selected_from]

    def arm_row(self, arm: str) -> dict[str, Any]:
        """Return an arm's row of the configuration, which it shares with those selected of it."""
        row: dict[str, Any] = self.config["arms"][self._selected_from.get(arm, arm)]
        return row

    @property
    def arm_rows(self) -> dict[str, dict[str, Any]]:
        """The rows of all arms, by name."""
        return {arm: self.arm_row(arm) for arm in self.arms}

    def arm_clustering(self, arm: str) -> tuple[Clustering, str] | None:
        """Return the clustering whose clusters an arm sees, and whether it is fitted in a fold.

        Returns:
            the clustering, and ``all`` or ``fold``; None where the arm sees no clusters.
        """
        domains = arm_domains(self.arm_row(arm))
        if not isinstance(domains, Mapping):
            return None
        return Clustering.parse(domains), domains["fit"] or self.config["clustering"]["fit"]

    def trained_cohorts(self, arm: str) -> list[str]:
        """Return the cohorts on which an arm, and what it starts from, trained; empty for all."""
        own, start = self.arm_row(arm)["cohorts"], self.arm_row(arm)["start"]
        if not own or not start:
            return list(own)
        before = self.trained_cohorts(start)
        return list(dict.fromkeys([*before, *own])) if before else []

    def trainings(
        self,
        protocols: Iterable[str] | None = None,
        arms: Iterable[str] | None = None,
        seeds: Iterable[int] | None = None,
    ) -> list[TrainingNames]:
        """Return protocol, arm, seed and fold of every training, or of those of some."""
        return [
            {"protocol": protocol, "arm": arm, "seed": seed, "fold": fold}
            for protocol in (self.protocols if protocols is None else protocols)
            for arm in (self.arms if arms is None else arms)
            for seed in (self.seeds if seeds is None else seeds)
            for fold in range(self.fold_count(protocol))
        ]

    # --- texture signatures ---

    @cached_property
    def signatures(self) -> dict[str, SignatureRow]:
        """The texture signatures that the study uses, by name."""
        return signature_rows(self.config)

    def texture_folds(self, signature: str) -> range:
        """Return the numbers of a signature's folds; one may turn out to test nobody."""
        return range(self.signatures[signature].fold_count(len(self.subjects)))

    def texture_fold_settings(self, signature: str) -> dict[str, Any]:
        """Return how the subjects of a signature are divided, as plain values."""
        row = self.signatures[signature]
        keys = ("target", "positive", "protocol", "number", "column", "held_out")
        return {key: getattr(row, key) for key in keys}

    def signings(
        self, signature: str, encoders: Iterable[str] | None = None
    ) -> list[TrainingNames]:
        """Return what tells one fitted encoder of a signature from another.

        Returns:
            ``signature, encoder, fit, k, seed, fold`` of each; of those that are fitted on all
            subjects there is one for all folds.
        """
        row = self.signatures[signature]
        folds = {"fold": self.texture_folds(signature), "all": [FITTED_ON_ALL]}
        return [
            {
                "signature": signature,
                "encoder": encoder,
                "fit": fit,
                "k": k,
                "seed": seed,
                "fold": fold,
            }
            for encoder in (row.encoders if encoders is None else encoders)
            for fit in row.fits
            for k in row.ks
            for seed in row.seeds
            for fold in folds[fit]
        ]

    # --- detectors ---

    @property
    def detectors(self) -> list[str]:
        """The detectors that are run."""
        return list(self.config["anomaly"]["use"])

    def detector_row(self, detector: str) -> dict[str, Any]:
        """Return a detector's row of the configuration, in which nothing is null any more."""
        row: dict[str, Any] = self.config["anomaly"]["detectors"][detector]
        return row

    def detections(
        self,
        protocols: Iterable[str] | None = None,
        detectors: Iterable[str] | None = None,
    ) -> list[TrainingNames]:
        """Return protocol, detector, seed and fold of every detection, or of those of some."""
        settings = self.config["anomaly"]
        return [
            {"protocol": protocol, "detector": detector, "seed": seed, "fold": fold}
            for protocol in (settings["protocols"] if protocols is None else protocols)
            for detector in (self.detectors if detectors is None else detectors)
            for seed in self.detector_row(detector)["seeds"]
            for fold in range(self.fold_count(protocol))
        ]

"""Who is in a study: its cohorts, their subjects, and how jobs share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cirl.study.cohorts import Cohort
from cirl.study.participants import ParticipantsTable, find_table
from cirl.study.paths import Files, results_of
from cirl.study.patients import OF_SESSIONS
from cirl.study.safe_names import told_apart
from cirl.study.shared_folders import shared_files
from cirl.study.subjects import by_id, cohort_of, into_batches, simulated_names


class StudyError(Exception):
    """The study cannot be as the configuration says; a line that names the key."""


@dataclass(frozen=True)
class Population:
    """The cohorts and subjects of a study. Folders are looked into when they are asked for.

    Attributes:
        config: the study's configuration, validated, with all defaults.
    """

    config: Mapping[str, Any]

    @property
    def results(self) -> str:
        """Folder of the results, relative to the project."""
        return results_of(self.config["study"])

    @cached_property
    def cohorts(self) -> dict[str, Cohort]:
        """The cohorts that the study uses."""
        return {name: self._cohort(name) for name in self.config["use"]["cohorts"]}

    def _cohort(self, name: str) -> Cohort:
        entry, used = self.config["cohorts"][name], self.contrasts
        simulated = bool(entry.get("simulate"))
        root = Files.phantom.of(cohort=name).below(self.results) if simulated else entry["root"]
        return Cohort(
            name=name,
            root=root.rstrip("/"),
            pattern=entry["pattern"],
            contrasts={contrast: entry["contrasts"][contrast] for contrast in used},
            label=entry["label"],
            label_map=entry["label_map"],
            brain_mask=entry["brain_mask"],
            simulated=simulated,
            own_patterns=entry["patterns"],
            unused={our: own for our, own in entry["contrasts"].items() if our not in used},
            volumes=entry["volumes"],
        )

    def _names_in(self, cohort: Cohort) -> list[str]:
        """Names of a cohort's subjects: those simulated by it, or those in its folder."""
        if cohort.simulated:
            simulate = self.config["cohorts"][cohort.name]["simulate"]
            return simulated_names(simulate["subjects"], simulate["first"])
        names = cohort.find()
        if not names:
            raise StudyError(
                f"cohorts.{cohort.name}: no subject below {cohort.root}, see its pattern"
            )
        return names

    def simulation(self, cohort: str) -> dict[str, Any]:
        """Return what a cohort's subjects share; who there is, is left out, none depends on it."""
        settings = self.config["cohorts"][cohort]["simulate"]
        return {key: value for key, value in settings.items() if key not in ("subjects", "first")}

    def simulated_cohorts(self, kind: str) -> list[str]:
        """Return the names of the cohorts that are simulated, of one kind."""
        return [
            name
            for name, cohort in self.cohorts.items()
            if cohort.simulated and self.config["cohorts"][name]["simulate"]["kind"] == kind
        ]

    @cached_property
    def participants_tables(self) -> dict[str, ParticipantsTable]:
        """The tables of what is known of the subjects, of the cohorts that have one."""
        entries = {name: self.config["cohorts"][name] for name in self.cohorts}
        return {
            name: ParticipantsTable(
                cohort=name,
                path=self._participants_path(name),
                columns=(*entry["domains"], *entry["clinical"]),
                key=entry["participants_key"],
                domains=tuple(entry["domains"]),
                patient=entry["patient_column"],
                template=self._patient_template(name),
            )
            for name, entry in entries.items()
            if entry["participants"]
        }

    @property
    def patient_templates(self) -> dict[str, str]:
        """What in a subject's name is the patient, of the cohorts whose names say it."""
        entries = {name: self._patient_template(name) for name in self.cohorts}
        return {
            name: template
            for name, template in entries.items()
            if template and not self.config["cohorts"][name]["patient_column"]
        }

    def _patient_template(self, cohort: str) -> str | None:
        entry = self.config["cohorts"][cohort]
        sessions = OF_SESSIONS if "{session}" in entry["pattern"] else None
        own: str | None = entry["patient"]
        return own or sessions

    def _participants_path(self, cohort: str) -> str:
        path, root = self.config["cohorts"][cohort]["participants"], self.cohorts[cohort].root
        return f"{root}/{path}" if self.cohorts[cohort].simulated else find_table(path, root)

    def names_of(self, cohort: str) -> list[str]:
        """Return the names of a cohort's subjects."""
        return [name for its, name in self.found.values() if its.name == cohort]

    @cached_property
    def found(self) -> dict[str, tuple[Cohort, str]]:
        """Cohort and name of every subject found, by its id.

        Raises:
            StudyError: where a cohort's folder holds none; where two subjects have one id; where
                two cohorts have the same subjects.
        """
        names = {cohort.name: self._names_in(cohort) for cohort in self.cohorts.values()}
        pairs = [(cohort, name) for cohort, own in names.items() for name in own]
        try:
            ids = by_id(pairs, told_apart(self.results))
        except ValueError as error:
            raise StudyError(str(error)) from None
        found = {subject: (self.cohorts[cohort_of(subject)], name) for subject, name in ids.items()}
        if lines := shared_files(found) if len(self.cohorts) > 1 else []:
            raise StudyError("\n".join(lines))
        return found

    @cached_property
    def subjects(self) -> list[str]:
        """Ids of all subjects found, sorted."""
        return sorted(self.found)

    @cached_property
    def batches(self) -> dict[str, list[str]]:
        """What one job of a rule on subjects works off, of all subjects."""
        return self.batches_of(self.subjects)

    def batches_of(self, subjects: Sequence[str]) -> dict[str, list[str]]:
        """Return what one job of a rule on subjects works off, by the job's name.

        Where each subject has a job of its own, a wildcard stands for it, so that there is one
        rule and not one a subject.
        """
        if self.config["batch"] == 1:
            return {"{subject}": ["{subject}"]} if subjects else {}
        return into_batches(subjects, self.config["batch"])

    def rule_of(self, stage: str, batch: str) -> str:
        """Return the name of the rule that works off a batch."""
        return stage if self.config["batch"] == 1 else f"{stage}_{batch}"

    @property
    def contrasts(self) -> list[str]:
        """Contrasts, in the order of the channels."""
        return list(self.config["contrasts"])

    @cached_property
    def known_domains(self) -> list[str]:
        """Columns of the participants' tables that say of which domain a subject is."""
        columns = (
            column for name in self.cohorts for column in self.config["cohorts"][name]["domains"]
        )
        return list(dict.fromkeys(columns))

    @property
    def several_tables(self) -> bool:
        """Whether the study brings a feature table a cohort."""
        return isinstance(self.config["radiomics"]["table"]["path"], Mapping)

    @property
    def own_tables(self) -> list[str]:
        """Paths of the feature tables that the study brings in place of measuring."""
        path = self.config["radiomics"]["table"]["path"]
        return list(path.values()) if self.several_tables else [path] if path else []

    @property
    def own_table_columns(self) -> list[tuple[str, str, str]]:
        """Of each such table the cohort (empty for the only one), path and column of subjects."""
        table = self.config["radiomics"]["table"]
        column, path = table["subject_column"], table["path"]
        if not self.several_tables:
            return [("", path, column if isinstance(column, str) else "")] if path else []
        of = column if isinstance(column, Mapping) else dict.fromkeys(path, column)
        return [(cohort, own, of.get(cohort, "")) for cohort, own in path.items()]

    @property
    def cluster_domains(self) -> list[str]:
        """What clusters are compared with: the cohort too, where there are several."""
        several = len(self.cohorts) > 1 or self.several_tables
        return self.known_domains + ["cohort"] * several

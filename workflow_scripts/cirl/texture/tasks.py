"""What jobs of the evidence do: read what a signature is asked, examine it, write its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.study.subjects import cohort_of
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.radiomics import FEATURE_TABLE
from cirl.study.tables.texture import SIGNATURES, TEXTURE_FOLDS, TRUE_SHARES
from cirl.study.tables.texture_evidence import (
    IMPORTANCES,
    NULL_MEASURES,
    PREDICTIONS,
    STABILITY,
)
from cirl.texture.design import Design, Target, read_design, read_targets
from cirl.texture.examination import Evidence, Examined, examine
from cirl.texture.features import (
    baseline_array,
    baseline_columns,
    shares_by_subject,
    signature_array,
    without_groups,
)
from cirl.texture.summary import ORACLE

EXAMINED_TABLES = {
    "predictions": PREDICTIONS,
    "null": NULL_MEASURES,
    "importances": IMPORTANCES,
    "stability": STABILITY,
}
"""Tables of what was examined, by the names of their files."""


@dataclass(frozen=True)
class Question:
    """What a signature is asked.

    Attributes:
        design: who is tested by whom.
        targets: what is predicted.
    """

    design: Design
    targets: list[Target]


def read_question(folds: str | Path, target: str, protocol: str) -> Question:
    """Read a signature's folds and targets.

    Args:
        folds: ``folds.csv`` of the signature.
        target: the clinical column.
        protocol: how the folds are made.
    """
    table = TEXTURE_FOLDS.read(folds)
    return Question(read_design(table, protocol), read_targets(table, target))


def examine_encoder(
    question: Question,
    signatures: Mapping[tuple[int, int], str],
    subjects: str | Path,
    standardise: Sequence[str],
    names: Mapping[str, Any],
    settings: Evidence,
) -> Examined:
    """Examine the signatures of one encoder.

    Args:
        question: what they are asked.
        signatures: files by seed and fold; where it is fitted on all, by seed and fold 0.
        subjects: ``cohort/subjects.csv``.
        standardise: known domains inside whose values they are standardised as well.
        names: encoder, k and fit.
        settings: of the evidence.
    """
    design = question.design
    folds = [0] if names["fit"] == "all" else design.fold_numbers.tolist()
    arrays = {
        seed: signature_array([SIGNATURES.read(signatures[seed, fold]) for fold in folds], design)
        for seed in sorted({seed for seed, _ in signatures})
    }
    known = SUBJECTS.read(subjects).set_index("subject").reindex(design.subjects)
    variants = {"": arrays}
    for column in standardise:
        groups = known[column].fillna("").to_numpy(str)
        variants[column] = {
            seed: without_groups(values, groups, design) for seed, values in arrays.items()
        }
    return _joined(
        examine({**names, "standardise": name}, own, design, question.targets, settings)
        for name, own in variants.items()
    )


def examine_baselines(
    question: Question,
    measured: str | Path,
    truths: Mapping[str, str],
    region: str,
    contrasts: Sequence[str],
    settings: Evidence,
) -> Examined:
    """Examine what is there without any encoder: radiomics, and the true shares of phantoms.

    Args:
        question: what is asked.
        measured: ``radiomics/measured.csv``.
        truths: ``truth.csv`` of simulated cohorts, by their names; they are used where all subjects
            are simulated.
        region: of the signature.
        contrasts: of the signature.
        settings: of the evidence.
    """
    design = question.design
    table = FEATURE_TABLE.read(measured)
    columns = baseline_columns(list(table.columns[1:]), region, contrasts)
    arrays = {name: baseline_array(table, chosen, design) for name, chosen in columns.items()}
    if set(map(cohort_of, design.subjects)) <= set(truths):
        shares = shares_by_subject({name: TRUE_SHARES.read(path) for name, path in truths.items()})
        arrays[ORACLE] = baseline_array(shares, [c for c in shares if c != "subject"], design)
    if not arrays:
        return Examined(*(table.empty() for table in EXAMINED_TABLES.values()))
    return _joined(
        examine(
            {"encoder": name, "k": 0, "fit": "fold", "standardise": ""},
            {0: values},
            design,
            question.targets,
            settings,
            clusters=False,
        )
        for name, values in arrays.items()
    )


def _joined(parts: Any) -> Examined:
    parts = list(parts)
    return Examined(
        *(
            pd.concat([getattr(part, name) for part in parts], ignore_index=True)
            for name in EXAMINED_TABLES
        )
    )


def write_examined(examined: Examined, paths: Mapping[str, str]) -> None:
    """Write the tables of what was examined.

    Args:
        examined: the tables.
        paths: by their names in ``EXAMINED_TABLES``.
    """
    for name, table in EXAMINED_TABLES.items():
        frame: pd.DataFrame = getattr(examined, name)
        first = [*table.names, *(column for column in frame if column not in table.columns)]
        table.write(frame[first], paths[name])


def read_examined(folders: Sequence[Mapping[str, str]]) -> Examined:
    """Read the tables of all that was examined, as one of each."""
    return Examined(
        *(
            table.read_all(files[name] for files in folders)
            for name, table in EXAMINED_TABLES.items()
        )
    )

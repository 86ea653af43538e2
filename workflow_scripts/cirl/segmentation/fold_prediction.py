"""Segmenting the test subjects of one fold of a study with the network trained without them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirl.folds.splits import subjects_of
from cirl.imaging.store import scaled_store
from cirl.segmentation.model_file import Model, read_scale_rows, write_model
from cirl.segmentation.postprocessing import fitting_subjects
from cirl.segmentation.predict import choose_postprocessing, predict_subjects
from cirl.segmentation.settings import PredictionSettings, build_settings
from cirl.segmentation.weights import digest_of, load_weights
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import FOLDS, POSTPROCESSING, RELIABILITY


@dataclass(frozen=True)
class PredictionFiles:
    """Where a fold's predictions go.

    Attributes:
        predictions: folder of the masks.
        reliability: ``reliability.csv``.
        postprocessing: ``postprocessing.csv``.
        model: ``model.json``.
    """

    predictions: Path
    reliability: Path
    postprocessing: Path
    model: Path


@dataclass(frozen=True)
class PredictionInputs:
    """What a fold's predictions are made from.

    Attributes:
        store: folder of the preprocessed subjects.
        subjects: ``cohort/subjects.csv``.
        folds: ``folds/{protocol}.csv``.
        weights: the fold's.
        standard: files of the standard scale, where the study has one.
        fold_scale: files of the fold's own, where it has one.
    """

    store: Path
    subjects: Path
    folds: Path
    weights: Path
    standard: Sequence[Path] = ()
    fold_scale: Sequence[Path] = ()


def predict_fold(
    training: Mapping[str, Any],
    inputs: PredictionInputs,
    prediction: Mapping[str, Any],
    preprocessing: Mapping[str, Any],
    cohorts: Sequence[str],
    files: PredictionFiles,
) -> None:
    """Segment the test subjects, and write beside the masks all that another prediction needs.

    Args:
        training: study, protocol, arm, seed and fold.
        inputs: what is read.
        prediction: the configuration's section.
        preprocessing: the configuration's section.
        cohorts: those that the arm trained on; empty for all.
        files: what is written.
    """
    trained, fold = load_weights(inputs.weights), int(training["fold"])
    settings = build_settings(PredictionSettings, prediction)
    folds = FOLDS.read(inputs.folds)
    learnt_from = fitting_subjects(SUBJECTS.read(inputs.subjects), folds, fold, cohorts)
    contrasts = list(trained.contrasts)
    store = scaled_store(inputs.store, inputs.fold_scale, contrasts)
    chosen, table = choose_postprocessing(trained, store, learnt_from, settings)
    POSTPROCESSING.write(table, files.postprocessing)
    scales = (*inputs.standard, *inputs.fold_scale)
    model = Model(
        training=dict(training),
        digest=digest_of(inputs.weights),
        contrasts=contrasts,
        outputs=trained.outputs,
        preprocessing=preprocessing,
        standard_scale=[row for path in scales for row in read_scale_rows(path, contrasts)],
        prediction=prediction,
        postprocessing=vars(chosen),
    )
    write_model(model, files.model)
    tested = subjects_of(folds, fold, "test")
    counts = predict_subjects(trained, store, tested, settings, chosen, files.predictions)
    RELIABILITY.write(counts, files.reliability)


def leave_unpredicted(files: PredictionFiles) -> None:
    """Write the files of an arm that was not run: no mask, no row, an empty model."""
    files.predictions.mkdir(parents=True)
    files.model.write_bytes(b"")
    RELIABILITY.write(RELIABILITY.empty(), files.reliability)
    POSTPROCESSING.write(POSTPROCESSING.empty(), files.postprocessing)

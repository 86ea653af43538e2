"""Where every file of a study lies. Rules, checks and the front door name files by these alone.

Figures and pages, which nobody reads but the reader of the report, are named by their rows in
``rules/report.yaml`` instead.

A path begins with Snakemake's path variable ``<results>`` and has wildcards in braces.
``{scope}`` is empty for what is made of all subjects, and names a fold for what is made in it, of
those who train there.
"""

from __future__ import annotations

RESULTS = "results/<study>"
"""Folder of a study's results, relative to the project."""

FOLD_SCOPE = "folds/{protocol}/fold{fold}/"
IN_A_FOLD = r"folds/[a-z]+/fold\d+/"
"""What stands for ``{scope}`` in a fold, and the expression that matches it."""


class Pattern(str):
    """A path with wildcards."""

    def of(self, **values: object) -> Pattern:
        """Put values in the place of some wildcards, and leave the others.

        Raises:
            ValueError: naming a wildcard that the path does not have.
        """
        filled = str(self)
        for name, value in values.items():
            if f"{{{name}}}" not in self:
                raise ValueError(f"{self}: has no wildcard {name!r}")
            filled = filled.replace(f"{{{name}}}", str(value))
        return Pattern(filled)

    @property
    def of_all(self) -> Pattern:
        """The file that is made of all subjects, and not in a fold."""
        return self.of(scope="")

    @property
    def relative(self) -> str:
        """The path inside the folder of results."""
        return self.removeprefix("<results>/")

    def below(self, results: str) -> str:
        """Return the path with a folder in the place of ``<results>``."""
        return self.replace("<results>", results)


def results_of(study: str) -> str:
    """Return the folder of a study's results, relative to the project."""
    return RESULTS.replace("<study>", study)


def _in_results(path: str) -> Pattern:
    return Pattern(f"<results>/{path}")


LOGS, TIMINGS = _in_results("logs"), _in_results("timings")
"""Folders of what jobs say, and of how long they took."""


def _of_training(path: str) -> Pattern:
    return _in_results(f"segmentation/{{protocol}}/{{arm}}/seed{{seed}}/fold{{fold}}/{path}")


def _of_signature(path: str) -> Pattern:
    return _in_results(f"texture/{{signature}}/{path}")


def _of_encoder(path: str) -> Pattern:
    return _of_signature(f"{{encoder}}/{{fit}}/k{{k}}/seed{{seed}}/fold{{fold}}/{path}")


def _of_detection(path: str) -> Pattern:
    return _in_results(f"anomaly/{{protocol}}/{{detector}}/seed{{seed}}/fold{{fold}}/{path}")


def _of_algorithm(path: str) -> Pattern:
    return _in_results(f"{{scope}}clustering/{{algorithm}}/{path}")


def _of_network(ending: str) -> Pattern:
    return _in_results(f"{{scope}}clustering/deep/{{network}}{{repetition}}{ending}")


class Files:
    """Every file of a study."""

    report = _in_results("report.html")
    provenance = _in_results("provenance.json")

    # phantom
    phantom = _in_results("phantom/{cohort}")  # a folder
    phantom_image = _in_results("phantom/{cohort}/{name}/{name}-{kind}.nii.gz")
    phantom_participants = _in_results("phantom/{cohort}/participants.tsv")
    phantom_truth = _in_results("phantom/{cohort}/truth.csv")

    # cohort
    subjects = _in_results("cohort/subjects.csv")
    unmatched = _in_results("cohort/participants_unmatched.csv")
    quality = _in_results("cohort/quality.csv")

    # preprocessing
    store = _in_results("preprocessed")  # a folder
    image = _in_results("preprocessed/{subject}.image.b2nd")
    label = _in_results("preprocessed/{subject}.label.b2nd")
    metadata = _in_results("preprocessed/{subject}.json")
    arrays = (image, label)
    stored = (*arrays, metadata)
    landmarks = _in_results("normalisation/landmarks/{subject}.csv")
    standard_scale = _in_results("normalisation/standard_scale.csv")

    # radiomics
    measurements = _in_results("radiomics/{subject}.csv")
    measured = _in_results("radiomics/measured.csv")
    features = _in_results("{scope}radiomics/features.csv")
    cleaning = _in_results("{scope}radiomics/cleaning.csv")
    feature_summary = _in_results("radiomics/summary.csv")
    without_features = _in_results("radiomics/missing.csv")
    region_statuses = _in_results("radiomics/statuses.csv")
    table_sources = _in_results("radiomics/sources.csv")

    # clustering
    clustered_features = _in_results("{scope}clustering/features.csv")
    outliers = _in_results("{scope}clustering/outliers.csv")
    linkage = _in_results("{scope}clustering/ward/linkage.csv")
    clusters = _of_algorithm("k{k}.csv")
    criteria = _of_algorithm("k{k}_criteria.csv")
    selected_clusters = _of_algorithm("selected.csv")
    decision = _of_algorithm("decision.csv")
    sweep = _in_results("{scope}clustering/sweep.csv")
    null = _in_results("{scope}clustering/evidence/null_{part}.csv")
    stability = _in_results("{scope}clustering/evidence/stability_{part}.csv")
    resampled_labels = _in_results("{scope}clustering/evidence/labels_{part}.npz")
    agreement = _in_results("clustering/agreement.csv")
    embedding = _in_results("clustering/embedding.csv")
    effects = _of_algorithm("effects.csv").of_all
    profiles = _of_algorithm("profiles.csv").of_all

    # deep clustering
    slices = _in_results("clustering/deep/slices.npz")
    network = _of_network(".pt")
    network_history = _of_network("_history.csv")
    network_latents = _of_network("_latents.csv")
    network_examples = _in_results("clustering/deep/{network}_examples.npz")
    network_traversals = _in_results("clustering/deep/{network}_traversals.npz")
    deep_latents = _of_algorithm("k{k}_latents.csv")
    deep_history = _of_algorithm("k{k}_history.csv")
    deep_null = _of_algorithm("k{k}_null.csv")
    deep_stability = _of_algorithm("k{k}_stability.csv")

    # folds and segmentation
    folds = _in_results("folds/{protocol}.csv")
    fold_scale = _in_results(f"{FOLD_SCOPE}standard_scale.csv")
    status = _of_training("status.csv")
    weights = _of_training("weights.pt")
    further_weights = _of_training("weights_{selection}.pt")
    history = _of_training("history.csv")
    tensorboard = _of_training("tensorboard")  # a folder
    model = _of_training("model.json")
    model_card = _of_training("model_card.md")
    predictions = _of_training("predictions")  # a folder
    reliability = _of_training("reliability.csv")
    postprocessing = _of_training("postprocessing.csv")
    metrics = _of_training("metrics.csv")
    fold_probes = _of_training("probes.csv")

    # texture
    texture_folds = _of_signature("folds.csv")
    texture_patches = _of_signature("patches.npz")
    texture_encoder = _of_encoder("encoder.npz")
    texture_history = _of_encoder("history.csv")
    texture_signatures = _of_encoder("signatures.csv")
    texture_maps = _of_encoder("maps")  # a folder

    # texture evidence
    texture_examined = _of_signature("evidence/{encoder}/{fit}/k{k}/{part}.csv")
    texture_planted = _of_signature("evidence/{encoder}/{fit}/k{k}/planted.csv")
    texture_baselines = _of_signature("evidence/baselines/{part}.csv")
    texture_predictions = _of_signature("predictions.csv")
    texture_summary = _of_signature("summary.csv")
    texture_differences = _of_signature("differences.csv")
    texture_importances = _of_signature("importances.csv")
    texture_stability = _of_signature("stability.csv")

    # anomaly
    detector_weights = _of_detection("weights.pt")
    detector_history = _of_detection("history.csv")
    detector_scores = _of_detection("scores")  # a folder
    detector_slices = _of_detection("slices.csv")
    detector_score = _of_detection("score.json")
    detector_examples = _of_detection("examples.npz")
    detector_voxels = _of_detection("voxels.npz")
    detector_thresholds = _of_detection("thresholds.csv")
    detector_measured = _of_detection("measured.csv")
    detector_masks = _of_detection("predictions")  # a folder
    detector_metrics = _of_detection("metrics.csv")
    detector_slice_dice = _of_detection("slice_dice.csv")
    detector_summary = _in_results("anomaly/summary.csv")
    detector_tests = _in_results("anomaly/tests.csv")
    detector_slice_scores = _in_results("anomaly/slice_scores.csv")
    detector_healthy = _in_results("anomaly/healthy.csv")
    detector_slice_conventions = _in_results("anomaly/slice_conventions.csv")

    # evaluation
    scores = _in_results("evaluation/scores.csv")
    partitions = _in_results("evaluation/partitions.csv")
    summary = _in_results("evaluation/summary.csv")
    arm_statuses = _in_results("evaluation/arms.csv")
    score_domains = _in_results("evaluation/domains.csv")
    tests = _in_results("evaluation/tests.csv")
    primary = _in_results("evaluation/primary.csv")
    gaps = _in_results("evaluation/gaps.csv")
    worst_domains = _in_results("evaluation/worst_domains.csv")
    domain_effects = _in_results("evaluation/domain_effects.csv")
    ranking = _in_results("evaluation/ranking.csv")
    threshold = _in_results("evaluation/threshold.csv")
    probes = _in_results("evaluation/probes.csv")
    dose_response = _in_results("evaluation/dose_response.csv")

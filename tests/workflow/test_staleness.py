"""Nothing goes stale silently: a changed function of each stage, and the rules that run again.

The study is finished by name only: its files are empty, and what would run is asked, not run.
"""

import ast
from collections.abc import Iterator
from contextlib import contextmanager

import pandas
import pytest
from study import Study, make_study

from cirl.running.provenance import read


def rules(names: str) -> set[str]:
    return set(names.split())


SCORES = rules(
    "score_fold collect_scores summarise_metrics test_primary compare_arms find_worst_domains "
    "rank_arms adjust_domains measure_gaps tabulate_scores plot_scores plot_ranking "
    "plot_predictions summarise_probes show_provenance write_model_card"
)
# What follows from the clusters that some arms have as domains.
ARMS = SCORES | rules("train_fold predict_fold probe_fold plot_training")
CLUSTERS = ARMS | rules(
    "sweep_clusters select_clusters compare_domains describe_clusters plot_clusters plot_consensus "
    "plot_embeddings plot_evidence plot_silhouettes"
)
FEATURES = CLUSTERS | rules(
    "merge_features tabulate_features assemble_features link cluster_features draw_null "
    "resample_clusters plot_exclusions plot_features plot_regions"
)
DEEP = rules("cluster_deep assess_deep plot_latent")
COHORT = (CLUSTERS | DEEP) | rules(
    "merge_subjects make_folds check_quality draw_contact_sheet plot_exclusions plot_montage "
    "plot_features plot_regions cluster_features slice_subjects pretrain_network show_network "
    "plot_network score_threshold"
)
STORE = COHORT | FEATURES | rules("preprocess_subject measure_subject")
PHANTOM = STORE | rules("simulate_subject simulate_participants")

CHANGES = {
    "phantom": ("phantom/scanner.py", "acquire", PHANTOM),
    # Whose scans subjects are stands in its table, and evidence counts patients.
    "cohort": (
        "imaging/cohort.py",
        "subjects_table",
        COHORT | {"draw_null", "resample_clusters"},
    ),
    "preprocessing": ("imaging/normalisation.py", "zscore", STORE),
    "radiomics": ("radiomics/cleaning.py", "clean", FEATURES),
    "clustering": (
        "clustering/clusterers.py",
        "build_clusterer",
        CLUSTERS | {"cluster_features", "draw_null", "resample_clusters", "assess_deep"},
    ),
    "deep clustering": ("deep_clustering/methods.py", "build_method", CLUSTERS | DEEP),
    "segmentation": ("segmentation/postprocessing.py", "remove_small", SCORES | {"predict_fold"}),
    # Post-processing is fitted by Dice.
    "evaluation": ("metrics/overlap.py", "dice", SCORES | {"score_threshold", "predict_fold"}),
    # Another ranking repeats no test.
    "ranking": (
        "evaluation/ranking.py",
        "kendall_tau",
        {"rank_arms", "plot_ranking", "tabulate_scores", "show_provenance"},
    ),
    "quality": ("report/pages/quality.py", "quality_page", {"plot_exclusions", "show_provenance"}),
    "figures": ("report/figures/evaluation.py", "plot_arms", {"plot_scores", "show_provenance"}),
    "one figure": ("report/figures/ranking.py", "draw", {"plot_ranking", "show_provenance"}),
}
"""Module, function, and the rules that make something again when it changes."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, tiny_overlay: dict) -> Study:
    made = make_study(tmp_path_factory.mktemp("study"), tiny_overlay)
    made.finish_empty()
    return made


@contextmanager
def changed(study: Study, module: str, function: str) -> Iterator[None]:
    """A study in which a function has one statement more."""
    path = study.folder / "workflow_scripts/cirl" / module
    original = path.read_text()
    tree = ast.parse(original)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    last = next(node for node in found if node.name == function).body[-1]
    lines = original.splitlines()
    lines.insert(last.lineno - 1, " " * last.col_offset + "changed = True")
    path.write_text("\n".join(lines) + "\n")
    yield
    path.write_text(original)


@pytest.mark.workflow
def test_a_run_writes_its_provenance_and_shows_it_in_the_report(study: Study) -> None:
    """And having run makes nothing stale."""
    page = study.results / "figures/provenance.html"
    page.unlink()
    study.snakemake()
    description = read(study.results / "provenance.json")
    assert description["configuration"]["clustering"]["k"] == [2, 3]
    assert description["jobs"]["packages"]["pandas"] == [pandas.__version__]
    assert page.stat().st_mtime > (study.results / "evaluation/summary.csv").stat().st_mtime
    assert description["code"]["sources"] in page.read_text()
    assert "8 Provenance" in (study.results / "report.html").read_text()
    assert study.planned() == {}


@pytest.mark.workflow
def test_comments_and_docstrings_rerun_nothing(study: Study) -> None:
    library = study.folder / "workflow_scripts/cirl"
    originals = {path: path.read_text() for path in library.rglob("*.py")}
    for path, text in originals.items():
        # The first docstring says more.
        path.write_text(text.replace('"""', '"""Said in other words: ', 1) + "\n# A remark.\n")
    assert study.planned() == {}
    for path, text in originals.items():
        path.write_text(text)


@pytest.mark.workflow
@pytest.mark.parametrize("stage", CHANGES)
def test_a_changed_function_reruns_what_follows_and_nothing_else(study: Study, stage: str) -> None:
    module, function, expected = CHANGES[stage]
    with changed(study, module, function):
        planned = set(study.planned())
        retrained = study.retrained() if stage == "clustering" else set()
    assert planned == expected
    if stage == "clustering":
        # The arms that see these clusters are trained again, the others are not.
        assert retrained == {"dann_kmeans", "dann_selected"}

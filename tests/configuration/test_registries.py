"""A choice is a row and an implementation: neither is there without the other."""

import inspect
import subprocess
import sys
from dataclasses import asdict, fields
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name, walk_packages
from types import ModuleType

import pytest
import torch
from sklearn.base import ClusterMixin
from torch import nn

import cirl.clustering
import cirl.deep_clustering
import cirl.segmentation
import cirl.texture
from cirl.configuration.arm_kinds import kind_of_arm
from cirl.configuration.registries.algorithms import ALGORITHMS
from cirl.configuration.registries.arm_methods import ARM_METHODS, OWN_KEYS, methods_in
from cirl.configuration.registries.clusterers import CLUSTERERS
from cirl.configuration.registries.deep_clusterers import DEEP_CLUSTERERS
from cirl.configuration.registries.detectors import DETECTORS, RECONSTRUCTION_LOSSES
from cirl.configuration.registries.encoders import ENCODERS
from cirl.configuration.registries.layouts import LAYOUTS
from cirl.configuration.registries.losses import LOSSES
from cirl.configuration.registries.networks import NETWORKS
from cirl.configuration.registries.rows import Row, by_name
from cirl.configuration.schemas import load_schemas
from cirl.deep_clustering.training import DeepClusterer
from cirl.evaluation.dose import family_table
from cirl.running.fingerprint import reached_modules
from cirl.segmentation.losses import CombinedLoss, DeepSupervisionLoss, SquaredError
from cirl.segmentation.methods.base import Method
from cirl.segmentation.network import Architecture
from cirl.texture.encoder import Encoder

REGISTRIES = {
    "clusterers": CLUSTERERS,
    "deep_clusterers": DEEP_CLUSTERERS,
    "arm_methods": ARM_METHODS,
    "networks": NETWORKS,
    "losses": LOSSES,
    "layouts": LAYOUTS,
    "encoders": ENCODERS,
    "detectors": DETECTORS,
    "reconstruction_losses": RECONSTRUCTION_LOSSES,
}
ROWS = [(kind, name) for kind, rows in REGISTRIES.items() for name in rows]


@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_every_row_has_an_implementation_and_a_title_of_its_own(kind: str, name: str) -> None:
    row = REGISTRIES[kind][name]
    assert callable(resolve_name(row.implementation))
    assert row.name == name and row.source
    assert [other.title for other in REGISTRIES[kind].values()].count(row.title) == 1


def implementations(package: ModuleType, base: type) -> set[type]:
    """The public classes of a package that are of a kind and complete."""
    folder, prefix = package.__path__, f"{package.__name__}."
    modules = [import_module(found.name) for found in walk_packages(folder, prefix)]
    return {
        made
        for module in modules
        for name, made in inspect.getmembers(module, inspect.isclass)
        if issubclass(made, base) and made.__module__ == module.__name__
        if not name.startswith("_") and complete(made)
    }


def complete(made: type) -> bool:
    parts = [inspect.getattr_static(made, name, None) for name in dir(made)]
    return not any(getattr(part, "__isabstractmethod__", False) for part in parts)


def registered(rows: dict[str, Row], found: set[type]) -> set[type]:
    """Of some classes those that a row names, or that a function of their module builds."""
    named = [resolve_name(row.implementation) for row in rows.values()]
    builders = {one.__module__ for one in named if not isinstance(one, type)}
    return {made for made in found if made in named or made.__module__ in builders}


@pytest.mark.parametrize(
    ("kind", "package", "base"),
    [
        ("clusterers", cirl.clustering, ClusterMixin),
        ("deep_clusterers", cirl.deep_clustering, DeepClusterer),
        ("arm_methods", cirl.segmentation, Method),
        ("networks", cirl.segmentation, Architecture),
        ("encoders", cirl.texture, Encoder),
    ],
)
def test_every_implementation_has_a_row(kind: str, package: ModuleType, base: type) -> None:
    found = implementations(package, base) - {Method}  # plain training
    assert len(found) >= len({row.implementation for row in REGISTRIES[kind].values()})
    assert found - registered(REGISTRIES[kind], found) == set()


def test_every_loss_has_a_row_and_can_be_minimised() -> None:
    target = (torch.rand(2, 3, 4, 4, 4) > 0.5).float()
    for name in LOSSES:
        logits = torch.randn(2, 3, 4, 4, 4, requires_grad=True)
        CombinedLoss(name, (1.0, 0.0))(logits, target).backward()
        assert logits.grad.abs().sum() > 0
    found = implementations(cirl.segmentation, nn.Module)
    found = {made for made in found if made.__module__ == "cirl.segmentation.losses"}
    terms = found - {CombinedLoss, DeepSupervisionLoss}
    assert terms == {SquaredError} and resolve_name(LOSSES["mse_bce"].implementation) in terms


def test_reading_the_registries_imports_no_science() -> None:
    ask = "import sys, cirl.configuration.schemas; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    science = {"numpy", "pandas", "scipy", "sklearn", "statsmodels", "torch", "monai"}
    assert not science & set(done.stdout.split())


def test_two_rows_of_one_name_are_refused() -> None:
    row = Row(name="one", title="One", source="nobody", implementation="cirl:none")
    with pytest.raises(ValueError, match="one is the name of two rows"):
        by_name([row, row])


def test_the_schemas_offer_what_is_registered(project: Path) -> None:
    schemas = load_schemas(project / "rules/schemas")
    clustering = schemas["clustering.yaml"]["properties"]
    assert clustering["algorithms"]["items"]["enum"] == [*CLUSTERERS, *DEEP_CLUSTERERS]
    assert clustering["vdec"]["properties"]["alpha"]["exclusiveMinimum"] == 0
    segmentation = schemas["segmentation.yaml"]["properties"]
    assert segmentation["network"]["properties"]["name"]["enum"] == list(NETWORKS)
    assert segmentation["training"]["properties"]["loss"]["enum"] == list(LOSSES)
    arm = schemas["arms.yaml"]["additionalProperties"]["properties"]
    assert list(arm) == [*OWN_KEYS, *ARM_METHODS]
    assert list(arm["sampling"]["anyOf"][-1]["properties"]) == ["domains", "shuffled"]
    for name, row in ARM_METHODS.items():
        assert arm[name]["type"] == ["object", "null"]
        assert list(arm[name]["properties"]) == [field.name for field in fields(row.settings)]


def test_every_setting_is_described(project: Path) -> None:
    schemas = load_schemas(project / "rules/schemas")
    sections = {name: schemas["clustering.yaml"]["properties"][name] for name in ALGORITHMS}
    arm = schemas["arms.yaml"]["additionalProperties"]["properties"]
    sections |= {name: arm[name] for name in ARM_METHODS}
    sections |= schemas["anomaly.yaml"]["properties"]["models"]["properties"]
    assert [
        f"{name}.{key}"
        for name, section in sections.items()
        for key, part in {"": section, **section["properties"]}.items()
        if not part.get("description")
    ] == []


@pytest.mark.parametrize(("kind", "name"), [row for row in ROWS if "clusterers" in row[0]])
def test_a_clusterer_has_the_settings_and_defaults_of_its_row(kind: str, name: str) -> None:
    row = REGISTRIES[kind][name]
    parameters = inspect.signature(resolve_name(row.implementation)).parameters
    own = asdict(row.settings())
    assert own == {key: parameters[key].default for key in own}


def test_a_method_that_nobody_registered_is_no_control() -> None:
    arm = {"cohorts": [], "adversary": None, "forgotten": {"domains": "cohort", "weight": 1}}
    for ask in (methods_in, kind_of_arm, lambda row: family_table({"baseline": {}, "x": row})):
        with pytest.raises(ValueError, match="forgotten: no method of arms, known are"):
            ask(arm)


@pytest.mark.parametrize(
    ("script", "kinds"),
    [
        ("train_fold", {"arm_methods", "networks", "losses"}),
        ("predict_fold", {"networks"}),
        ("cluster_features", {"clusterers"}),
        ("draw_null", {"clusterers"}),
        ("cluster_deep", {"deep_clusterers"}),
        ("train_detector", {"detectors", "reconstruction_losses"}),
        ("score_subjects", {"detectors", "reconstruction_losses"}),
        ("plot_evidence", set()),
        ("summarise_probes", set()),
    ],
)
def test_a_fingerprint_covers_the_implementations_that_a_script_can_run(
    project: Path, script: str, kinds: set[str]
) -> None:
    """Among them any that nothing imports by name; and none that it cannot run."""
    reached = reached_modules(project / f"workflow_scripts/{script}.py")
    for kind, rows in REGISTRIES.items():
        modules = {row.implementation.split(":")[0] for row in rows.values()}
        if kind in kinds:
            assert modules <= reached
        elif kind != "losses":  # they stand beside what uses them
            assert not modules & reached

"""Imports go down only, in the order that docs/architecture.md gives the rooms."""

import ast
import re
import shutil
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SCRIPTS = PROJECT / "workflow_scripts"
ROOMS = re.findall(r"^\| `(\w+)/` \|", (PROJECT / "docs/architecture.md").read_text(), re.M)
# Two more ways to a mask or a signature have their place beside the segmentation.
WINGS = [wing for wing in ("anomaly", "texture") if wing not in ROOMS]
ABOVE = ROOMS.index("segmentation") + 1
ORDER = [*ROOMS[:ABOVE], *WINGS, *ROOMS[ABOVE:]]

Imports = dict[str, set[str]]


def sources(scripts: Path) -> dict[str, Path]:
    """The modules of the library's rooms by their dotted names."""
    files = sorted(scripts.glob("cirl/*/**/*.py"))
    names = [".".join(file.relative_to(scripts).with_suffix("").parts) for file in files]
    return {name.removesuffix(".__init__"): file for name, file in zip(names, files, strict=True)}


def imports(modules: dict[str, Path]) -> Imports:
    """What each module imports, also inside of functions: modules of the library, others' roots."""
    return {name: _imports(name, file, modules) - {name} for name, file in modules.items()}


def _imports(name: str, file: Path, modules: dict[str, Path]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            module = node.module or ""
            wanted = {f"{module}.{alias.name}" for alias in node.names}
            found |= {one if one in modules else module for one in wanted}
    return {one if one in modules else one.split(".")[0] for one in found}


def upward(found: Imports) -> list[str]:
    """Imports of a room that stands above the own one."""
    return [
        f"{module} imports {other}"
        for module, others in found.items()
        for other in sorted(others)
        if other.startswith("cirl.")
        if ORDER.index(room(other)) > ORDER.index(room(module))
    ]


def room(module: str) -> str:
    return module.split(".")[1]


def circle(found: Imports) -> list[str]:
    """The modules of a circle of imports, if there is one."""
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture
def with_wings(tmp_path: Path) -> Path:
    """The scripts' folder with the library, and empty packages for what will stand beside."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SCRIPTS / "cirl", tmp_path / "cirl", ignore=ignored)
    for wing in WINGS:
        (tmp_path / "cirl" / wing).mkdir(exist_ok=True)
        (tmp_path / "cirl" / wing / "__init__.py").touch()
    return tmp_path


def test_the_order_has_every_room_once(with_wings: Path) -> None:
    names = {path.name for path in (with_wings / "cirl").iterdir()}
    rooms = {name for name in names if not name.startswith("__")}
    assert rooms == set(ORDER) and len(ORDER) == len(set(ORDER))
    assert len(rooms) <= 18


def test_nothing_imports_upwards_or_in_a_circle(with_wings: Path) -> None:
    found = imports(sources(with_wings))
    assert sum(map(len, found.values())) > 500
    assert upward(found) == []
    assert circle(found) == []


def test_what_goes_wrong_is_found(with_wings: Path) -> None:
    """A wing that the segmentation knows of, and two modules that know each other."""
    library = with_wings / "cirl"
    (library / "segmentation/first.py").write_text("from cirl.anomaly import second\n")
    (library / "anomaly/second.py").write_text("def f():\n    import cirl.segmentation.first\n")
    found = imports(sources(with_wings))
    assert upward(found) == ["cirl.segmentation.first imports cirl.anomaly.second"]
    assert set(circle(found)) == {"cirl.segmentation.first", "cirl.anomaly.second"}


def test_the_library_knows_nothing_of_what_drives_it() -> None:
    beside = {path.stem for path in SCRIPTS.iterdir()} - {"cirl"} | {"snakemake"}
    found = imports(sources(SCRIPTS))
    assert {module: others & beside for module, others in found.items() if others & beside} == {}


def names_of(module: Path) -> set[str]:
    """Names that a module gives to something of its own, but for private ones."""
    names: set[str] = set()
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def test_a_name_has_one_owner() -> None:
    """But for those that all modules of a kind have, by which they are called."""
    owners: dict[str, list[str]] = {}
    for path in (SCRIPTS / "cirl").rglob("*.py"):
        for name in names_of(path) - {"logger"}:
            owners.setdefault(name, []).append(str(path.relative_to(SCRIPTS / "cirl")))
    assert len(owners) > 1000
    several = {name: sorted(places) for name, places in owners.items() if len(places) > 1}
    interfaces = {"draw": "report/figures/", "run": "commands/", "add_arguments": "commands/"}
    for name, room in interfaces.items():
        assert all(place.startswith(room) for place in several.pop(name))
    assert several == {}


def test_a_module_is_of_one_subject() -> None:
    long = {
        name: lines
        for name, file in sources(SCRIPTS).items()
        if (lines := file.read_text().count("\n")) > 300
    }
    assert long == {}

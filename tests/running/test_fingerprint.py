"""A fingerprint follows what code does, in every module that a script reaches."""

from pathlib import Path

import pytest

from cirl.running import fingerprint as module

FILES = {
    "cirl/__init__.py": '"""A package."""\n',
    "cirl/bottom.py": "VALUE = 1\n\ndef add(a, b):\n    '''Add.'''\n    return a + b  # sum\n",
    "cirl/middle/__init__.py": "",
    "cirl/middle/stage.py": "from ..bottom import add\n",
    "cirl/other.py": "import numpy\n",
    "cirl/pages/__init__.py": "",
    "cirl/pages/page.py": "TITLE = 'a page'\n\ndef page():\n    return render('page.html.j2')\n",
    "cirl/pages/templates/page.html.j2": "{% extends 'base.html.j2' %}{# A page. #}<p>1</p>",
    "cirl/pages/templates/base.html.j2": "<html>{% block body %}{% endblock %}</html>",
    "cirl/pages/templates/other.html.j2": "<p>2</p>",
    "page_script.py": "from cirl.pages.page import page\n",
    "script.py": "import os\nfrom cirl.middle import stage\n",
}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path / "script.py"


def fresh(script: Path) -> str:
    module._syntax_digest.cache_clear()
    module._imports.cache_clear()
    module._named_templates.cache_clear()
    return module.fingerprint(script)


def test_reached_modules_are_followed_through_relative_imports(script: Path) -> None:
    assert module.reached_modules(script) == {
        "cirl",
        "cirl.middle",
        "cirl.middle.stage",
        "cirl.bottom",
    }


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("# sum", "# the sum of both", False),
        ("'''Add.'''", "'''Add two numbers.'''", False),
        ("a + b", "a - b", True),
        ("VALUE = 1", "VALUE = 2", True),
    ],
)
def test_only_what_code_does_counts(script: Path, old: str, new: str, changes: bool) -> None:
    before = fresh(script)
    bottom = script.parent / "cirl/bottom.py"
    bottom.write_text(bottom.read_text().replace(old, new))
    assert (fresh(script) != before) == changes


def test_a_module_that_is_not_reached_does_not_count(script: Path) -> None:
    before = fresh(script)
    (script.parent / "cirl/other.py").write_text("import scipy\n")
    assert fresh(script) == before


def test_what_a_registry_names_counts_where_it_is_resolved(script: Path) -> None:
    """A script that reads the registry for its names alone does not reach implementations."""
    package = script.parent / "cirl"
    (package / "registry.py").write_text("ROW = 'cirl.implementation:Method'\n")
    (package / "implementation.py").write_text("class Method:\n    VALUE = 1\n")
    (package / "build.py").write_text(
        "from pkgutil import resolve_name\nfrom cirl import registry\n"
    )
    reader = script.with_name("reader.py")
    reader.write_text("from cirl import registry\n")
    script.write_text("from cirl import build\n")
    before = fresh(reader), fresh(script)
    (package / "implementation.py").write_text("class Method:\n    VALUE = 2\n")
    assert fresh(reader) == before[0]
    assert fresh(script) != before[1]


@pytest.mark.parametrize(
    ("template", "old", "new", "changes"),
    [
        ("page", "<p>1</p>", "<p>one</p>", True),
        ("page", "{# A page. #}", "{# The\npage. #}", False),
        ("base", "<html>", "<html lang='en'>", True),
        ("other", "<p>2</p>", "<p>two</p>", False),
    ],
)
def test_a_template_counts_for_the_scripts_whose_modules_name_it(
    script: Path, template: str, old: str, new: str, changes: bool
) -> None:
    pages = script.with_name("page_script.py")
    before, other = fresh(pages), fresh(script)
    path = script.parent / f"cirl/pages/templates/{template}.html.j2"
    path.write_text(path.read_text().replace(old, new))
    assert (fresh(pages) != before) == changes
    assert fresh(script) == other


def test_a_module_that_a_script_is_told_of_counts(script: Path) -> None:
    before, named = fresh(script), module.fingerprint(script, ["cirl.other"])
    (script.parent / "cirl/other.py").write_text("import scipy\n")
    assert fresh(script) == before
    assert module.fingerprint(script, ["cirl.other"]) not in (before, named)


def test_each_page_reaches_its_own_templates(project: Path) -> None:
    root = project / "workflow_scripts"
    reached = {
        script: {
            path.name
            for path in module.reached_templates(
                root, module.reached_modules(root / f"{script}.py")
            )
        }
        for script in (
            "plot_exclusions",
            "plot_evidence",
            "tabulate_features",
            "plot_network",
            "write_model_card",
        )
    }
    assert reached["plot_exclusions"] == {"page.html.j2", "table.html.j2"}
    assert reached["plot_evidence"] >= {"evidence.html.j2", "clustering.html.j2"}
    assert reached["tabulate_features"] == {"features.html.j2"}
    assert reached["plot_network"] == set()
    assert reached["write_model_card"] == {"model_card.md.j2"}


def test_a_preprocessing_job_does_not_reach_training(project: Path) -> None:
    reached = module.reached_modules(project / "workflow_scripts/preprocess_subject.py")
    assert "cirl.imaging.preprocessing" in reached
    assert not {name for name in reached if "segmentation" in name or "clustering" in name}

"""The report's specification: rows that are valid, and that a path leads to."""

import re
from html import escape
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from docutils.core import publish_parts
from jinja2 import Environment, meta
from jsonschema import Draft202012Validator

from cirl.report.specification import Specification, read_specification, write_captions

ROWS = """
introduction: About {{ snakemake.config["study"] }}.
sections:
  - title: 1 Cohort
    items:
      montage: {path: <results>/figures/montage.png, title: Montage, caption: A row a subject.}
      sheet:
        path: <results>/figures/sheet
        title: Sheet, page {page}
        pages: page{page}.jpg
        caption: All subjects.
  - title: 2 Scores
    items:
      dice:
        path: "<results>/figures/dice_{protocol}_{arm}.png"
        title: Dice
        by: [arm]
        subsection: Arms
        caption: A dot a subject.
      all: {path: <results>/figures/dice_all_arms.png, title: All, caption: All arms.}
"""


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    (tmp_path / "report.yaml").write_text(ROWS)
    return tmp_path / "report.yaml"


@pytest.fixture
def own(project: Path) -> Specification:
    return read_specification(project / "rules/report.yaml")


def test_the_projects_own_rows_are_valid(project: Path) -> None:
    schema = yaml.safe_load((project / "rules/schemas/report.yaml").read_text())
    Draft202012Validator.check_schema(schema)
    content = yaml.safe_load((project / "rules/report.yaml").read_text())
    errors = Draft202012Validator(schema).iter_errors(content)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_every_row_is_found_by_its_path(own: Specification) -> None:
    assert len(own.items) >= 40
    for name, item in own.items.items():
        assert own.item_of(item.path) is item
        assert getattr(own.paths, name) == item.path
        assert all(f"{{{wildcard}}}" in item.path for wildcard in item.by)


def test_captions_are_templates(own: Specification) -> None:
    for text in (own.introduction, *(item.caption for item in own.items.values())):
        assert meta.find_undeclared_variables(Environment().parse(text)) <= {"snakemake"}


def test_sections_and_rows_keep_their_order(rows: Path) -> None:
    specification = read_specification(rows)
    assert [(item.section, name) for name, item in specification.items.items()] == [
        ("1 Cohort", "montage"),
        ("1 Cohort", "sheet"),
        ("2 Scores", "dice"),
        ("2 Scores", "all"),
    ]
    dice = specification.items["dice"]
    assert dice.labels == {"item": "Dice", "arm": "{arm}"} and dice.subsection == "Arms"
    assert specification.items["sheet"].pages == "page{page}.jpg"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("<results>/figures/dice_{protocol}_{arm}.png", "dice"),
        (["<results>/figures/dice_cv_{arm}.png", "<results>/figures/dice_lodo_{arm}.png"], "dice"),
        ("<results>/figures/sheet", "sheet"),
    ],
)
def test_a_path_leads_to_its_row(rows: Path, path: str | list[str], name: str) -> None:
    assert read_specification(rows).item_of(path).name == name


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("<results>/figures/new.png", "figures/new.png: no row in rules/report.yaml"),
        ("<results>/figures/dice_cv.png", "no row"),
        ("<results>/figures/dice_cv/a.png", "no row"),
        ([], "no path: no row"),
        (["<results>/figures/montage.png", "<results>/figures/sheet"], "no row"),
    ],
)
def test_a_path_without_a_row_is_refused(rows: Path, path: str | list[str], message: str) -> None:
    with pytest.raises(LookupError, match=message):
        read_specification(rows).item_of(path)


def test_a_path_of_two_rows_is_refused(rows: Path) -> None:
    rows.write_text(
        ROWS.replace(
            "{path: <results>/figures/dice_all_arms.png",
            '{path: "<results>/figures/dice_{k}_{metric}.png"',
        )
    )
    with pytest.raises(LookupError, match="dice and all in"):
        read_specification(rows).item_of("<results>/figures/dice_cv_baseline.png")


def test_two_rows_of_one_name_are_refused(rows: Path) -> None:
    rows.write_text(ROWS.replace("      all:", "      dice2:").replace("  dice:", "  montage:"))
    with pytest.raises(ValueError, match="several rows are called montage"):
        read_specification(rows)


def test_captions_are_written_once_and_anew_when_they_change(rows: Path, tmp_path: Path) -> None:
    files = write_captions(read_specification(rows), tmp_path / "captions")
    assert files["montage"].read_text() == "A row a subject."
    assert files["introduction"].read_text() == 'About {{ snakemake.config["study"] }}.'
    before = {name: path.stat().st_mtime_ns for name, path in files.items()}
    rows.write_text(ROWS.replace("A row a subject.", "A line a subject."))
    again = write_captions(read_specification(rows), tmp_path / "captions")
    changed = {name for name, path in again.items() if path.stat().st_mtime_ns != before[name]}
    assert changed == {"montage"} and again["montage"].read_text() == "A line a subject."


@pytest.mark.parametrize(
    "name",
    [
        "`click <javascript:alert(1)>`_",
        "javascript:alert(1)",
        "*a* **b** |c| ``d`` `e` f_ [1]_ :sup:`2` \\",
        "</script><img src=x onerror=alert(1)>",
        "tumour_type",
    ],
)
def test_a_domain_called_like_markup_is_text_in_its_caption(project: Path, name: str) -> None:
    caption = read_specification(project / "rules/report.yaml").items["agreement"].caption
    # As Snakemake renders it.
    params = SimpleNamespace(domains=["site", name], settings={"draws": 99})
    shape = Environment(trim_blocks=True, lstrip_blocks=True)
    text = shape.from_string(caption).render(snakemake=SimpleNamespace(params=params))
    html = publish_parts(text, writer="html")["body"]
    shown = f"({escape('site, ' + name, quote=False)})"
    assert shown in html.replace("&quot;", '"').replace("\n", " ")
    plain = html.replace(shown, "")
    assert set(re.findall(r"<(\w+)", plain)) == {"p", "strong", "tt"}
    assert "javascript" not in plain

"""One renderer of pages, in which whatever a user calls things is text and never markup."""

import ast
import pkgutil
import re
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from every_page import PAGES, Names
from jinja2 import UndefinedError

from cirl.report import pages
from cirl.report.pages.sections import page_of
from cirl.report.rendering import environment, render

HOSTILE = '</script><img src=x onerror="alert(\'1\')"> & "quotes" {}'
HOSTILE_NAMES = Names(*map(HOSTILE.format, ("subject", "cohort", "arm", "domain", "reason")))
# Which of the names stand on a page as they are, and not in a listing.
SHOWN = {
    "segmentation": {"arm", "domain"},
    "comparison": {"arm"},
    "generalisation": {"arm", "domain"},
    "probes": {"arm", "domain"},
    "published": {"arm"},
    "quality": {"subject", "cohort", "reason"},
    "provenance": {"reason"},
    "evidence": {"reason"},
    "silhouettes": set(),
    "features": {"reason"},
    "card": {"arm", "cohort", "reason"},
    "anomaly": {"domain", "reason"},
    "texture": set(),
}


class Reader(HTMLParser):
    """The tags of a page, and its text as a reader sees it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def without_fences(card: str) -> str:
    """A card without its blocks of code, in which Markdown knows no markup."""
    return re.sub(r"^(`{3,})\w*\n.*?^\1$", "", card, flags=re.M | re.S)


@pytest.mark.parametrize("name", PAGES)
def test_names_of_a_user_are_text_on_every_page(name: str) -> None:
    plain, page = PAGES[name](Names()), PAGES[name](HOSTILE_NAMES)
    assert "<img" not in without_fences(page)
    read = Reader(without_fences(page))
    assert read.tags == Reader(without_fences(plain)).tags
    assert read.attributes <= {"class", "charset", "lang", "style"}
    assert {kind for kind in SHOWN[name] if HOSTILE.format(kind) not in read.text} == set()


def test_no_page_is_forgotten() -> None:
    """Whatever builds a page is among those that are tested."""
    modules = [
        import_module(f"{pages.__name__}.{m.name}") for m in pkgutil.iter_modules(pages.__path__)
    ]
    made = {
        name
        for module in modules
        for name, function in vars(module).items()
        if callable(function)
        and getattr(function, "__module__", "") == module.__name__
        and re.search(r"^[a-z].*(_page|_table)$", name)
    }
    tested = Path(import_module(PAGES["card"].__module__).__file__).read_text()
    assert made and {name for name in made if f"{name}(" not in tested} == set()


def test_a_listing_cannot_close_its_own_fence() -> None:
    card = PAGES["card"](Names(arm="a", domain="x\n```\n<img src=x>"))
    assert "<img" in card and "<img" not in without_fences(card)


def test_a_cell_of_a_card_cannot_end_its_row() -> None:
    card = PAGES["card"](Names(cohort="a | b\n# [c](d)"))
    assert r"| a \| b # \[c\](d) | 2 | 0 | 0 | no such file |" in card


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'columns' is undefined"):
        render("features.html.j2", rows=[])


def test_a_table_has_a_line_where_its_first_column_changes() -> None:
    table = pd.DataFrame({"Arm": ["a", "a", "b"], "Dice": ["0.1", None, "0.3"]})
    page = page_of("Title", ["Said & done."], [table, table.iloc[:0]])
    assert "<h2>Title</h2>\n<p>Said &amp; done.</p>\n" in page
    assert re.findall(r'<tr class="(\w*)">', page) == ["first", "", "first"]
    assert "<td>a</td><td>-</td>" in page and page.count("<table>") == 1


@pytest.mark.parametrize("name", environment().list_templates())
def test_no_template_lets_markup_through(name: str) -> None:
    text = environment().loader.get_source(environment(), name)[0]
    # A card's listing of the configuration stands in a fence.
    assert text.count("safe") == (name == "model_card.md.j2")
    assert "autoescape" not in text


TAGS = "p b i a h\\d t[rdh] table thead tbody div span pre html body head style ul li br img svg"
MARKUP = re.compile(rf"</?({TAGS.replace(' ', '|')}|script|details|summary)(\s[^>]*)?/?>")


def test_no_markup_stands_in_python(project: Path) -> None:
    assert MARKUP.search("a <td class='text'>") and not MARKUP.search("<results>/a.csv")
    found = []
    for path in sorted((project / "workflow_scripts").rglob("*.py")):
        tree = ast.parse(path.read_text())
        constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        texts = [text for text in constants if isinstance(text, str)]
        found += [(path.name, text) for text in texts if MARKUP.search(text)]
        imported = {
            node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        }
        imported |= {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        found += [(path.name, name) for name in imported if name.split(".")[0] == "html"]
    assert found == []

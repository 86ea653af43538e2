"""docs/architecture.md names what is there: paths, names in the files beside them, results."""

import re
from pathlib import Path

import pytest

from cirl.study.paths import Files, Pattern

PROJECT = Path(__file__).parents[2]
DOCUMENT = PROJECT / "docs/architecture.md"
TEXT = DOCUMENT.read_text()
LIBRARY = PROJECT / "workflow_scripts/cirl"
FILES = {path.relative for path in vars(Files).values() if isinstance(path, Pattern)}
# What a name may stand in where the passage names no file.
SOURCES = [
    PROJECT / "Snakefile",
    PROJECT / "config.yaml",
    *PROJECT.glob("rules/*"),
    *PROJECT.glob("workflow_scripts/**/*.py"),
]
TEN_QUESTIONS = (
    "HD95",
    "bad label",
    "penalises",
    "clusterer",
    "figure",
    "reruns",
    "memory",
    "weight",
    "copula",
    "kill",
)


def passages(text: str) -> list[str]:
    """Paragraphs, rows of tables and items of lists."""
    return [part.strip() for part in re.split(r"\n\s*\n|\n(?=\||\s*\d+\. |\s*- )", text)]


def quoted(passage: str) -> list[str]:
    return re.findall(r"`([^`]+)`", passage.replace("\n", " "))


def found_path(name: str) -> Path | None:
    """The file or folder of a path, from the root or from the library."""
    folders = (PROJECT, LIBRARY)
    return next((root / name for root in folders if (root / name.rstrip("/")).exists()), None)


def is_path(name: str) -> bool:
    return re.fullmatch(r"[\w./{}-]+", name) is not None and (
        "/" in name or name.endswith((".py", ".yaml", ".smk")) or (PROJECT / name).is_file()
    )


def complaints(text: str) -> list[str]:
    """Whatever a text names that is not there."""
    return [line for passage in passages(text) for line in _complaints(passage)]


def _complaints(passage: str) -> list[str]:
    names = quoted(passage)
    # A room's row names modules of that room.
    room = re.match(r"\| `(\w+)/` \|", passage)
    if room:
        folder = LIBRARY / room[1]
        names = [
            f"{room[1]}/{name}" if name.endswith(".py") and (folder / name).exists() else name
            for name in names
        ]
    paths = [name for name in names if is_path(name)]
    lines = [
        f"{name}: neither a file nor one of a study"
        for name in paths
        if found_path(name) is None and name not in FILES
        # What stands alone may be a script.
        if not (PROJECT / "workflow_scripts" / name).is_file()
    ]
    lines += [
        f"{name}: no folder {Path(name).parent}"
        for name in names
        if "<name>" in name and not name.startswith("make ")
        if not (PROJECT / name).parent.is_dir()
    ]
    beside = [path for path in map(found_path, paths) if path is not None and path.is_file()]
    texts = [path.read_text() for path in beside or SOURCES if path.is_file()]
    words = [word for name in names if not is_path(name) for word in _words(name)]
    where = ", ".join(str(path.relative_to(PROJECT)) for path in beside) or "any source"
    lines += [
        f"{word}: not in {where}"
        for word in words
        if not any(re.search(rf"\b{word}\b", text) for text in texts)
    ]
    targets = [name.split()[1] for name in names if re.match(r"make [a-z]", name)]
    makefile = (PROJECT / "Makefile").read_text()
    lines += [
        f"make {target}: no such target"
        for target in targets
        if not re.search(rf"^(\w+ )*{target}( \w+)*:", makefile, re.M)
    ]
    return lines


def _words(name: str) -> list[str]:
    """The identifiers of a name such as `hd95`, `Adversary.strength` or `arms: x: adversary`."""
    return re.findall(r"\w+", name) if re.fullmatch(r"\w+((\.|: )\w+)*", name) else []


def test_all_that_is_named_is_there() -> None:
    assert complaints(TEXT) == []


def test_it_names_much_and_is_read_at_once() -> None:
    assert TEXT.count("\n") <= 250
    names = {name for passage in passages(TEXT) for name in quoted(passage)}
    assert sum(map(is_path, names)) > 80
    assert sum(bool(_words(name)) for name in names if not is_path(name)) > 80


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("see `metrics/hausdorff.py`", "neither a file nor"),
        ("see `evaluation/means.csv`", "neither a file nor"),
        ("`hd96` in `metrics/distances.py`", "hd96: not in workflow_scripts/cirl/metrics/dist"),
        ("`Copula` in `metrics/distances.py`", "Copula: not in"),
        ("the class `Adversary.vigour`", "vigour: not in any source"),
        ("`workflow_scripts/cirl/nowhere/<name>.py`", "no folder workflow_scripts/cirl/nowhere"),
        ("`make everything`", "no such target"),
    ],
)
def test_what_is_not_there_is_found(wrong: str, complaint: str) -> None:
    (line,) = complaints(wrong)
    assert complaint in line


def test_the_ten_questions_are_answered_by_one_row_each() -> None:
    table = TEXT.partition("## Where is ...?")[2].partition("\n## ")[0]
    questions = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")][2:]
    assert len(questions) == len(TEN_QUESTIONS)
    for question, word in zip(questions, TEN_QUESTIONS, strict=True):
        assert word in question


def test_every_room_is_described_and_every_link_leads_somewhere() -> None:
    for page in (DOCUMENT, PROJECT / "README.md"):
        text = page.read_text()
        for link in re.findall(r"\]\(([^)]+)\)", text):
            file, _, heading = link.partition("#")
            target = page.parent / file if file else page
            assert link.startswith("http") or target.exists(), link
            if heading:
                titles = re.findall(r"^#+ (.*)", target.read_text(), re.M)
                slugs = {
                    re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles
                }
                assert heading in slugs, link
    assert "docs/architecture.md" in (PROJECT / "README.md").read_text()

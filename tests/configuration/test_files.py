"""The files of a study: read as data, and held against each other."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cirl.configuration.files import EXCLUSIVE, WHOLE, check_files, read_configuration
from cirl.configuration.schemas import load_schemas
from cirl.configuration.validation import ConfigurationError, check_references, validate

SCHEMAS = Path(__file__).parents[2] / "rules/schemas"


def read(folder: Path, text: str) -> dict[str, Any]:
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return read_configuration(folder / "study.yaml", "study.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "study: x\ncohorts: {c: {label_map: {1: NCR}}}\n",
        "\ufeffstudy: x\ncohorts:\n  c:\n    label_map:\n      1: NCR\n",
        '{"study": "x", "cohorts": {"c": {"label_map": {"1": "NCR"}}}}',
        "base: &b {study: x}\n<<: *b\ncohorts: {c: {label_map: {1: NCR}}}\n",
    ],
)
def test_a_file_is_what_it_says(tmp_path: Path, text: str) -> None:
    content = read(tmp_path, text)
    assert content["study"] == "x"
    assert {str(k): v for k, v in content["cohorts"]["c"]["label_map"].items()} == {"1": "NCR"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_says_nothing(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("study: a\nseed: 1\nstudy: b\n", "line 3: the key 'study' is given twice"),
        ("folds:\n  cv: {folds: 3}\n  cv: {folds: 5}\n", "line 3: the key 'cv' is given twice"),
        ("m: {1: NCR, 2: ED, 1: ET}\n", "line 1: the key '1' is given twice"),
        ('m: {1: NCR, "1": ET}\n', "line 1: the key '1' is given twice"),
        ("a:\n  - {b: 1, b: 2}\n", "line 2: the key 'b' is given twice"),
        ('{"a": 1,\n "a": 2}', "the key 'a' is given twice"),
        ('{"a": {"b": 1, "b": 2}}', "the key 'b' is given twice"),
        ("- a\n- b\n", "expected keys with values, found"),
        ("just text\n", "expected keys with values, found 'just text'"),
        ("a: [1, 2\nb: 3\n", "line 2: "),
        ("a: 1\n\tb: 2\n", "line 2: "),
        ("a: !!python/object/apply:os.system ['touch RAN']\n", "line 1: could not determine"),
        ("a: !!python/name:os.system\n", "line 1: could not determine"),
        ("a: 1\n---\nb: 2\n", "line 2: but found another document"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_file_and_line(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"^study.yaml.*{said}"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "__use_yte__: true\n__definitions__:\n  - import os\n  - os.system('touch RAN')\n",
        "__use_yte__: false\nstudy: x\n",
        "study: x\n? __use_yte__\n: yes\n",
        '"__use_yte__": 1\nstudy: x\n',
        "'__use\\_yte__': 1\nbase: &b {__use_yte__: true}\n<<: *b\n",
        '"\\x5f_use_yte__": true\n?if True:\n  study: x\n',
        "!!str __use_yte__: true\nstudy: x\n",
        '{"__use_yte__": true, "study": "x"}',
    ],
)
def test_a_file_that_would_run_is_refused(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="^study.yaml"):
        read(tmp_path, text)
    assert not (tmp_path / "RAN").exists()


def test_a_file_in_another_encoding_or_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_bytes("study: é".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="study.yaml: is not UTF-8"):
        read_configuration(tmp_path / "study.yaml")
    with pytest.raises(ConfigurationError, match="none.yaml: No such file"):
        read_configuration(tmp_path / "none.yaml")


def refused(*contents: dict[str, Any]) -> str:
    files = [(f"{letter}.yaml", content) for letter, content in zip("abcd", contents, strict=False)]
    try:
        check_files(files)
    except ConfigurationError as error:
        return str(error)
    return ""


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {"x" if key == "*" else key: value}
    return value


@pytest.mark.parametrize("path", WHOLE)
def test_tables_of_names_are_not_mixed(path: tuple[str, ...]) -> None:
    first, second = nested(path, {1: "p", 2: "q", 3: "r"}), nested(path, {1: "p", 2: "q", 4: "r"})
    said = refused(first, second)
    key = ".".join("x" if part == "*" else part for part in path)
    assert f"{key}: a.yaml names 1, 2, 3 and b.yaml 1, 2, 4;" in said
    assert "a.yaml names 1, 2, 3 and b.yaml 4;" in refused(first, nested(path, {4: "r"}))
    assert "b.yaml names 1, 2, 3 and c.yaml 1;" in refused({}, first, nested(path, {"1": "z"}))
    # One that names all of the other's, or comes after a null, is meant as it stands.
    assert refused(first, nested(path, {1: "p", 2: "q", 3: "z"})) == ""
    assert refused(first, nested(path, {"1": "p", "2": "q", "3": "r", "4": "s"})) == ""
    assert refused(first, nested(path, None), second) == ""
    assert refused(first, {"cohorts": {"other": {}}}) == ""
    assert refused(first) == refused(first, {}) == ""


def open_tables(schema: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Return the keys whose value is a table of names that stand for single values."""
    found = set()
    for part in (schema, *schema.get("oneOf", []), *schema.get("anyOf", [])):
        named = part.get("additionalProperties")
        if isinstance(named, dict):
            if "properties" not in named and named.get("type") != "object":
                found.add(path)
            found |= open_tables(named, (*path, "*"))
        if part.get("minProperties") and "default" in part:
            found.add(path)
        for key, below in part.get("properties", {}).items():
            found |= open_tables(below, (*path, key))
    return found


def test_no_table_of_names_is_forgotten() -> None:
    schemas = load_schemas(SCHEMAS)
    found: set[tuple[str, ...]] = set()
    for name, schema in schemas.items():
        if name not in ("config.yaml", "report.yaml", "simulate.yaml"):
            found |= open_tables(schema, (name.removesuffix(".yaml"),))
    found |= open_tables(schemas["simulate.yaml"], ("cohorts", "*", "simulate"))
    assert found == set(WHOLE)


def test_keys_of_which_one_alone_can_hold_may_not_come_from_two_files() -> None:
    assert EXCLUSIVE["cohorts", "*"] == ("root", "simulate")
    simulated = {"cohorts": {"phantom": {"simulate": {"subjects": 3}}}}
    folder = {"cohorts": {"phantom": {"root": "/data"}}}
    said = "cohorts.phantom: simulate in a.yaml and root in b.yaml; one of them alone"
    assert said in refused(simulated, folder)
    assert "root in a.yaml and simulate in c.yaml" in refused(folder, {}, simulated)
    replaced = {"cohorts": {"phantom": {"root": "/data", "simulate": None}}}
    assert refused(simulated, replaced) == ""
    assert refused(simulated, {"cohorts": {"other": {"root": "/data"}}}) == ""
    dann, coral = {"arms": {"a": {"adversary": {}}}}, {"arms": {"a": {"coral": {}}}}
    assert "arms.a: adversary in a.yaml and coral in b.yaml" in refused(dann, coral)


def test_both_keys_in_one_file_are_refused_as_well() -> None:
    config = {"study": "x", "cohorts": {"c": {"root": ".", "simulate": {}}}}
    with pytest.raises(ConfigurationError, match="cohorts.c: has root and simulate, expected one"):
        check_references(validate(config, SCHEMAS))


def test_reading_takes_milliseconds_and_gives_what_yaml_gives(project: Path) -> None:
    for path in [project / "config.yaml", *project.glob("studies/*.yaml")]:
        assert read_configuration(path) == yaml.safe_load(path.read_text())
    merged = json.dumps(read_configuration(project / "config.yaml"))
    assert json.loads(merged)["study"] == "mine"

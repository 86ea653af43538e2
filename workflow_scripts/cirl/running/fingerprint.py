"""Fingerprints of code: what a script would run, whatever its comments and docstrings say."""

import ast
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

RESOLVER = "pkgutil.resolve_name"
"""A module that imports it reaches what the modules that it imports name in texts."""

_TEMPLATE_COMMENT = re.compile(r"\{#.*?#\}", re.S)
_TEMPLATE_NAME = re.compile(r"[\"']([\w./-]+\.j2)[\"']")


def fingerprint(script: str | Path, named: Iterable[str] = ()) -> str:
    """Return a digest of all modules of this package that a script reaches.

    The digest covers the syntax trees of the modules without comments and docstrings, so that it
    changes with what they do and not with what is said about it, and the templates (``*.j2``) that
    they name, without comments as well. The script itself is left out: Snakemake watches that.

    Args:
        script: path of a Python file beside the package ``cirl``.
        named: modules that it imports by a name that it is told.
    """
    script = Path(script)
    digest = hashlib.sha256()
    modules = reached_modules(script, named)
    for module in sorted(modules):
        digest.update(f"{module}\0{_syntax_digest(module_path(script.parent, module))}\0".encode())
    for template in sorted(reached_templates(script.parent, modules)):
        text = _TEMPLATE_COMMENT.sub("", template.read_text(encoding="utf-8"))
        digest.update(f"{template.relative_to(script.parent)}\0{text}\0".encode())
    return digest.hexdigest()[:16]


def reached_modules(script: Path, named: Iterable[str] = ()) -> set[str]:
    """Return the dotted names of the package's modules that a script imports, directly or not.

    Args:
        script: path of a Python file beside the package.
        named: modules that it imports by a name that it is told.
    """
    root = script.parent
    reached: set[str] = set()
    waiting = {*_imports(script, root, ""), *named}
    while waiting:
        module = waiting.pop()
        if module in reached:
            continue
        reached.add(module)
        package = module if module_path(root, module).name == "__init__.py" else _parent(module)
        waiting |= _imports(module_path(root, module), root, package) - reached
        # Importing a module runs the packages that hold it.
        waiting |= ({_parent(module)} - {""}) - reached
    return reached


def reached_templates(root: Path, modules: Iterable[str]) -> set[Path]:
    """Return the templates that modules name in their code, and those that these name in turn.

    A template lies in the folder ``templates`` of the nearest package above a module that has one.

    Args:
        root: the folder of the package ``cirl``.
        modules: dotted names.

    Raises:
        FileNotFoundError: if a template that is named is not there.
    """
    waiting = {
        _template_folder(module_path(root, module)) / name
        for module in modules
        for name in _named_templates(module_path(root, module))
    }
    reached: set[Path] = set()
    while waiting:
        template = waiting.pop()
        reached.add(template)
        text = _TEMPLATE_COMMENT.sub("", template.read_text(encoding="utf-8"))
        waiting |= {template.parent / name for name in _TEMPLATE_NAME.findall(text)} - reached
    return reached


def module_path(root: Path, module: str) -> Path:
    """Return the file of a dotted module name below a folder."""
    path = root.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _syntax_digest(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # Strings that stand alone are docstrings, of attributes too.
            node.body = [part for part in body if not _is_docstring(part)]  # type: ignore[attr-defined]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@cache
def _named_templates(path: Path) -> frozenset[str]:
    constants = (
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    )
    return frozenset(
        text for text in constants if isinstance(text, str) and re.fullmatch(r"[\w./-]+\.j2", text)
    )


def _template_folder(module: Path) -> Path:
    found = (parent / "templates" for parent in module.parents)
    return next((folder for folder in found if folder.is_dir()), module.parent / "templates")


@cache
def _imports(path: Path, root: Path, package: str) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    found = {
        name for name in names if name.split(".")[0] == "cirl" and module_path(root, name).is_file()
    }
    if RESOLVER in names:
        found |= {named for name in found for named in _named(module_path(root, name))}
    return frozenset(found)


def _named(path: Path) -> set[str]:
    """The modules that texts like ``cirl.clustering.clusterers:KMeans`` name in a module."""
    texts = [
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return {text.split(":")[0] for text in texts if re.fullmatch(r"cirl(\.\w+)+:\w+", text)}


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if node.level == 0:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _parent(module: str) -> str:
    return module.rpartition(".")[0]

"""What the rows of all registries share, and the schema of a row's own settings."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from pydantic import ConfigDict, TypeAdapter


@dataclass(frozen=True, kw_only=True)
class RowSettings:
    """Settings of a row's implementation: their types, bounds and defaults stand here alone.

    The docstring of a class, and of each attribute, is the description in the schema.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        use_attribute_docstrings=True, extra="forbid"
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """A choice.

    Attributes:
        name: what the configuration calls it.
        title: what tables and figures call it.
        source: where it was published.
        implementation: ``module:attribute``, for ``pkgutil.resolve_name``. The code that resolves
            it has to import the registry itself: then a fingerprint covers the implementations.
    """

    name: str
    title: str
    source: str
    implementation: str


AnyRow = TypeVar("AnyRow", bound=Row)


def by_name(rows: Iterable[AnyRow]) -> dict[str, AnyRow]:
    """Return rows by their names, in order.

    Raises:
        ValueError: if two rows have the same name.
    """
    named: dict[str, AnyRow] = {}
    for row in rows:
        if row.name in named:
            raise ValueError(f"{row.name} is the name of two rows of a registry")
        named[row.name] = row
    return named


def schema_of(settings: type[RowSettings]) -> dict[str, Any]:
    """Return the JSON Schema of a class of settings, which may lack all that have a default."""
    section = TypeAdapter(settings).json_schema()
    section.setdefault("properties", {})
    for base in settings.__mro__[1:]:
        if issubclass(base, RowSettings) and base is not RowSettings:
            # Of attributes that a class inherits Pydantic does not read the docstrings.
            for name, part in TypeAdapter(base).json_schema()["properties"].items():
                section["properties"][name] = {**part, **section["properties"][name]}
    return section

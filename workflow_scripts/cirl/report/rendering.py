"""The one renderer of what people read: templates in which every text is escaped.

A template that a module names, as in ``render("page.html.j2", ...)``, counts to what the module
does: see ``cirl.running.fingerprint``.
"""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

# What has a meaning inside a line of Markdown; HTML is escaped in every template.
_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\|[]`"} | {"\n": " ", "\r": " "})


@cache
def environment() -> Environment:
    """Return the environment of all templates: they escape, and a missing value is an error."""
    made = Environment(
        loader=PackageLoader("cirl.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["markdown"] = lambda text: str(text).translate(_MARKDOWN)
    return made


def render(template: str, **values: Any) -> str:
    """Return a template of ``cirl/report/templates`` with its values filled in."""
    return environment().get_template(template).render(values)

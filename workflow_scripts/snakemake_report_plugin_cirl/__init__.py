"""Snakemake's own report, in which nothing runs that a study brings.

    snakemake --reporter cirl --report-cirl-path report.html ...

Snakemake writes what it shows, such as params, labels and captions, as JSON into the page's
scripts, and a tag in a name could end one. Here every angle bracket of that JSON is written as an
escape sequence, which is the same text to a script and nothing to a page.

Snakemake finds the plugin by its name. It is Snakemake's reporter but for that, by names that
Snakemake does not promise to keep.
"""

from typing import Any

from jinja2 import Template
from snakemake.report import html_reporter

ReportSettings = html_reporter.ReportSettings

NO_JSON = {"pygments_css", "custom_stylesheet", "logo", "now"}
"""Texts of the template that Snakemake does not make from a study, and that are no JSON."""


class Page(Template):
    """The page's template, which is given its data as JSON."""

    def render(self, *args: Any, **values: Any) -> str:
        """Return the page."""
        return super().render(
            *args, **{name: in_script(name, value) for name, value in values.items()}
        )


def in_script(name: str, value: Any) -> Any:
    """Return a value of the template so that it can stand inside a script of a page."""
    if not isinstance(value, str) or name in NO_JSON:
        return value
    return value.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class Reporter(html_reporter.Reporter):
    """Writes the report."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.env.template_class = Page

"""Pages of the report that are read by people: a title, sentences and tables, as HTML."""

from collections.abc import Iterable, Sequence
from html import escape

import pandas as pd

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 13px/1.4 system-ui, sans-serif; margin: 1.5em; color: #222; max-width: 75em; }}
table {{ border-collapse: collapse; margin: 1em 0; }}
th, td {{ padding: .25em .6em; text-align: right; }}
th {{ border-bottom: 2px solid #555; font-weight: 600; vertical-align: bottom; }}
td {{ border-bottom: 1px solid #ddd; white-space: pre; font-variant-numeric: tabular-nums; }}
td:first-child, td:nth-child(2), th:first-child, th:nth-child(2) {{ text-align: left; }}
td.text, th.text {{ text-align: left; white-space: normal; overflow-wrap: anywhere; }}
tr.first td {{ border-top: 2px solid #999; }}
</style></head><body>
<h2>{title}</h2>
{body}
</body></html>
"""


def page(title: str, parts: Iterable[str]) -> str:
    """Return a page of parts that are HTML already."""
    return _PAGE.format(title=escape(title), body="\n".join(parts))


def paragraph(text: str) -> str:
    """Return a paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def heading(text: str) -> str:
    """Return the heading of a section."""
    return f"<h3>{escape(text)}</h3>"


def folded(title: str, text: str) -> str:
    """Return a plain text, line by line, that is shown when its title is clicked on."""
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>"


def html_table(table: pd.DataFrame, wrapped: Sequence[str] = ()) -> str:
    """Return a table of texts, with a line where the first column changes.

    Args:
        table: cells are texts; a missing one is shown as a dash.
        wrapped: columns of long texts, which are broken into lines.
    """
    kinds = [' class="text"' if column in wrapped else "" for column in table.columns]
    head = "".join(
        f"<th{kind}>{escape(column)}</th>"
        for kind, column in zip(kinds, table.columns, strict=True)
    )
    starts = table.iloc[:, 0] != table.iloc[:, 0].shift()
    rows = [
        f'<tr class="{"first" if first else ""}">'
        + "".join(f"<td{kind}>{escape(value)}</td>" for kind, value in zip(kinds, row, strict=True))
        + "</tr>"
        for first, row in zip(starts, table.fillna("-").itertuples(index=False), strict=True)
    ]
    return f"<table><thead><tr>{head}</tr></thead><tbody>" + "\n".join(rows) + "</tbody></table>"

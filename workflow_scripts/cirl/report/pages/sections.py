"""What most pages are made of: a title, and sections of sentences and tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from cirl.report.rendering import render


@dataclass(frozen=True)
class ShownTable:
    """A table of texts, with a line where the first column changes.

    Attributes:
        frame: cells are texts; a missing one is shown as a dash.
        wrapped: columns of long texts, which are broken into lines.
    """

    frame: pd.DataFrame
    wrapped: Sequence[str] = ()

    @property
    def rows(self) -> Iterable[tuple[bool, tuple[str, ...]]]:
        """Whether the first column differs from the row above, and the cells."""
        starts = self.frame.iloc[:, 0] != self.frame.iloc[:, 0].shift()
        return zip(starts, self.frame.fillna("-").itertuples(index=False), strict=True)


@dataclass(frozen=True)
class Section:
    """Sentences and below them tables, under a heading where it has one."""

    heading: str = ""
    sentences: Sequence[str] = ()
    tables: Sequence[ShownTable] = ()


def page(title: str, sections: Iterable[Section], folded: Mapping[str, str] | None = None) -> str:
    """Return a page of sections as HTML.

    Args:
        title: of the page.
        sections: in order.
        folded: plain texts at the end, by the title that is clicked on to show them.
    """
    return render("page.html.j2", title=title, sections=sections, folded=folded or {})


def page_of(title: str, notes: Sequence[str], tables: Sequence[pd.DataFrame]) -> str:
    """Return a page of sentences, and those tables that have rows."""
    shown = [ShownTable(table) for table in tables if len(table)]
    return page(title, [Section(sentences=notes, tables=shown)])

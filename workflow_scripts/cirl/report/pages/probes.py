"""The page that says what probes and doses show."""

from collections.abc import Sequence

import pandas as pd

from cirl.evaluation.dose import dose_rows
from cirl.report.html import html_table, page, paragraph


def probes_page(dose: pd.DataFrame, sentences: Sequence[str]) -> str:
    """Return the page as HTML.

    Args:
        dose: ``evaluation/dose_response.csv``.
        sentences: what it shows, from ``cirl.evaluation.dose.dose_tables``.
    """
    return page("Probes and doses", [*map(paragraph, sentences), html_table(dose_rows(dose))])

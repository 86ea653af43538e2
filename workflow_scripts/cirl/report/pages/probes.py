"""The page that says what probes and doses show."""

from collections.abc import Sequence

import pandas as pd

from cirl.evaluation.dose import dose_rows
from cirl.report.pages.sections import page_of


def probes_page(dose: pd.DataFrame, sentences: Sequence[str]) -> str:
    """Return the page as HTML.

    Args:
        dose: ``evaluation/dose_response.csv``.
        sentences: what it shows, from ``cirl.evaluation.dose.dose_tables``.
    """
    return page_of("Probes and doses", sentences, [dose_rows(dose)])

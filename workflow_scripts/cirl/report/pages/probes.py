"""The page on probes and doses: what they say in sentences, and the numbers."""

from collections.abc import Sequence

import pandas as pd

from cirl.evaluation.dose import adversary_sentences, dose_rows, verdict
from cirl.report.pages.sections import page_of


def probes_page(doses: Sequence[pd.DataFrame]) -> str:
    """Return the page.

    Args:
        doses: what ``cirl.evaluation.dose.dose_table`` returns, a table a way of dividing the
            subjects into domains.
    """
    texts = [text for dose in doses for text in (*adversary_sentences(dose), *verdict(dose))]
    return page_of("Probes and doses", texts, [dose_rows(pd.concat(doses))])

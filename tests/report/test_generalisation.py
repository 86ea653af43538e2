import numpy as np
import pandas as pd

from cirl.evaluation.adjustment import domain_effects
from cirl.evaluation.gaps import gap_table
from cirl.evaluation.ranking import ranking_table
from cirl.evaluation.worst_domain import worst_table
from cirl.metrics.statistics import Bootstrap
from cirl.report.figures.ranking import plot_ranking
from cirl.report.pages.generalisation import generalisation_page
from cirl.study.tables.evaluation import DOMAIN_EFFECTS, GAPS, WORST

SUBJECTS = [f"s{i:02d}" for i in range(16)]
DOMAIN = pd.Series(["a", "b"] * 8, index=SUBJECTS)
BOOTSTRAP = Bootstrap(draws=200)


def scores():
    rng = np.random.default_rng(0)
    base = np.where(DOMAIN == "a", 0.8, 0.6)
    tables = [
        pd.DataFrame(
            {"subject": SUBJECTS, "arm": arm, "dice": base + shift + rng.normal(0, 0.02, 16)}
        )
        for arm, shift in (("baseline", 0.0), ("dann", 0.05))
    ]
    table = pd.concat(tables).assign(protocol="lodo", region="WT", fold=0, seed=0, empty=False)
    return table.assign(hd95=10 - 10 * table["dice"], voxels_true=1, voxels_predicted=1)


def test_the_page_says_what_the_tables_do():
    table, arms = scores(), ["baseline", "dann"]
    test = pd.DataFrame({"fold": 0, "subject": SUBJECTS, "partition": "scanner"})
    tests = {("lodo", arm): test.assign(seen=(DOMAIN == "a").to_numpy()) for arm in arms}
    gaps = gap_table(table, tests, BOOTSTRAP)
    ranking = ranking_table(table, arms, BOOTSTRAP)
    page = generalisation_page(
        gaps,
        worst_table(table, {"scanner": DOMAIN}, arms, {}, BOOTSTRAP).assign(p_holm=0.02),
        domain_effects(table, {"scanner": DOMAIN}, pd.Series(50.0, index=SUBJECTS) + np.arange(16)),
        ranking,
        0.95,
        {("lodo", "all"): "n 16, 1 seed"},
        ["A note."],
    )
    means = gaps[gaps["metric"] == "dice"].set_index("arm")["gap"]
    losses = ", ".join(f"{arm} {gap:.3f}" for arm, gap in means.items())
    start = "Unseen domains of scanner (lodo; n 16, 1 seed), 8 of them unseen, against seen "
    start += "domains: the loss of Dice, mean over"
    assert f"{start} regions, is {losses}. It is small, too, where seen domains fare" in page
    assert "2 have p below 0.05; beside the tumour&#39;s volume 2 have, and 2 after" in page
    assert "WT (lodo; n 16, 1 seed), Dice: dann ranks first, and does in 100% of the" in page
    for head in ("Seen - unseen", "Worst domain", "p beside volume", "Kendall&#39;s tau"):
        assert head in page
    assert "A note." in page


def test_without_anything_to_compare_only_the_notes_are_there():
    empty = [table.empty() for table in (GAPS, WORST, DOMAIN_EFFECTS)]
    ranking = ranking_table(scores().iloc[:0], [], BOOTSTRAP)
    page = generalisation_page(*empty, ranking, 0.95, {}, ["No arm was run."])
    assert "No arm was run." in page and "<table>" not in page


def test_ranks_are_drawn_as_large_as_they_are_frequent():
    ranking = ranking_table(scores(), ["baseline", "dann"], BOOTSTRAP)
    figure = plot_ranking(ranking[ranking["metric"] == "dice"], ["WT", "TC"])
    (axis,) = figure.axes
    assert axis.get_title(loc="left") == "WT"
    assert [text.get_text() for text in axis.get_xticklabels()] == ["dann", "baseline"]
    assert [disc.get_sizes()[0] for disc in axis.collections] == [320, 320]

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cirl.evaluation.published import PAPERS, PublishedTest, own_scores, own_test
from cirl.report.pages.published import published_page

LABELS = ("NCR", "ED", "ET")


def metrics(**shifts):
    """Twelve subjects in four folds; each arm's Dice is a subject's own plus a shift and noise."""
    rng = np.random.default_rng(0)
    base = rng.uniform(0.5, 0.9, (12, 3))
    rows = [
        (f"s{i:02d}", arm, i % 4, label, base[i, j] + shift + rng.normal(0, 0.02))
        for arm, shift in shifts.items()
        for i in range(12)
        for j, label in enumerate(LABELS)
    ]
    table = pd.DataFrame(rows, columns=["subject", "arm", "fold", "region", "dice"])
    return table.assign(protocol="transfer", seed=0, hd95=10 * (1 - table["dice"]))


def test_the_average_is_over_regions_of_a_subject_and_seeds_come_first():
    table = metrics(dann=0.0)
    twice = pd.concat([table, table.assign(seed=1, dice=table["dice"] + 0.1)])
    own = own_scores(twice, "transfer", LABELS)
    dice = own[own["metric"] == "dice"].set_index("subject")
    expected = table.groupby("subject")["dice"].mean() + 0.05
    np.testing.assert_allclose(dice["average"], expected)
    lacking = own_scores(table.drop(index=table.index[0]), "transfer", LABELS)
    assert lacking["subject"].nunique() == 11


def test_pairs_are_subjects_or_folds():
    table = metrics(combined=0.0, dann=0.03)
    own = own_scores(table, "transfer", LABELS)
    means = table.groupby(["arm", "subject"])["dice"].mean()
    found = own_test(own, PublishedTest("dann", "combined", "dice", 0.0506), "subject")
    assert found["n"] == 12
    assert found["p"] == pytest.approx(stats.ttest_rel(means["dann"], means["combined"]).pvalue)
    folds = table.groupby(["arm", "fold"])["dice"].mean()
    found = own_test(own, PublishedTest("dann", "combined", "dice", 0.0506), "fold")
    assert found["n"] == 4
    assert found["p"] == pytest.approx(stats.ttest_rel(folds["dann"], folds["combined"]).pvalue)
    missing = own_test(own, PublishedTest("dann", "finetune", "dice", 0.05), "fold")
    assert missing["n"] == 0 and np.isnan(missing["p"])


def test_the_transfer_paper_contradicts_itself_on_hd95():
    page = published_page("transfer", metrics(combined=0.0, dann=0.03), "labels", ["Hello."])
    assert "Hello." in page
    for p in ("0.0506, not below 0.05", "0.0236, below 0.05", "0.0519, not below 0.05"):
        assert p in page
    assert "averages are 3.374 and 3.045, so it is worse" in page
    assert "averages are 0.879 and 0.871, so it is better" in page


def test_the_cluster_papers_means_are_not_those_of_its_columns():
    page = published_page("cluster_invariance", metrics(baseline=0.0), "regions", [])
    assert "GMM k=4 + 1 0.7724 (of its columns 0.716)" in page
    assert "Baseline 0.8655" not in page
    assert "this study does not run both" in page


def test_our_numbers_stand_beside_the_published_ones():
    table = metrics(baseline=0.0, dann_gmm=-0.1).assign(protocol="cv")
    regions = pd.concat([table, table.replace({"region": {"NCR": "WT", "ED": "TC"}})])
    page = published_page(
        "cluster_invariance", regions.drop_duplicates(["subject", "arm", "region"]), "regions", []
    )
    wt = table[(table["arm"] == "dann_gmm") & (table["region"] == "NCR")]["dice"].mean()
    assert f"0.6569 | {wt:.4f}" in page
    assert "published -0.149, ours -0.1" in page


@pytest.mark.parametrize("name", PAPERS)
def test_rows_have_a_number_for_every_region_and_their_mean(name):
    paper = PAPERS[name]
    for row in paper.arms:
        assert len(row.dice) == len(paper.regions) + 1
        assert len(row.hd95) in (0, len(row.dice))
    assert {test.arm for test in paper.tests} <= {row.arm for row in paper.arms}

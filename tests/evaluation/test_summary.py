import numpy as np
import pandas as pd
import pytest

from cirl.evaluation.scoring import BETTER, METRICS_COLUMNS
from cirl.evaluation.summary import (
    COLUMNS_OF_MEANS,
    domain_table,
    lesion_sizes,
    partitions_of,
    scores_by_subject,
    summarise_scores,
)
from cirl.metrics.statistics import Bootstrap, compare_arms
from cirl.report.pages.scores import comparison_page, segmentation_page
from cirl.study.tables.evaluation import PRIMARY
from cirl.study.tables.segmentation import METRICS

SUBJECTS = [f"c_{name}" for name in "abcdef"]
DICE = [0.9, 0.8, 0.7, 0.2, 0.4, 0.0]
HD95 = [1.0, 2.0, 3.0, 30.0, 20.0, 373.0]
VOLUMES = pd.Series([100.0, 100.0, 100.0, 1.0, 1.0, 1.0], index=SUBJECTS)


def metrics(seed=1, dice=DICE, arm="baseline"):
    return pd.DataFrame(
        {
            "subject": SUBJECTS,
            "protocol": "cv",
            "arm": arm,
            "seed": seed,
            "fold": [0, 0, 0, 1, 1, 1],
            "cohort": "c",
            "region": "WT",
            "dice": dice,
            "hd95": HD95,
            "lesionwise_dice": dice,
            "lesionwise_hd95": HD95,
            "voxels_true": [10, 10, 10, 10, 10, 10],
            "voxels_predicted": [9, 9, 9, 9, 9, 0],
        }
    )


@pytest.fixture
def partitions(tmp_path):
    path = tmp_path / "k2.csv"
    clusters = pd.DataFrame({"subject": SUBJECTS[:5], "cluster": [0, 1, 0, 1, 1]})
    clusters.to_csv(path, index=False)
    subjects = pd.DataFrame(
        {"subject": SUBJECTS, "cohort": "c", "scanner": ["new"] * 3 + ["old"] * 2 + [None]}
    )
    return partitions_of(subjects, ["scanner"], {"ward_k2": path})


def summary_of(table, partitions):
    scores = scores_by_subject(table)
    domains = domain_table(scores, partitions, VOLUMES)
    return summarise_scores(scores, domains, Bootstrap(draws=500)), domains


def test_a_subject_without_a_cluster_is_in_no_domain_of_it(tmp_path):
    table = "subject,cluster,confidence,status\na,1,0.5,fitted\nb,,,outlier\n"
    (tmp_path / "k2.csv").write_text(table)
    subjects = pd.DataFrame({"subject": ["a", "b", "c"], "cohort": ["x"] * 3})
    found = partitions_of(subjects, [], {"gmm_k2": tmp_path / "k2.csv"})["gmm_k2"]
    assert found.to_dict() == {"a": "cluster 1", "b": "none", "c": "none"}


def test_without_any_arm_that_was_run_there_are_no_rows_and_the_pages_say_why(tmp_path):
    pd.DataFrame(columns=METRICS_COLUMNS).to_csv(tmp_path / "metrics.csv", index=False)
    scores = scores_by_subject(METRICS.read_all([tmp_path / "metrics.csv"]))
    domains = domain_table(scores, {"all": pd.Series({"a": "all"})}, pd.Series({"a": 1.0}))
    summary = summarise_scores(scores, domains, Bootstrap(draws=50))
    assert summary.empty and list(summary) == COLUMNS_OF_MEANS
    tests = compare_arms(scores, ["a", "b"], list(BETTER), Bootstrap(draws=50))
    assert tests.empty
    for page in (
        segmentation_page(summary, None, 0.95, "regions", ["b was not run, for a reason."]),
        comparison_page(
            tests.assign(partition="all"),
            PRIMARY.empty(),
            ["a", "b"],
            {},
            0.95,
            {},
            ["b was not run, for a reason."],
        ),
    ):
        assert "b was not run, for a reason." in page


def test_columns_begin_with_the_contract(partitions):
    summary, _ = summary_of(metrics(), partitions)
    contract = (
        "protocol arm region metric partition n mean sd ci_low ci_high "
        "worst_domain worst_domain_mean variance_over_domains empty_cases"
    )
    assert list(summary.columns) == COLUMNS_OF_MEANS
    assert COLUMNS_OF_MEANS[:14] == contract.split()
    assert list(summary["partition"].unique()) == ["all", "cohort", "scanner", "ward_k2"]
    assert len(summary) == 4 * 4


def test_numbers_over_all_subjects(partitions):
    summary, _ = summary_of(metrics(), partitions)
    row = summary.set_index(["metric", "partition"]).loc[("dice", "all")]
    assert row["n"] == 6
    assert row["mean"] == pytest.approx(0.5)
    assert row["sd"] == pytest.approx(np.std(DICE, ddof=1))
    assert row["ci_low"] < 0.5 < row["ci_high"]
    assert (row["empty_cases"], row["n_detected"]) == (1, 5)
    assert row["mean_detected"] == pytest.approx(0.6)
    assert (row["worst_domain"], row["variance_over_domains"]) == ("all", 0.0)


def test_worst_domain_and_variance(partitions):
    rows = summary_of(metrics(), partitions)[0].set_index(["metric", "partition"])
    # Dice: new .8, old .3; clusters: 0 .8, 1 .4667; who is in none is in no domain.
    scanner = rows.loc[("dice", "scanner")]
    assert (scanner["worst_domain"], scanner["worst_domain_mean"]) == ("old", pytest.approx(0.3))
    assert scanner["worst_domain_n"] == 2
    assert scanner["variance_over_domains"] == pytest.approx(np.var([0.8, 0.3]))
    assert rows.loc[("dice", "ward_k2"), "variance_over_domains"] == pytest.approx(
        np.var([0.8, (0.8 + 0.2 + 0.4) / 3])
    )
    # Of a distance, the largest is the worst.
    assert rows.loc[("hd95", "scanner"), "worst_domain_mean"] == 25.0


def test_seeds_are_averaged_before_subjects(partitions):
    first = metrics(seed=1)
    other = metrics(seed=2, dice=[0.7, 0.8, 0.7, 0.2, 0.4, 0.6])
    # A third seed for one subject only must not give it more weight.
    table = pd.concat([first, other, first.iloc[:1].assign(seed=3)])
    row = summary_of(table, partitions)[0].iloc[0]
    assert row["n"] == 6
    assert row["mean"] == pytest.approx(((0.9 + 0.7 + 0.9) / 3 + 0.8 + 0.7 + 0.2 + 0.4 + 0.3) / 6)


def test_numbers_do_not_depend_on_the_order_of_rows(partitions):
    summary, domains = summary_of(metrics(), partitions)
    again, domains_again = summary_of(metrics().sample(frac=1, random_state=0), partitions)
    pd.testing.assert_frame_equal(summary, again)
    pd.testing.assert_frame_equal(domains, domains_again)


def test_every_arm_is_scored_on_every_partition(partitions):
    table = pd.concat([metrics(), metrics(arm="dann")])
    summary, domains = summary_of(table, partitions)
    assert len(summary) == 2 * 4 * 4
    assert set(domains.query("partition == 'ward_k2' and arm == 'baseline'")["domain"]) == {
        "cluster 0",
        "cluster 1",
        "none",
    }


def test_means_at_equal_volume():
    # Dice rises by .1 per decade of volume; domain y is .2 better and ten times smaller.
    subjects = [f"c_{i}" for i in range(6)]
    volumes = pd.Series([10.0, 100.0, 1000.0, 1.0, 10.0, 100.0], index=subjects)
    dice = [0.1, 0.2, 0.3, 0.2, 0.3, 0.4]
    scores = pd.DataFrame({"protocol": "cv", "arm": "a", "region": "WT", "subject": subjects})
    scores = scores.assign(
        dice=dice, hd95=0.0, lesionwise_dice=dice, lesionwise_hd95=0.0, empty=False
    )
    domain = {"d": pd.Series(list("xxxyyy"), index=subjects)}
    rows = domain_table(scores, domain, volumes).query("metric == 'dice'").set_index("domain")
    np.testing.assert_allclose(rows["mean"], [0.2, 0.3])
    np.testing.assert_allclose(rows["mean_at_equal_volume"], [0.15, 0.35])


def test_lesions_are_of_one_size_between_the_edges():
    volumes = pd.Series([0.0, 9.99, 10.0, 49.0, 50.0, 300.0], index=SUBJECTS)
    sizes = lesion_sizes(volumes, [10, 50])
    assert sizes.tolist() == ["0-10 ml"] * 2 + ["10-50 ml"] * 2 + ["50 ml and more"] * 2
    subjects = pd.DataFrame(
        {"subject": SUBJECTS, "cohort": "c", "wt_volume_ml": volumes.to_numpy()}
    )
    assert partitions_of(subjects, [], {}, [10, 50])["lesion_size"].to_dict() == sizes.to_dict()

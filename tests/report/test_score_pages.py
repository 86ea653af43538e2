import pandas as pd
import pytest

from cirl.evaluation.scoring import BETTER
from cirl.report.pages.scores import (
    comparison_page,
    comparison_sentence,
    segmentation_page,
)
from cirl.study.tables.evaluation import PRIMARY

WORST = (
    "0.612 low_field (n 9)\nin truth 0.634 [0.550, 0.660]\n"
    "sd in truth 0.041 [0.000, 0.130], p 0.200"
)


def summary():
    rows = [
        {
            "protocol": "cv",
            "arm": arm,
            "region": region,
            "metric": metric,
            "partition": partition,
            "n": 24,
            "mean": 0.7123 if "dice" in metric else 12.34,
            "sd": 0.1,
            "ci_low": 0.65,
            "ci_high": 0.78,
            "worst_domain": "low_field",
            "worst_domain_mean": 0.612,
            "worst_domain_n": 9,
            "variance_over_domains": 0.0 if partition == "all" else 0.0025,
            "empty_cases": 3,
            "worst_domain_ci_low": 0.55,
            "worst_domain_ci_high": 0.66,
            "worst_domain_shrunk": 0.634,
            "between_sd": 0.041,
            "between_sd_ci_low": 0.0,
            "between_sd_ci_high": 0.13,
            "between_p": 0.2,
            "seeds": 3,
            "sd_over_seeds": 0.0123,
            "mean_detected": 0.7444 if "dice" in metric else 6.5,
        }
        for arm in ("baseline", "dann_vdec")
        for region in ("WT", "ET")
        for metric in BETTER
        for partition in ("all", "scanner")
    ]
    return pd.DataFrame(rows)


def comparisons(effects, p_values):
    regions = ["WT", "TC", "ET"][: len(effects)]
    frame = pd.DataFrame({"region": regions, "effect": effects, "p_holm": p_values})
    return frame.assign(
        protocol="cv",
        arm_a="baseline",
        arm_b="dann_vdec",
        metric="dice",
        partition="all",
        n=24,
        ci_low=-0.01,
        ci_high=0.02,
        p_ttest=0.2,
        p_wilcoxon=0.0002,
        effect_d=0.3,
        family=3,
    )


def cells(page):
    """Texts of a page's table rows."""
    rows = page.split("<tr")[1:]
    return [[cell.split("</td>")[0] for cell in row.split("<td>")[1:]] for row in rows]


def test_segmentation_page_holds_the_numbers():
    threshold = pd.DataFrame(
        {"mask": ["threshold", "empty"], "threshold": [1.8, None], "n": 24, "dice": [0.55, 0.04]}
    )
    page = segmentation_page(summary(), threshold, 0.95, "regions")
    rows = cells(page)
    assert rows[1] == (
        ["WT", "baseline", "0.712 [0.650, 0.780]", "0.744", "12.3 [0.7, 0.8]", "6.5"]
        + ["0.712", "12.3", "24", "3"]
    )
    assert [row[:2] for row in rows[2:5]] == [
        ["WT", "dann_vdec"],
        ["ET", "baseline"],
        ["ET", "dann_vdec"],
    ]
    assert ["scanner", "baseline", *[WORST] * 2] in rows
    further = ["0.712", "12.340", "12.3400", "12.3", "12.340", "12.340", "0.0123 (3 seeds)"]
    assert ["WT", "baseline", *further] in rows
    assert "above 1.8 standard deviations" in page
    assert "reaches Dice 0.550, the empty mask 0.040" in page
    assert "the networks reach: baseline 0.712, dann_vdec 0.712" in page


def test_segmentation_page_without_flair():
    assert "threshold" not in segmentation_page(summary(), None, 0.95, "labels")


@pytest.mark.parametrize("effects, p_values", [([0.02, -0.01], [0.3, 1.0]), ([0.02], [0.01])])
def test_sentence_follows_the_numbers(effects, p_values):
    tested = {("cv", "all"): "n 24, 3 seeds"}
    sentence = comparison_sentence(comparisons(effects, p_values), "dann_vdec", tested)
    assert sentence.startswith("dann_vdec (n 24, 3 seeds), Dice: ")
    assert f"WT {effects[0]:+.3f} (p {p_values[0]:.3f})" in sentence
    # What these networks differ by says nothing of the arms.
    assert "better" not in sentence and "significant" not in sentence


def test_comparison_page_holds_the_numbers():
    row = dict.fromkeys(PRIMARY.names, 0.0) | {"protocol": "lodo", "partition": "unseen"}
    row |= {"arm": "dann_vdec", "reference": "baseline", "region": "WT", "effect": 0.0123}
    row |= {"ci_low": -0.01, "ci_high": 0.02, "p_holm": 0.3, "p_equivalence_holm": 0.04}
    row |= {"inference": "subjects", "n": 23, "trainings": 2, "domains": "a, b", "margin": 0.02}
    tests, arms = comparisons([0.0123], [0.04]), ["baseline", "dann_vdec"]
    page = comparison_page(tests, pd.DataFrame([row]), arms, {}, 0.95, {})
    assert cells(page)[1] == (
        ["dann_vdec (lodo, unseen)", "baseline", "WT", "+0.012 [-0.010, +0.020]", "0.300"]
        + ["0.040", "subjects", "23", "2", "a, b"]
    )
    assert "less than 0.02 apart" in page
    assert cells(page)[3] == (
        ["dann_vdec", "Dice", "WT", "+0.012 [-0.010, +0.020]", "0.30"]
        + ["0.200", "&lt; 0.001", "0.040", "24"]
    )


def test_one_arm_alone_has_nothing_to_compare():
    empty = comparisons([0.1], [0.1]).iloc[:0]
    assert "no arm to compare with baseline" in comparison_page(
        empty, empty, ["baseline"], {}, 0.95, {}
    )

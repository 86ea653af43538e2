import pandas as pd
import pytest

from cirl.evaluation.scoring import BETTER
from cirl.report.pages.scores import (
    comparison_page,
    comparison_sentence,
    segmentation_page,
)

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


@pytest.mark.parametrize(
    "effects, p_values, verdict",
    [
        ([0.02, -0.01], [0.3, 1.0], "no region differs significantly"),
        ([0.02, 0.03], [0.01, 0.2], "significantly better in WT"),
        (
            [0.02, 0.03, -0.1],
            [0.01, 0.02, 0.0001],
            "better in WT, TC and significantly worse in ET",
        ),
    ],
)
def test_sentence_follows_the_numbers(effects, p_values, verdict):
    sentence = comparison_sentence(comparisons(effects, p_values), "dann_vdec", 0.95)
    assert verdict in sentence
    assert f"WT {effects[0]:+.3f} (p {p_values[0]:.3f})" in sentence


def test_comparison_page_holds_the_numbers():
    page = comparison_page(comparisons([0.0123], [0.04]), ["baseline", "dann_vdec"], {}, 0.95)
    assert cells(page)[1] == (
        ["dann_vdec", "Dice", "WT", "+0.012 [-0.010, +0.020]", "0.30"]
        + ["0.200", "&lt; 0.001", "0.040", "24"]
    )


def test_one_arm_alone_has_nothing_to_compare():
    empty = comparisons([0.1], [0.1]).iloc[:0]
    assert "no arm to compare with baseline" in comparison_page(empty, ["baseline"], {}, 0.95)

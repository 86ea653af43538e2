"""What the dose of a method does: families, worst domains, and sentences from numbers."""

import numpy as np
import pandas as pd
import pytest

from cirl.evaluation.dose import dose_sentences, dose_table, family_table
from cirl.metrics.statistics import Bootstrap
from cirl.report.figures.probes import plot_dose, plot_probes
from cirl.report.pages.probes import dose_rows
from cirl.study.tables.evaluation import DOSE

DOMAINS = {"clustering": "kmeans", "k": 2}


def row(**keys) -> dict:
    return {"cohorts": [], "adversary": None, "mixstyle": None} | keys


def adversary(weight: float, **changes) -> dict:
    settings = {"domains": DOMAINS, "shuffled": False, "reversal": True, "weight": weight}
    return row(adversary=settings | changes)


ARMS = {
    "baseline": row(),
    "dann_w0.1": adversary(0.1),
    "dann_w1": adversary(1),
    "placebo_w1": adversary(1, shuffled=True),
    "plain": adversary(1, reversal=False),
    "mixstyle": row(mixstyle={"levels": 2, "probability": 0.5}),
    "group_dro": row(group_dro={"domains": DOMAINS, "shuffled": False, "step": 0.01}),
    "drawn": row(sampling={"domains": DOMAINS, "shuffled": False}),
}


def test_families_differ_in_the_dose_alone():
    table = family_table(ARMS).set_index("arm")
    assert table["family"].to_dict() == {
        "baseline": "baseline",
        "dann_w0.1": "dann",
        "dann_w1": "dann",
        "placebo_w1": "placebo",
        "plain": "plain",
        "mixstyle": "mixstyle",
        "group_dro": "group_dro",
        "drawn": "drawn",
    }
    kinds = ["reference", "domains", "domains", "control", "control", "control", "domains"]
    assert table["kind"].tolist() == [*kinds, "sampling"]
    assert table["dose"].dropna().tolist() == [0.1, 1, 1, 1, 0.5, 0.01]
    settings = ["", "weight", "weight", "weight", "weight", "probability", "step", ""]
    assert table["setting"].tolist() == settings


def test_an_arm_that_others_start_from_is_no_control():
    arms = {
        "baseline": row(start="pretrained"),
        "dann": adversary(1) | {"start": "pretrained"},
        "mixstyle": ARMS["mixstyle"] | {"start": "dann"},
        "pretrained": row(),
    }
    assert family_table(arms)["kind"].tolist() == ["reference", "domains", "control", "start"]


SUBJECTS = [f"s{number:02d}" for number in range(30)]
DOMAIN = pd.Series(["x"] * 20 + ["y"] * 9 + ["none"], index=SUBJECTS, name="kmeans_k2")


def metrics_of(levels: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Dice of every arm in domains x and y; two seeds and regions whose mean is the level."""
    noise = np.random.default_rng(0).normal(0, 0.02, 30)
    rows = [
        {"protocol": "cv", "arm": arm, "subject": subject, "region": region, "seed": seed,
         "dice": levels[arm][int(DOMAIN[subject] == "y")] + noise[number] + side + shift}
        for arm in levels for number, subject in enumerate(SUBJECTS)
        for region, side in (("WT", 0.1), ("TC", -0.1), ("NCR", 5.0))
        for seed, shift in ((0, 0.01), (1, -0.01))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def probes_of(accuracy: dict[str, tuple[float, float]], rank: dict[str, float]) -> pd.DataFrame:
    rows = [
        {"protocol": "cv", "arm": arm, "seed": seed, "fold": 0, "domains": "kmeans_k2",
         "layer": layer, "probe": kind, "accuracy": pair[place] + shift, "chance": 0.5,
         "effective_rank": rank.get(arm, 10.0)}
        for arm, pair in accuracy.items() for seed, shift in ((0, 0.002), (1, -0.002))
        for layer in ("skip0", "bottleneck") for place, kind in enumerate(("linear", "mlp"))
    ]  # fmt: skip
    return pd.DataFrame(rows)


LEVELS = {
    "baseline": (0.8, 0.6),
    "dann_w0.1": (0.8, 0.65),
    "dann_w1": (0.7, 0.5),
    "placebo_w1": (0.8, 0.6),
    "mixstyle": (0.8, 0.6),
}
PROBED = dict.fromkeys(LEVELS, (0.9, 0.95)) | {"dann_w0.1": (0.6, 0.7), "dann_w1": (0.5, 0.5)}


def table_of(levels: dict = LEVELS, probed: dict = PROBED, rank: dict | None = None):
    probes = probes_of(probed, rank or {})
    families = family_table({arm: ARMS[arm] for arm in levels})
    bootstrap = Bootstrap(draws=300)
    return dose_table(metrics_of(levels), DOMAIN, probes, families, ["WT", "TC"], bootstrap)


def test_means_worst_domains_and_effects_are_those_of_the_subjects_placed():
    table = table_of().set_index("arm")
    noise = np.random.default_rng(0).normal(0, 0.02, 30)
    base, dann = table.loc["baseline"], table.loc["dann_w0.1"]
    assert base["n"] == 29 and base["domains"] == "kmeans_k2"
    assert base["mean"] == pytest.approx((0.8 * 20 + 0.6 * 9) / 29 + noise[:29].mean())
    assert base["worst"] == pytest.approx(0.6 + noise[20:29].mean())
    assert base["gap"] == pytest.approx(base["mean"] - base["worst"])
    assert base["mean_low"] < base["mean"] < base["mean_high"]
    assert dann["worst_effect"] == pytest.approx(0.05)
    assert dann["worst_effect_low"] == pytest.approx(0.05)  # the same subjects, the same draws
    assert dann["mean_effect"] == pytest.approx(0.05 * 9 / 29)
    assert (dann["probe_linear"], dann["probe_mlp"]) == pytest.approx((0.6, 0.7))
    assert table.loc["mixstyle", "dose"] == 0.5 and np.isnan(base["dose"])


def test_the_page_has_intervals_beside_values_and_dashes_for_what_there_is_not():
    rows = dose_rows(table_of()).set_index("Arm")
    assert rows.loc["dann_w0.1", "Difference, worst"] == "+0.050 [+0.050, +0.050]"
    doses = rows["Dose"]
    assert (doses["baseline"], doses["dann_w1"]) == ("-", "weight 1")
    assert doses["mixstyle"] == "probability 0.5"
    assert rows["Domains"].unique().tolist() == ["kmeans_k2 (cv)"]


def test_an_arm_that_was_not_probed_is_read_as_it_was_written(tmp_path):
    table = table_of(probed={arm: PROBED[arm] for arm in ("baseline", "dann_w1")})
    DOSE.write(table, tmp_path / "dose.csv")
    read = DOSE.read(tmp_path / "dose.csv").set_index("arm")
    assert read["repetitions"].to_dict() == dict.fromkeys(LEVELS, 0) | {"baseline": 2, "dann_w1": 2}
    assert np.isnan(read.loc["mixstyle", "probe_linear_low"])
    assert dose_rows(table).set_index("Arm").loc["mixstyle", "Linear probe"] == "-"


def said(levels: dict) -> str:
    (text,) = dose_sentences(table_of(levels), 0.05)
    return text.removeprefix("Worst domain of kmeans_k2 (cv): ")


def test_the_verdict_follows_the_paired_effects():
    assert said(LEVELS) == (
        "dann_w0.1 helped in mean Dice; without a placebo of its dose any regulariser might have."
    )
    both = LEVELS | {"dann_w0.1": (0.8, 0.6), "mixstyle": (0.8, 0.7)}
    assert said(both) == "mixstyle helped in mean Dice, which uses no domains."
    drawn = LEVELS | {"dann_w0.1": (0.8, 0.6), "drawn": (0.8, 0.7)}
    assert said(drawn) == (
        "drawn helped in mean Dice, whose batches are drawn from domains and which does nothing "
        "else with them."
    )
    paired = LEVELS | {"dann_w0.1": (0.8, 0.6), "dann_w1": (0.8, 0.7)}
    assert said(paired) == (
        "domains helped, and more than shuffled ones: dann_w1 in mean Dice (paired with "
        "placebo_w1)."
    )
    like = said(paired | {"placebo_w1": (0.8, 0.7)})
    assert "dann_w1 helped in mean Dice, but it was not shown to be better than placebo_w1" in like
    assert "placebo_w1 helped in mean Dice, whose domains are shuffled" in like
    assert "nothing helped" in said(LEVELS | {"dann_w0.1": (0.8, 0.6)})


def test_an_arm_stands_beside_its_placebo():
    row = table_of(LEVELS | {"dann_w1": (0.8, 0.7)}).set_index("arm").loc["dann_w1"]
    assert row["placebo"] == "placebo_w1"
    assert row["placebo_effect"] == pytest.approx(0.1)
    assert row["placebo_p"] < 0.01 and row["worst_p"] < 0.01


def test_figures_have_a_panel_a_probe_and_a_line_a_family():
    figure = plot_probes(probes_of(PROBED, {}), list(LEVELS))
    titles = ["Linear probe: kmeans_k2", "MLP probe: kmeans_k2", "Effective rank"]
    assert [axis.get_title() for axis in figure.axes] == titles
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [*LEVELS, "chance"]
    dose = plot_dose(table_of(), 0.95)
    assert [axis.get_title() for axis in dose.axes][0] == "Mean Dice, difference"
    labels = [text.get_text() for text in dose.legends[0].get_texts()][:3]
    assert labels == ["dann, weight", "placebo, weight", "mixstyle, probability"]
    assert dose.axes[0].get_xlabel() == "Dose"
    assert [text.get_text() for text in dose.axes[0].get_xticklabels()] == ["0.1", "0.5", "1"]
    weights = {arm: level for arm, level in LEVELS.items() if arm != "mixstyle"}
    alone = plot_dose(table_of(weights), 0.95)
    labels = [text.get_text() for text in alone.legends[0].get_texts()][:2]
    assert labels == ["dann", "placebo"] and alone.axes[0].get_xlabel() == "Weight"
    assert len(plot_probes(probes_of({}, {}).reindex(columns=["arm", "accuracy"]), []).axes) == 1
    assert len(plot_dose(table_of({"baseline": (0.8, 0.6)}), 0.95).axes) == 1


def test_the_figure_of_doses_has_a_row_for_each_partition():
    table = table_of()
    other = table.assign(domains="scanner", gap=table["gap"] - 0.2)
    axes = plot_dose(pd.concat([table, other]), 0.95).axes
    assert len(axes) == 10
    assert [axis.get_ylabel() for axis in axes[::5]] == ["kmeans_k2", "scanner"]
    assert plot_dose(table.assign(dose=0.0), 0.95).axes[0].get_xlim() == (0, 1.5)
    horizontals = [axis.get_lines()[0].get_ydata()[0] for axis in (axes[2], axes[7])]
    assert horizontals[0] - horizontals[1] == pytest.approx(0.2)

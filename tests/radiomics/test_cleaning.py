"""Cleaning: each step against a closed form, pandas or scikit-learn, and on the record."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import RobustScaler, StandardScaler

from cirl.radiomics.cleaning import (
    Cleaner,
    CleaningSettings,
    SelectionSettings,
    clean,
    select_features,
)

NOBODY = pd.DataFrame(columns=["subject", "reason"])
KEEP = {"drop_constant": False, "maximum_correlation": None, "scaling": "none"}


@pytest.fixture
def features() -> pd.DataFrame:
    generator = np.random.default_rng(8)
    table = pd.DataFrame(generator.normal(size=(30, 4)), columns=list("abcd"))
    table.index = pd.Index([f"c_{number:02d}" for number in range(30)], name="subject")
    table["e"] = -3 * table["b"] + 1e-3 * table["a"]
    table["f"] = 4.25
    return table


def actions(cleaned) -> list[tuple[str, str]]:
    return [(record["column"], record["action"]) for record in cleaned.actions]


def test_default_drops_constant_and_nearly_duplicate_columns(features) -> None:
    cleaned = clean(features, NOBODY, CleaningSettings())
    assert list(cleaned.features) == list("abcd")
    assert actions(cleaned)[:2] == [("f", "dropped constant"), ("e", "dropped duplicate")]
    r = np.corrcoef(features["e"], features["b"])[0, 1]
    assert cleaned.actions[1]["detail"] == f"r = {r:.4f} with b"
    assert cleaned.actions[0]["detail"] == "always 4.25"


def test_a_chain_of_likenesses_keeps_what_differs_from_the_kept() -> None:
    generator = np.random.default_rng(0)
    base = generator.normal(size=(400, 2))
    angles = np.deg2rad([0, 20, 40])  # neighbours correlate with .94, the ends with .77
    columns = np.cos(angles) * base[:, [0]] + np.sin(angles) * base[:, [1]]
    table = pd.DataFrame(columns, columns=list("xyz"))
    kept = Cleaner(CleaningSettings(maximum_correlation=0.9)).fit(table).columns_
    assert kept == ["x", "z"]


def test_nothing_is_dropped_where_nothing_is_asked(features) -> None:
    cleaned = clean(features, NOBODY, CleaningSettings(**KEEP))
    pd.testing.assert_frame_equal(cleaned.features, features)
    assert cleaned.actions == []


@pytest.mark.parametrize(
    ("kind", "scaler"), [("standard", StandardScaler), ("robust", RobustScaler)]
)
def test_scaling_is_scikit_learns(features, kind, scaler) -> None:
    settings = CleaningSettings(**(KEEP | {"scaling": kind}))
    cleaned = clean(features, NOBODY, settings)
    expected = scaler().fit_transform(features.to_numpy())
    np.testing.assert_allclose(cleaned.features.to_numpy(), expected, rtol=1e-12)
    assert [action for _, action in actions(cleaned)] == ["scaled"] * 6


def test_z_scores_have_mean_0_and_the_population_deviation_1(features) -> None:
    scaled = clean(features, NOBODY, CleaningSettings()).features
    np.testing.assert_allclose(scaled.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(ddof=0), 1, rtol=1e-12)


@pytest.mark.parametrize("kind", ["median", "mean"])
def test_imputation_is_pandas(features, kind) -> None:
    features.loc["c_03", "a"] = features.loc["c_04", "a"] = np.nan
    cleaned = clean(features, NOBODY, CleaningSettings(**KEEP, imputation=kind))
    value = getattr(features["a"], kind)()
    assert cleaned.features.loc[["c_03", "c_04"], "a"].tolist() == pytest.approx([value] * 2)
    assert actions(cleaned) == [("a", "imputed")]
    assert cleaned.actions[0]["detail"].startswith(f"2 cells set to the {kind} ")


def test_columns_and_subjects_that_miss_too_much(features) -> None:
    features.loc[features.index[:16], "c"] = np.nan  # more than half of 30
    features.loc[features.index[:15], "d"] = np.nan  # just half
    features.loc["c_05", ["a", "b", "e"]] = np.nan  # with d 4 of the 5 that are left
    missing = pd.DataFrame([("c_zz", "no t2f")], columns=["subject", "reason"])
    cleaned = clean(features, missing, CleaningSettings(**KEEP, maximum_missing=0.5))
    assert list(cleaned.features) == list("abdef")
    assert actions(cleaned)[0] == ("c", "dropped missing")
    assert len(cleaned.features) == 29 and cleaned.features.notna().all(axis=None)
    assert cleaned.missing.to_dict("records") == [
        {"subject": "c_05", "reason": "80% of the features are missing"},
        {"subject": "c_zz", "reason": "no t2f"},
    ]


def test_a_column_without_any_number_goes_in_any_case(features) -> None:
    features["g"] = np.nan
    cleaned = clean(features, NOBODY, CleaningSettings(**KEEP, maximum_missing=1.0))
    assert "g" not in cleaned.features and actions(cleaned) == [("g", "dropped missing")]


def test_three_subjects_are_too_few_to_call_columns_alike(features) -> None:
    few = features.iloc[:3][["a", "b", "c", "d"]]
    assert Cleaner(CleaningSettings()).fit(few).columns_ == list("abcd")
    assert Cleaner(CleaningSettings()).fit(few).actions_[0]["action"] == "duplicates kept"


def test_nothing_left_says_so(features) -> None:
    with pytest.raises(ValueError, match="of 1 features of 30 subjects none is left"):
        clean(features[["f"]], NOBODY, CleaningSettings())


def test_what_was_learnt_applies_to_others(features) -> None:
    """A fold's cleaning is learnt on its training subjects and applied to the held-out ones."""
    train, test = features.iloc[:20].copy(), features.iloc[20:].copy()
    test.loc["c_25", "a"] = np.nan
    cleaner = Cleaner(CleaningSettings()).fit(train)
    applied = cleaner.transform(test)
    expected = (train["a"].median() - train["a"].mean()) / train["a"].std(ddof=0)
    assert applied.loc["c_25", "a"] == pytest.approx(expected)
    assert list(applied) == cleaner.columns_


def test_selection_by_contrast_region_class_and_image() -> None:
    names = [
        "WT_original_shape_Flatness",
        "ET_original_shape_Flatness",
        "t1c_WT_original_glcm_Contrast",
        "t1c_ET_original_glcm_Contrast",
        "t2f_WT_original_firstorder_Mean",
        "t2f_WT_original_glcm_Contrast",
    ]
    table = pd.DataFrame(np.ones((2, 6)), columns=names)

    def kept(**settings) -> list[str]:
        return list(select_features(table, SelectionSettings(**settings))[0])

    assert kept() == [names[0], names[2], names[4], names[5]]
    assert kept(regions=None) == names
    assert kept(regions=None, contrasts=["t1c"]) == names[:4]
    assert kept(regions=None, classes=["shape"]) == names[:2]
    assert kept(contrasts=["t2f"], classes=["glcm"]) == [names[5]]
    filtered = ["t1c_WT_wavelet-LLH_glcm_Contrast", "t1c_WT_log-sigma-2-0-mm-3D_glcm_Contrast"]
    table[filtered] = 1.0
    assert kept(images=["wavelet"]) == filtered[:1]
    assert kept(images=["original", "log"], contrasts=["t1c"]) == [
        names[0], names[2], filtered[1]
    ]  # fmt: skip
    table = table[names]
    records = select_features(table, SelectionSettings(regions=["ET"]))[1]
    assert [(r["column"], r["action"]) for r in records] == [
        (names[0], "not selected"), (names[2], "not selected"),
        (names[4], "not selected"), (names[5], "not selected"),
    ]  # fmt: skip

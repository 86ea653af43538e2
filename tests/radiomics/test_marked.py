"""From regions of every kind to the clean table: no gap is without a status and a record."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cirl.imaging.store import write_subject
from cirl.radiomics import measure as measure_module
from cirl.radiomics.cleaning import CleaningSettings, SelectionSettings, clean, select_features
from cirl.radiomics.columns import depends_on_levels, parse_column
from cirl.radiomics.measure import MeasureSettings, measure_subject
from cirl.radiomics.merging import Merged, merge

CONTRASTS = ("t1n", "t2f")
SETTINGS = MeasureSettings(
    regions=("WT", "NCR"), discretisation="width", bin_width=0.25, maximum_levels=40
)
CASES = ("c_1", "c_2", "c_3", "c_4", "absent", "point", "isolated", "broken", "wide", "failed")


def voxels(case: str, number: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(number)
    image = generator.normal(size=(2, 16, 16, 16))
    label = np.zeros((16, 16, 16), np.uint8)
    label[2:9, 2:9, 2 : 8 + number % 4] = 2
    label[4:7, 4:7, 4:7] = 0 if case in ("absent", "point", "isolated") else 1
    if case == "point":
        label[5, 5, 5] = 1
    if case == "isolated":
        label[0, 0, 0] = label[14, 12, 15] = 1
    if case == "broken":
        image[1, 5, 5, 5] = np.nan
    if case == "wide":
        image[0] *= 100
    return image, label


@pytest.fixture(scope="module")
def merged(tmp_path_factory) -> Merged:
    folder: Path = tmp_path_factory.mktemp("marked")
    paths = []
    for number, case in enumerate(CASES):
        about = {"status": "ok", "reason": "", "contrasts": CONTRASTS, "spacing": [1, 1, 2]}
        write_subject(folder, case, *voxels(case, number), about)
        with pytest.MonkeyPatch.context() as patch:
            if case == "failed":
                patch.setitem(measure_module.TEXTURE, "ngtdm", lambda grey: 1 / 0)
            measured = measure_subject(folder, case, CONTRASTS, SETTINGS)
        paths.append(folder / f"{case}.csv")
        measured.to_csv(paths[-1], index=False)
    return merge(paths)


def test_the_statuses_are_as_expected(merged) -> None:
    found = merged.statuses.set_index(["subject", "contrast", "region"])["status"]
    expected = pd.Series("ok", index=found.index)
    expected.loc[("absent", slice(None), "NCR")] = "absent"
    expected.loc[("point", slice(None), "NCR")] = "too_small"
    expected.loc[("isolated", slice(None), "NCR")] = "too_small"
    expected.loc[("broken", "t2f")] = "nonfinite"
    expected.loc[("wide", "t1n")] = "bins_capped"
    expected.loc["failed"] = "failed"
    pd.testing.assert_series_equal(found, expected, check_names=False)


def test_every_gap_has_a_status_and_a_reason(merged) -> None:
    rows = merged.statuses.set_index(["subject", "contrast", "region"])
    gaps = merged.features.isna().stack()
    gaps = gaps[gaps].index
    assert len(gaps) > 500
    for subject, name in gaps:
        column = parse_column(name)
        found = rows.loc[(subject, column.contrast or slice(None), column.region)]
        statuses, reasons = np.ravel(found["status"]), np.ravel(found["reason"])
        assert "ok" not in statuses and all(reasons), (subject, name)


def test_features_of_bounded_grey_levels_are_left_out_on_record(merged) -> None:
    levels = [
        name
        for name in merged.features
        if name.startswith("t1n_") and depends_on_levels(name.split("_", 2)[2])
    ]
    assert len(levels) == 2 * (75 + 2)
    assert merged.features.loc["wide", levels].isna().all()
    assert merged.features.loc["c_1", levels].notna().all()
    others = merged.features.columns.difference(levels)
    assert merged.features.loc["wide", others].notna().all()
    assert [record["column"] for record in merged.records] == sorted(levels)
    assert {(record["action"], record["detail"]) for record in merged.records} == {
        ("bins capped", "left out of wide, whose number of grey levels was bounded")
    }


def test_the_clean_table_is_full_of_finite_numbers_and_each_filled_cell_is_on_record(
    merged,
) -> None:
    selected, records = select_features(merged.features, SelectionSettings(regions=None))
    keep = CleaningSettings(maximum_missing=1.0, maximum_correlation=None, drop_constant=False)
    cleaned = clean(selected, merged.missing, keep)
    assert set(cleaned.features.index) == set(CASES)
    assert np.isfinite(cleaned.features.to_numpy()).all()
    report = cleaned.report(merged.records + records).set_index("column")
    filled = report[report["action"] == "imputed"]["detail"].str.split().str[0].astype(int)
    missing = merged.features.isna().sum()
    pd.testing.assert_series_equal(
        filled.sort_index(), missing[missing > 0].sort_index(), check_names=False
    )

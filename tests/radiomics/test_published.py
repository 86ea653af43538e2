"""The paper's Table 1: picked from a summary, and reproduced from the paper's own table."""

import pandas as pd
import pytest

from cirl.radiomics.published import TABLE_1, table_1
from cirl.radiomics.table import TableSettings, import_table, summarise_features
from cirl.report.pages.features import feature_page


def test_the_six_features_of_one_region() -> None:
    names = [
        "WT_original_shape_Elongation",
        "ET_original_shape_Elongation",
        "t1c_WT_original_firstorder_Energy",
        "t2f_WT_original_firstorder_Energy",
        "t2f_WT_original_firstorder_TotalEnergy",
        "t2f_WT_wavelet-LLH_firstorder_Energy",
    ]
    rows = [[0.5, 0.1, 2, 3, 4, 8], [0.7, 0.1, 4, 5, 4, 8]]
    features = pd.DataFrame(rows, columns=names, dtype=float)
    table = table_1(summarise_features(features), "WT", published=False)
    assert list(table["feature"]) == ["Elongation (WT)", "Energy (t1c WT)", "Energy (t2f WT)"]
    assert table["mean"].tolist() == pytest.approx([0.6, 3, 4])
    assert "<td>Energy (t2f WT)</td>" in feature_page(table) and "0.141421" in feature_page(table)


@pytest.mark.real_data
def test_the_papers_own_table_gives_its_table_1(real_data) -> None:
    path = real_data / "goat_radiomics/features.csv"
    features, missing, records = import_table(
        TableSettings(str(path), "ImageID", "zero", published=True)
    )
    assert features.shape == (1537, 111) and missing.empty
    assert len(records) == 5 and all("1680: '(" in record["detail"] for record in records)
    ours = table_1(summarise_features(features), None, published=True).set_index("feature")
    assert list(ours.index) == [item.title for item in TABLE_1]
    for key in ("mean", "sd", "min", "max"):
        difference = (ours[key] - ours[f"published {key}"]).abs().drop("Energy")
        assert (difference <= 0.0005001).all(), key
    # The file rounds energies from 1e10 on to three digits; the printed ones were not rounded.
    energy = ours.loc["Energy"]
    assert energy["min"] == pytest.approx(81934.920, abs=5e-4)
    assert energy["mean"] == pytest.approx(9.909e10, rel=5e-4)
    assert energy["sd"] == pytest.approx(1.598e12, rel=1e-3)
    exact = (
        features["original_firstorder_RootMeanSquared"] ** 2
        * features["diagnostics_Mask-original_VoxelNum"]
    )
    assert f"{exact.mean():.3e} {exact.std():.3e} {exact.max():.3e}" == (
        "9.909e+10 1.598e+12 3.898e+13"
    )

"""The subjects' measurements become one table: a row a subject, nobody lost, any order."""

import itertools
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cirl.imaging.store import write_subject
from cirl.radiomics.measure import MeasureSettings, measure_subject
from cirl.radiomics.merging import STATUS_COLUMNS, merge, read_measurements
from cirl.radiomics.names import FEATURES, MEASUREMENT_KEYS

CONTRASTS = ("t1n", "t2f")
VOLUME = "original_shape_VoxelVolume"
MEAN = "original_firstorder_Mean"


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> dict[str, Path]:
    """Files of four subjects: two whole, one without necrosis, one excluded."""
    folder = tmp_path_factory.mktemp("radiomics")
    files = {}
    for number, subject in enumerate(["c_b", "c_a", "c_d", "c_c"]):
        generator = np.random.default_rng(number)
        label = np.zeros((12, 12, 12), np.uint8)
        label[2:9, 2:9, 2 : 8 + number] = 2
        if subject != "c_d":
            label[4:7, 4:7, 4:7] = 1
        status, reason = ("excluded", "no t2f") if subject == "c_c" else ("ok", "")
        metadata = {
            "status": status,
            "reason": reason,
            "contrasts": CONTRASTS,
            "spacing": [1, 1, 2],
        }
        write_subject(folder, subject, generator.normal(size=(2, 12, 12, 12)), label, metadata)
        settings = MeasureSettings(regions=("WT", "NCR"))
        files[subject] = folder / f"{subject}.csv"
        measure_subject(folder, subject, CONTRASTS, settings).to_csv(files[subject], index=False)
    return files


def test_merging_is_a_row_a_subject_and_loses_nobody(measured) -> None:
    merged = merge(list(measured.values()))
    assert list(merged.features.index) == ["c_a", "c_b", "c_d"]
    assert merged.missing.to_dict("records") == [{"subject": "c_c", "reason": "no t2f"}]
    # 14 of shape once a region, 93 others a contrast and region.
    assert merged.features.shape[1] == 2 * 14 + 2 * 2 * 93
    assert len(FEATURES) == 14 + 93


def test_merged_numbers_are_those_of_the_files(measured) -> None:
    features = merge(list(measured.values())).features
    for subject in features.index:
        table = pd.read_csv(measured[subject])
        rows = table.set_index(["contrast", "region"])
        assert features.loc[subject, f"WT_{VOLUME}"] == rows.loc[("t1n", "WT"), VOLUME]
        assert features.loc[subject, f"t2f_NCR_{MEAN}"] == pytest.approx(
            rows.loc[("t2f", "NCR"), MEAN], nan_ok=True, rel=0
        )
    assert features.loc["c_d", f"NCR_{VOLUME}"] == 0
    assert np.isnan(features.loc["c_d", f"t2f_NCR_{MEAN}"])


def test_statuses_have_a_row_a_contrast_and_region(measured) -> None:
    statuses = merge(list(measured.values())).statuses
    assert tuple(statuses) == STATUS_COLUMNS == MEASUREMENT_KEYS
    assert statuses["subject"].value_counts().to_dict() == dict.fromkeys(measured, 4)
    assert statuses.value_counts(["region", "status"]).to_dict() == {
        ("WT", "ok"): 6, ("WT", "excluded"): 2,
        ("NCR", "ok"): 4, ("NCR", "absent"): 2, ("NCR", "excluded"): 2,
    }  # fmt: skip
    assert statuses.query("subject == 'c_a' and region == 'NCR'")["voxels"].tolist() == [27, 27]
    assert statuses.query("subject == 'c_c'")["voxels"].isna().all()


def test_the_order_of_the_subjects_changes_nothing(measured) -> None:
    first, *others = (merge(order) for order in itertools.permutations(measured.values()))
    for merged in others:
        for name in ("features", "missing", "statuses"):
            one, other = getattr(first, name), getattr(merged, name)
            pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_an_excluded_subject_changes_no_number(measured) -> None:
    whole = [path for subject, path in measured.items() if subject != "c_c"]
    everybody = merge(list(measured.values())).features
    pd.testing.assert_frame_equal(everybody, merge(whole).features, check_exact=True)


def write(path: Path, rows: list[dict]) -> Path:
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def row(subject: str, contrast: str, region: str, **features: float) -> dict:
    keys = (subject, contrast, region, "ok", "", 9)
    return dict(zip(STATUS_COLUMNS, keys, strict=True)) | features


def test_it_equals_a_plain_concatenation_with_pandas(tmp_path: Path) -> None:
    """Filtered images, files with other rows and columns, numbers of any size."""
    random = np.random.default_rng(0)
    images = ("original_", "wavelet-LLH_", "log-sigma-3-0-mm-3D_")
    paths = []
    for number, contrasts in enumerate([("t1n", "t2f"), ("t2f", "t1n"), ("t1n",)] * 3):
        names = [f"{image}firstorder_Mean" for image in images[: 1 + number % 2 * 2]]
        shape = {region: random.lognormal(sigma=9) for region in ("WT", "ET")}
        rows = [
            row(f"c_{9 - number}", contrast, region, original_shape_Sphericity=shape[region])
            | {name: random.lognormal(sigma=9) for name in names if random.random() < 0.8}
            for contrast, region in itertools.product(contrasts, shape)
        ]
        paths.append(write(tmp_path / f"{number}.csv", rows))
    long = pd.concat([pd.read_csv(path) for path in paths])
    long = long.melt(STATUS_COLUMNS, var_name="feature").dropna(subset="value")
    where = (long["contrast"] + "_").where(~long["feature"].str.contains("_shape_"), "")
    long["column"] = where + long["region"] + "_" + long["feature"]
    plain = long.drop_duplicates(["subject", "column"]).pivot(
        index="subject", columns="column", values="value"
    )
    assert plain.shape[0] == 9 and plain.isna().to_numpy().any()
    features = merge(paths).features
    pd.testing.assert_frame_equal(features, plain.rename_axis(columns=None), check_exact=True)


def test_a_column_that_no_subject_has_is_left_out(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / f"{name}.csv", [row(name, "t1n", "WT", x_a_b=1.5, x_a_c=float("nan"))])
        for name in ("c_a", "c_b")
    ]
    assert list(merge(paths).features) == ["t1n_WT_x_a_b"]


def test_a_subject_without_voxels_or_numbers_says_why(tmp_path: Path) -> None:
    silent = [row("c_a", "t1n", "WT", x_a_b=float("nan"))]
    torn = [row("c_b", c, "WT", x_a_b=float("nan")) for c in ("t1n", "t2f")]
    torn[1] |= {"voxels": None, "reason": 'line 1, "x"\nline 2', "status": "failed"}
    paths = [write(tmp_path / "a.csv", silent), write(tmp_path / "b.csv", torn)]
    merged = merge(paths)
    assert merged.features.empty
    assert merged.missing["reason"].tolist() == [
        "no region could be measured",
        'line 1, "x"\nline 2',
    ]
    assert merged.statuses["status"].tolist() == ["ok", "ok", "failed"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 rows below no header; expected some below subject, contrast"),
        (",".join(STATUS_COLUMNS) + ",a\n", "0 rows below subject, contrast"),
        ("subject,region\nc_a,WT\n", "1 rows below subject, region"),
        (",".join(STATUS_COLUMNS) + ",a\nc,t1n,WT,ok,,9,(1+2j)\n", r"'\(1\+2j\)'.*a number"),
        (",".join(STATUS_COLUMNS) + ",a\nc,t1n,WT,ok,,9,1,2\n", "reshape.*a number"),
    ],
)
def test_a_file_that_is_no_table_of_measurements_is_named(tmp_path: Path, text, said) -> None:
    path = tmp_path / "c_a.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"c_a\.csv: .*{said}"):
        read_measurements(path)


def test_two_files_of_one_subject_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [row("c_a", "t1n", "WT", x_a_b=1.0)])
    with pytest.raises(ValueError, match="c_a: more than one file"):
        merge([path, path])


def test_only_one_file_at_a_time_is_in_memory(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    names = [f"original_firstorder_{number}" for number in range(100)]
    paths = [
        write(
            tmp_path / f"{n:02d}.csv",
            [
                row(
                    f"c_{n:02d}",
                    contrast,
                    region,
                    **dict(zip(names, random.random(100), strict=True)),
                )
                for contrast, region in itertools.product(["t1n", "t2f"], ["WT", "TC", "ET", "ED"])
            ],
        )
        for n in range(100)
    ]
    tracemalloc.start()
    features = merge(paths).features
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    table = features.to_numpy().nbytes
    assert table == 100 * 800 * 8
    # As Python's numbers, or as text, all files would take some eight times the table.
    assert peak < 2.5 * table

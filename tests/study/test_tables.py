"""The tables of the contract: what is written is read back, and text stays text."""

import ast
import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cirl.study.tables import anomaly, clustering, cohort, evaluation, radiomics, segmentation
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import FOLDS
from cirl.study.tables.table import Kind, Table

STAGES = (cohort, radiomics, clustering, segmentation, anomaly, evaluation)
TABLES = {
    f"{stage.__name__.rpartition('.')[2]}.{name}": value
    for stage in STAGES
    for name, value in vars(stage).items()
    if isinstance(value, Table)
}
ODD = ["01", "NA", "None", "nan", "NaN", "n/a", "null", "1E2", "007", "1.0", " A", "A ", "True"]
ODD += [
    "=1+1",
    "#N/A",
    "a,b",
    'say "A"',
    "two\nlines",
    "two\r\nlines",
    "Universitätsklinik",
    "東京",
    "-",
    "0x1F",
]

texts = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
VALUES = {
    Kind.TEXT: texts,
    Kind.ENTRY: texts.map(lambda text: text or None),
    Kind.INTEGER: st.integers(-(2**53), 2**53),
    Kind.COUNT: st.none() | st.integers(0, 2**53),
    Kind.NUMBER: st.floats(allow_nan=True),
    Kind.FLAG: st.booleans(),
}


@st.composite
def filled(draw: st.DrawFn, table: Table) -> pd.DataFrame:
    """A table with some rows, and a column of the others that it may have."""
    kinds = {**table.columns, **({"site": table.others} if table.others else {})}
    count = draw(st.integers(1, 3))
    columns = {
        name: draw(st.lists(VALUES[kind], min_size=count, max_size=count))
        for name, kind in kinds.items()
    }
    dtypes = {Kind.TEXT: "str", Kind.ENTRY: "str"}
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=object) for name, values in columns.items()}
    )
    return frame.astype({name: dtypes.get(kind, kind.value) for name, kind in kinds.items()})


@pytest.mark.parametrize("name", TABLES)
def test_every_table_reads_what_it_wrote(name: str, tmp_path: Path) -> None:
    table = TABLES[name]

    @settings(max_examples=10, deadline=None)
    @given(filled(table))
    def round_trip(frame: pd.DataFrame) -> None:
        table.write(frame, tmp_path / "table.csv")
        back = table.read(tmp_path / "table.csv")
        # Of unnamed columns whole numbers are read as such.
        kept = back.astype({"site": frame["site"].dtype}) if "site" in frame else back
        pd.testing.assert_frame_equal(kept, frame, check_exact=True)

    round_trip()


@settings(max_examples=50, deadline=None)
@given(st.lists(texts, min_size=1, max_size=5))
@example(ODD)
def test_ids_and_domains_are_text_whatever_they_look_like(tmp_path_factory, values) -> None:
    path = tmp_path_factory.mktemp("table") / "subjects.csv"
    rows = pd.DataFrame(dict.fromkeys((*SUBJECTS.columns, "site"), values))
    SUBJECTS.write(rows.assign(wt_volume_ml=1.5), path)
    back = SUBJECTS.read(path)
    assert list(back["subject"]) == values
    assert list(back["name"]) == values
    assert list(back["site"].fillna("")) == values
    assert back["site"].isna().tolist() == [value == "" for value in values]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_without_rows_keeps_its_types(name: str, tmp_path: Path) -> None:
    table = TABLES[name]
    table.write(table.empty(), tmp_path / "table.csv")
    pd.testing.assert_frame_equal(table.read(tmp_path / "table.csv"), table.empty())
    pd.testing.assert_frame_equal(table.read_all([tmp_path / "table.csv"] * 2), table.empty())
    pd.testing.assert_frame_equal(table.read_all([]), table.empty())


def test_a_table_with_a_missing_or_strange_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cv.csv"
    path.write_text("subject,role\na,train\n")
    with pytest.raises(
        ValueError, match=r"cv\.csv: no column fold; expected subject, fold, role; it"
    ):
        FOLDS.read(path)
    path.write_text("subject,fold,role,rôle\na,0,train,x\n")
    with pytest.raises(ValueError, match=r"cv\.csv: column rôle; expected subject, fold, role"):
        FOLDS.read(path)
    with pytest.raises(ValueError, match="no column fold"):
        FOLDS.write(pd.DataFrame({"subject": ["a"], "role": ["train"]}), path)


def test_a_cell_of_another_kind_is_refused_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cv.csv"
    path.write_text("subject,fold,role\na,first,train\n")
    with pytest.raises(ValueError, match=r"cv\.csv: .*first"):
        FOLDS.read(path)


def test_tables_are_read_as_one_and_in_part(tmp_path: Path) -> None:
    for name, value in (("a", 1), ("b", 2.5)):
        (tmp_path / f"{name}.csv").write_text(f"subject,x,y\n{name},{value},0\n")
    (tmp_path / "nobody.csv").write_text("subject,x,y\n")
    paths = [tmp_path / f"{name}.csv" for name in ("a", "nobody", "b")]
    assert radiomics.FEATURE_TABLE.read_all(paths).to_dict("list") == {
        "subject": ["a", "b"],
        "x": [1.0, 2.5],
        "y": [0, 0],
    }
    part = radiomics.FEATURE_TABLE.read(paths[0], {"subject", "y", "z"})
    assert list(part) == ["subject", "y"]


def test_numbers_are_read_to_the_last_bit(tmp_path: Path) -> None:
    values = [0.1 + 0.2, 1 / 3, 2.2250738585072014e-308, 123456789.123456789, math.pi * 1e-20]
    frame = pd.DataFrame({"subject": list("abcde"), "x": values})
    radiomics.FEATURE_TABLE.write(frame, tmp_path / "x.csv")
    assert list(radiomics.FEATURE_TABLE.read(tmp_path / "x.csv")["x"]) == values


OWN_READERS = {
    "cirl/study/tables/table.py": "the one reader",
    "cirl/evaluation/comparison/table_difference.py": "any table of two folders of results",
    "cirl/evaluation/detector_folds.py": "how long jobs took, as Snakemake writes it",
}
"""Where pandas reads a table, and of what kind these are."""


def test_no_other_module_reads_tables_with_pandas(project: Path) -> None:
    scripts = project / "workflow_scripts"
    found = set()
    for path in [*scripts.rglob("*.py"), *(project / "rules").glob("*.smk")]:
        text = path.read_text()
        if "read_csv" in text or "read_table(" in text and path.suffix == ".smk":
            calls = ast.walk(ast.parse(text)) if path.suffix == ".py" else []
            named = {getattr(node, "attr", getattr(node, "id", "")) for node in calls}
            if path.suffix == ".smk" or "read_csv" in named:
                found.add(str(path.relative_to(scripts)))
    assert found == set(OWN_READERS)

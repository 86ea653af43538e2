"""Who is clustered: learnt from the training subjects alone, and everyone has a status."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.assembly import (
    assemble,
    read_assembled,
    read_blocks,
    write_assembled,
)
from cirl.clustering.outliers import OutlierSettings

SUBJECTS = [f"a_{number:02d}" for number in range(30)]
TRAINING = SUBJECTS[:20]
NONE, DISTANCE = OutlierSettings(), OutlierSettings("distance")


@pytest.fixture
def blocks() -> dict[str, pd.DataFrame]:
    """Radiomics of all but the last subject, latents of all but the first; one extreme each."""
    random = np.random.default_rng(0)
    index = pd.Index(SUBJECTS, name="subject")
    radiomics = pd.DataFrame(random.normal(size=(30, 5)), index, [f"r{n}" for n in range(5)])
    latents = pd.DataFrame(random.normal(size=(30, 3)), index, [f"z{n}" for n in range(3)])
    radiomics.loc["a_07"] = 500.0
    radiomics.loc["a_25"] = -500.0
    return {"radiomics": radiomics.iloc[:-1], "latents": latents.iloc[1:]}


def test_one_block_is_taken_as_it_is(blocks) -> None:
    radiomics = {"radiomics": blocks["radiomics"]}
    features, found = assemble(radiomics, ["r[0-2]"], None, NONE, seed=0)
    pd.testing.assert_frame_equal(features.table, blocks["radiomics"][["r0", "r1", "r2"]])
    assert (features.status == "fitted").all() and not found["outlier"].any()


def test_columns_are_chosen_by_their_names_in_the_joined_table(blocks) -> None:
    features, _ = assemble(blocks, ["*_r1", "latents_*"], None, NONE, seed=0)
    assert list(features.table) == ["radiomics_r1", "latents_z0", "latents_z1", "latents_z2"]
    with pytest.raises(ValueError, match="matches one of the 3 columns, e.g. 'latents_z0'"):
        assemble(blocks, ["radiomics_*"], None, NONE, seed=0)


def test_held_out_subjects_are_assigned_and_outliers_are_neither(blocks) -> None:
    features, found = assemble(blocks, ["*"], TRAINING, DISTANCE, seed=0)
    assert list(features.table.index) == SUBJECTS[1:-1]
    assert list(features.table)[0] == "radiomics_r0" and list(features.table)[-1] == "latents_z2"
    expected = dict.fromkeys(TRAINING[1:], "fitted") | dict.fromkeys(SUBJECTS[20:-1], "assigned")
    expected |= {"a_07": "outlier", "a_25": "outlier"}
    assert features.status.to_dict() == expected
    assert set(features.fitted.index) == set(TRAINING[1:]) - {"a_07"}
    planted = found[found["outlier"]]
    assert planted["subject"].tolist() == ["a_07", "a_25"]
    assert planted["block"].tolist() == ["radiomics"] * 2 and len(found) == 2 * 28
    # It does not set the scale of the others either.
    assert features.fitted["radiomics_r0"].abs().median() > 0.2


def test_a_held_out_subject_changes_no_other_row(blocks) -> None:
    before, _ = assemble(blocks, ["*"], TRAINING, DISTANCE, seed=0)
    for block in blocks.values():
        block.loc["a_22"] = 1e6
    after, found = assemble(blocks, ["*"], TRAINING, DISTANCE, seed=0)
    pd.testing.assert_frame_equal(after.table.drop("a_22"), before.table.drop("a_22"))
    assert after.status.drop("a_22").equals(before.status.drop("a_22"))
    assert found.loc[found["subject"] == "a_22", "outlier"].all()


def test_survives_its_file(blocks, tmp_path) -> None:
    features, _ = assemble(blocks, ["*"], TRAINING, DISTANCE, seed=0)
    write_assembled(features, tmp_path / "features.csv")
    read = read_assembled(tmp_path / "features.csv")
    pd.testing.assert_frame_equal(read.table, features.table, check_exact=True)
    assert read.status.to_dict() == features.status.to_dict()


def test_reads_the_blocks_that_a_source_names(blocks, tmp_path) -> None:
    paths = {name: tmp_path / f"{name}.csv" for name in blocks}
    for name, path in paths.items():
        blocks[name].to_csv(path)
    for source, expected in (
        ("radiomics", ["radiomics"]),
        ("latents", ["latents"]),
        ("joined", ["radiomics", "latents"]),
    ):
        read = read_blocks(source, paths["radiomics"], paths["latents"])
        assert list(read) == expected
    pd.testing.assert_frame_equal(read["latents"], blocks["latents"])
    with pytest.raises(ValueError, match="'joined', but no latents are given"):
        read_blocks("joined", paths["radiomics"], None)


def test_no_training_subject_is_an_error(blocks) -> None:
    with pytest.raises(ValueError, match="none of the 28 subjects with features is a training"):
        assemble(blocks, ["*"], ["b_01"], NONE, seed=0)

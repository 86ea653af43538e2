"""Blocks of columns have equal weight, whatever their number and scale."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.blocks import BlockScaler, shared_subjects


def block(columns: int, scale: float, seed: int, rows: int = 40) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    common = random.normal(size=(rows, 1))
    values = scale * (common + 0.5 * random.normal(size=(rows, columns))) + 7
    names = [f"f{number}" for number in range(columns)]
    return pd.DataFrame(values, index=[f"s{n:02d}" for n in range(rows)], columns=names)


@pytest.fixture
def blocks() -> dict[str, pd.DataFrame]:
    return {"radiomics": block(60, 1000.0, 1), "latents": block(4, 0.1, 2)}


def test_the_largest_variance_of_each_block_is_one(blocks) -> None:
    table = BlockScaler().fit(blocks).transform(blocks)
    for name in blocks:
        values = table.filter(like=name).to_numpy()
        np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-12)
        largest = np.linalg.eigvalsh(np.cov(values, rowvar=False, ddof=0))[-1]
        assert largest == pytest.approx(1)


def test_weights_are_those_of_multiple_factor_analysis(blocks) -> None:
    weights = BlockScaler().fit(blocks).weights_
    for name, part in blocks.items():
        first = np.linalg.eigvalsh(part.corr().to_numpy())[-1]
        assert weights[name] == pytest.approx(1 / np.sqrt(first))
    # 60 columns that say the same weigh hardly more than 4.
    assert 60 * weights["radiomics"] ** 2 == pytest.approx(4 * weights["latents"] ** 2, rel=0.2)


def test_copies_of_a_column_do_not_make_a_block_louder() -> None:
    one = {"a": block(1, 1.0, 3)}
    many = {"a": pd.concat([one["a"]] * 9, axis=1, keys=range(9)).droplevel(1, axis=1)}
    single = BlockScaler().fit(one).transform(one).to_numpy()
    copies = BlockScaler().fit(many).transform(many).to_numpy()
    lengths = np.linalg.norm(single, axis=1), np.linalg.norm(copies, axis=1)
    np.testing.assert_allclose(*lengths)


def test_a_constant_column_is_zero_and_new_subjects_use_what_was_learnt(blocks) -> None:
    blocks["latents"]["still"] = 3.0
    scaler = BlockScaler().fit({name: part.iloc[:30] for name, part in blocks.items()})
    table = scaler.transform(blocks)
    assert (table["latents_still"] == 0).all()
    changed = {name: part.copy() for name, part in blocks.items()}
    changed["latents"].iloc[35] *= 50
    again = scaler.transform(changed)
    pd.testing.assert_frame_equal(again.drop("s35"), table.drop("s35"))


def test_shared_subjects_are_sorted_and_none_is_an_error(blocks) -> None:
    fewer = {"a": blocks["latents"].iloc[[5, 3, 1]], "b": blocks["radiomics"].iloc[2:]}
    assert shared_subjects(fewer) == ["s03", "s05"]
    other = blocks["latents"].rename(index="x_{}".format)
    with pytest.raises(ValueError, match="no subject is in all of a: 's00', b: 'x_s00'"):
        shared_subjects({"a": blocks["radiomics"], "b": other})

"""Sixty subjects of four grades, and ten folds that test each of them once."""

import numpy as np
import pandas as pd
import pytest
from planted_shares import fold_table

from cirl.texture.design import Design, read_design


@pytest.fixture(scope="session")
def grades() -> np.ndarray:
    return np.arange(60) % 4


@pytest.fixture(scope="session")
def folds(grades) -> pd.DataFrame:
    return fold_table(grades, 10)


@pytest.fixture(scope="session")
def design(folds) -> Design:
    return read_design(folds, "stratified")

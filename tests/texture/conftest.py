"""A store of livers of two textures; sixty subjects of four grades, tested in ten folds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_shares import fold_table
from two_textures import SUBJECTS, write_files

from cirl.imaging.preprocessing import PreprocessingSettings, preprocess
from cirl.imaging.store import write_subject
from cirl.texture.design import Design, read_design


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of ``SUBJECTS``."""
    files, folder = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("store")
    for seed, subject in enumerate(SUBJECTS):
        done = preprocess(
            write_files(files, subject[2:], seed), PreprocessingSettings(None, (0.5, 99.5))
        )
        write_subject(folder, subject, done.image, done.label, done.metadata)
    return folder


@pytest.fixture(scope="session")
def grades() -> np.ndarray:
    """The grades of sixty subjects."""
    return np.arange(60) % 4


@pytest.fixture(scope="session")
def folds(grades) -> pd.DataFrame:
    """Ten folds of them, each with all grades."""
    return fold_table(grades, 10)


@pytest.fixture(scope="session")
def design(folds) -> Design:
    """The same folds, as they are used."""
    return read_design(folds, "stratified")

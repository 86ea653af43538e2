"""A store of livers of two textures."""

from pathlib import Path

import pytest
from two_textures import SUBJECTS, write_files

from cirl.imaging.preprocessing import PreprocessingSettings, preprocess
from cirl.imaging.store import write_subject


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

"""The tiny study that the workflow tests run."""

from pathlib import Path

import pytest
import yaml


@pytest.fixture(scope="session")
def tiny_overlay() -> dict:
    """The smallest study that has every stage: eight phantoms at 4 mm, a few training steps."""
    return yaml.safe_load((Path(__file__).parent / "tiny.yaml").read_text())

"""The tiny study that the workflow tests run, and its subjects."""

from pathlib import Path

import pytest
import yaml

from cirl.phantom.settings import SCANNER_NAMES, SimulationSettings
from cirl.phantom.simulate import simulate_subject, write_phantom
from cirl.phantom.tumours import TUMOURS


@pytest.fixture(scope="session")
def tiny_overlay() -> dict:
    """The smallest study that has every stage: eight phantoms at 4 mm, a few training steps."""
    return yaml.safe_load((Path(__file__).parent / "tiny.yaml").read_text())


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of eight subjects, p0001 to p0008, for a cohort that is read from a folder."""
    root = tmp_path_factory.mktemp("phantoms")
    settings = SimulationSettings(
        4.0, dict.fromkeys(TUMOURS, 1.0), dict.fromkeys(SCANNER_NAMES, 1.0)
    )
    for number in range(1, 9):
        name = f"p{number:04d}"
        write_phantom(simulate_subject(2026, name, settings), root / name)
    return root

"""Fixtures that several tests share."""

import gc
import os
from pathlib import Path

import hypothesis
import pytest
import yaml
from box_subjects import CONTRASTS, write_box_subject
from snakemake.utils import update_config

from cirl.study.cohorts import Cohort

PROJECT = Path(__file__).parents[1]

# How long an example takes is the machine's: where it has more to do, none fails for it.
hypothesis.settings.register_profile("cirl", deadline=None)
hypothesis.settings.load_profile("cirl")


LONGEST = ("study", "faults", "bad_subjects", "real_data", "wings", "batches", "staleness")
"""Files of tests that run Snakemake for more than a minute, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the trainings, end with runs of Snakemake, of which the longest file is first.

    Of two workers that take a file at a time, none then waits long for the other's last one.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[int, int]:
    if "segmentation" in item.path.parts:
        return 0, 0
    if not {"workflow", "slurm"} & set(item.path.parts):
        return 1, 0
    name = item.path.stem.removeprefix("test_")
    return 2, LONGEST.index(name) if name in LONGEST else len(LONGEST)


def pytest_collection_finish() -> None:
    """Spare the collector what stays: statsmodels and Lightning let it run at every call.

    All modules are imported here, and looking through what they hold took most of the time of the
    tests that correct many p values.
    """
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_report_to_serializable(report: pytest.CollectReport | pytest.TestReport) -> None:
    """Spell what a test printed or logged so that one process can tell another.

    A name that is not UTF-8 cannot be sent between them, and the whole run would end.
    """
    report.sections = [
        (title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections
    ]


@pytest.fixture(scope="session")
def project() -> Path:
    """Root of the project."""
    return PROJECT


@pytest.fixture
def demo(project: Path) -> dict:
    """The demo's configuration as Snakemake merges it, without the schemas' defaults."""
    config = yaml.safe_load((project / "config.yaml").read_text())
    update_config(config, yaml.safe_load((project / "studies/demo.yaml").read_text()))
    return config


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real images and tables, named by CIRL_REAL_DATA."""
    folder = os.environ.get("CIRL_REAL_DATA")
    if not folder:
        pytest.skip("CIRL_REAL_DATA names no folder of real data")
    return Path(folder).resolve()


@pytest.fixture
def box_cohort(tmp_path: Path) -> Cohort:
    """A cohort of two subjects: a textured box as brain, a smaller box of all labels as tumour."""
    cohort = Cohort(
        name="box",
        root=str(tmp_path / "box"),
        pattern="{subject}/{subject}-{contrast}.nii.gz",
        contrasts={contrast: contrast for contrast in CONTRASTS},
        label="seg",
        label_map={"1": "NCR", "2": "ED", "3": "ET"},
    )
    for name in ("s1", "s2"):
        write_box_subject(cohort, name)
    return cohort

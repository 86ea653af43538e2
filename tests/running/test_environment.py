"""What a process says of its machine and its packages."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy
import pytest
import torch

from cirl.running import environment as surroundings

PROPRIETARY = """\
NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024
GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)
"""
OPEN = """\
NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  575.57  Release Build  (root@host)
GCC version:  gcc version 11.4.0
"""
CARD = "Model: \t\t NVIDIA {name}\nIRQ:   \t\t 120\nGPU UUID: \t GPU-0a1b\n"
PROCESSOR = "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\ncpu MHz\t\t: 2000\n"


@pytest.mark.parametrize(("text", "driver"), [(PROPRIETARY, "550.54.15"), (OPEN, "575.57")])
def test_gpus_and_their_driver_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, driver: str
) -> None:
    for address, name in {"0000:c1:00.0": "H100", "0000:41:00.0": "A100"}.items():
        (tmp_path / "gpus" / address).mkdir(parents=True)
        (tmp_path / "gpus" / address / "information").write_text(CARD.format(name=name))
    (tmp_path / "version").write_text(text)
    (tmp_path / "cpuinfo").write_text(PROCESSOR)
    monkeypatch.setattr(surroundings, "NVIDIA", tmp_path)
    monkeypatch.setattr(surroundings, "PROCESSORS", tmp_path / "cpuinfo")
    found = surroundings.machine()
    assert found["gpus"] == ["NVIDIA A100", "NVIDIA H100"]
    assert found["driver"] == driver
    assert found["processor"] == "Some CPU @ 2 GHz"


def test_a_machine_without_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "NVIDIA", tmp_path / "none")
    found = surroundings.machine()
    assert (found["gpus"], found["driver"]) == ([], None)


def test_the_cuda_version_is_found_without_pytorch() -> None:
    assert surroundings.cuda_of_torch() == torch.version.cuda


def test_packages_are_what_is_installed_and_what_is_imported() -> None:
    installed = surroundings.installed_packages()
    assert installed["numpy"] == version("numpy")
    assert installed["pyyaml"] == version("PyYAML")
    imported = surroundings.imported_packages()
    assert imported["numpy"] == numpy.__version__
    assert imported["torch"] == torch.__version__
    assert not set(imported) & {"argparse", "csv", "json", "numpy.linalg"}


def test_a_log_begins_with_it_and_nothing_is_imported_for_it(tmp_path: Path) -> None:
    code = f"""
import sys
from cirl.running.logs import log_to
log_to({str(tmp_path / "log")!r})
assert not {{"numpy", "pandas", "torch"}} & set(sys.modules)
print("done")
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    first, second = (tmp_path / "log").read_text().splitlines()
    said = json.loads(first.partition(surroundings.RAN_IN)[2])
    assert said["python"] == sys.version.split()[0] and "processor" in said
    assert second == "done"

"""What a process runs in: interpreter, packages, processor, GPU.

Only files are read and nothing is imported or started, so that every job can say it of itself.
"""

import os
import platform
import re
import runpy
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NVIDIA = Path("/proc/driver/nvidia")
PROCESSORS = Path("/proc/cpuinfo")
RAN_IN = "ran in "
"""How the line of a log begins in which a job says what it runs in."""


def machine() -> dict[str, Any]:
    """Return the operating system, the processor, the GPUs and their driver, all by name.

    Neither the machine's name nor how busy it is: two machines of one type are the same.
    """
    return {
        "system": platform.platform(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "gpus": gpus(),
        "driver": gpu_driver(),
    }


def processor() -> str:
    """Return the processor's name, or its architecture where nothing more is known."""
    found = re.search(r"^model name\s*:\s*(.+)$", _text(PROCESSORS), re.M)
    return found[1].strip() if found else platform.machine()


def gpus() -> list[str]:
    """Return the names of the machine's NVIDIA GPUs, sorted."""
    texts = map(_text, NVIDIA.glob("gpus/*/information"))
    found = (re.search(r"^Model:\s*(.+)$", text, re.M) for text in texts)
    return sorted(match[1].strip() for match in found if match)


def gpu_driver() -> str | None:
    """Return the version of the NVIDIA driver, None where there is none."""
    # "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue ..."
    found = re.search(r"^NVRM version:.*?\s(\d+\.\d+(?:\.\d+)*)\s", _text(NVIDIA / "version"), re.M)
    return found[1] if found else None


def cuda_of_torch() -> str | None:
    """Return the CUDA version that the installed PyTorch was built for; None for one for CPUs."""
    specification = find_spec("torch")
    if specification is None or specification.origin is None:
        return None
    # The file alone: importing PyTorch takes seconds.
    version: str | None = runpy.run_path(
        str(Path(specification.origin).with_name("version.py"))
    ).get("cuda")
    return version


def installed_packages() -> dict[str, str]:
    """Return the version of every installed distribution, by its name in lower case."""
    found = {
        re.sub(r"[-_.]+", "-", name).lower(): distribution.version
        for distribution in metadata.distributions()
        if (name := distribution.metadata["Name"])
    }
    return dict(sorted(found.items()))


def imported_packages() -> dict[str, str]:
    """Return the versions of the top-level modules that this process has imported and that say it.

    Unlike ``installed_packages`` this costs nothing, and names only what a job could have used.
    """
    found = {
        name: version
        for name, module in list(sys.modules.items())
        # Not by attribute: some modules import others when they are asked for one.
        if "." not in name
        and isinstance(version := getattr(module, "__dict__", {}).get("__version__"), str)
        if name not in sys.stdlib_module_names
    }
    return dict(sorted(found.items()))


def of_job() -> dict[str, Any]:
    """Return what a job says of itself at the top of its log."""
    return {**machine(), "python": platform.python_version(), "packages": imported_packages()}


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""

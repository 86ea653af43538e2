"""Pins that agree, checks that refuse in one line, and nothing in the tree that should not be."""

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from cirl.running.fingerprint import module_path, reached_modules

PROJECT = Path(__file__).parents[2]
ENVIRONMENTS = sorted(path.stem for path in (PROJECT / "envs").glob("*.yaml"))
# Names on conda-forge, and import names, that differ from those on PyPI.
PYPI_NAMES = {"python-blosc2": "blosc2"}
OUTSIDE_PYPI = {"python", "pip", "c-compiler"}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    lines = (PROJECT / "requirements" / file).read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {normalised(name): version for name, version in pairs}


def conda_pins(environment: str) -> dict[str, str]:
    entries = yaml.safe_load((PROJECT / f"envs/{environment}.yaml").read_text())["dependencies"]
    plain = [entry for entry in entries if isinstance(entry, str)]
    from_pip = [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]
    pairs = [(*re.split("=+", entry), "")[:2] for entry in plain + from_pip]
    return {normalised(PYPI_NAMES.get(name, name)): version for name, version in pairs}


ALL_PINS = {**pins("lock.txt"), **pins("build.txt"), **pins("pyradiomics.txt")}


class TestPins:
    @pytest.mark.parametrize("file", ["base.txt", "test.txt", "build.txt"])
    def test_lock_has_the_direct_requirements(self, file: str) -> None:
        direct = pins(file)
        direct = {name: direct[name] for name in direct.keys() - {"setuptools", "wheel"}}
        assert direct
        assert direct.items() <= pins("lock.txt").items()

    def test_lock_is_what_is_installed(self) -> None:
        installed = {name: metadata.version(name).split("+")[0] for name in ALL_PINS}
        assert installed == ALL_PINS

    def test_lock_is_closed(self) -> None:
        """What a pinned package needs here is pinned itself."""
        environment = {"extra": ""}
        missing = []
        for name in ALL_PINS:
            for text in metadata.requires(name) or []:
                needed = requirement(text)
                wanted = needed.marker is None or needed.marker.evaluate(environment)
                if wanted and normalised(needed.name) not in ALL_PINS:
                    missing.append(f"{name}: {text}")
        # PyTorch for NVIDIA brings its runtime along, which it pins itself.
        assert [line for line in missing if not re.search("nvidia|cuda|triton", line)] == []

    def test_lock_names_no_place(self) -> None:
        assert re.findall(r"^.*[@/+].*$", (PROJECT / "requirements/lock.txt").read_text()) == []

    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_conda_environments_agree_with_the_lock(self, environment: str) -> None:
        conda = conda_pins(environment)
        assert conda.pop("python") == "3.11"
        of_pypi = {name: conda[name] for name in conda.keys() - OUTSIDE_PYPI}
        assert of_pypi.items() <= ALL_PINS.items()

    def test_pyradiomics_is_the_same_in_the_conda_environment(self) -> None:
        script = (PROJECT / "envs/imaging.post-deploy.sh").read_text()
        assert f"pyradiomics=={ALL_PINS['pyradiomics']}" in script

    def test_rules_environments_hold_what_their_scripts_import(self) -> None:
        lacking = [
            f"{script}: {name} is not in envs/{environment}.yaml"
            for script, figure, environment in rules_environments()
            for name in sorted(third_party(script, figure) - distributions_of(environment))
        ]
        assert lacking == []


def requirement(text: str):  # noqa: ANN201 - packaging comes with the lock
    from packaging.requirements import Requirement

    return Requirement(text)


def rules_environments() -> list[tuple[str, str, str]]:
    """Script, figure (or nothing) and environment of every rule that has a script."""
    texts = [path.read_text() for path in sorted((PROJECT / "rules").glob("*.smk"))]
    blocks = [block for text in texts for block in re.split(r"^\s*rule\b", text, flags=re.M)]
    found = [
        (
            re.findall(r'^\s+script:\s+"\.\./(\S+)"', block, re.M),
            re.findall(r'^\s+figure="(\w+)"', block, re.M) or [""],
            re.findall(r'^\s+conda:\s+"\.\./envs/(\w+)\.yaml"', block, re.M),
        )
        for block in blocks
    ]
    assert all(len(scripts) == len(environments) for scripts, _, environments in found)
    return [(*script, *figure, *environment) for script, figure, environment in found if script]


def third_party(script: str, figure: str) -> set[str]:
    """Distributions that a script and the library modules that it reaches import."""
    path = PROJECT / script
    named = [f"cirl.report.figures.{figure}"] if figure else []
    reached = reached_modules(path, named)
    files = [path, *(module_path(path.parent, name) for name in reached)]
    names = {name for file in files for name in imports(file)}
    return {
        normalised(providers()[name][0])
        for name in names - set(sys.stdlib_module_names) - {"cirl", "snakemake", "mpl_toolkits"}
    }


@cache
def providers() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()


def imports(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in plain | froms}


def distributions_of(environment: str) -> set[str]:
    extra = {"pyradiomics"} if environment == "imaging" else set()
    return set(conda_pins(environment)) | extra


def executable(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def set_up(
    folder: Path, *arguments: str, script: str = "set_up.sh", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the set-up in an empty folder, where whatever passes the checks has nothing to do."""
    script = str(PROJECT / "requirements" / script)
    return subprocess.run(
        ["/bin/sh", script, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
    )


class TestRefusals:
    def test_a_path_with_a_space(self, tmp_path: Path) -> None:
        folder = tmp_path / "my clone"
        folder.mkdir()
        shutil.copy(PROJECT / "Makefile", folder)
        # What an outer make exports would make the inner one say where it is.
        own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        own.pop("MFLAGS", None)
        done = subprocess.run(["make", "demo"], cwd=folder, env=own, capture_output=True, text=True)
        assert done.returncode == 2
        (line,) = done.stderr.strip().splitlines()
        assert "a path with a space" in line and str(folder) in line
        assert done.stdout == ""

    def test_another_python(self, tmp_path: Path) -> None:
        old = executable(tmp_path / "python3", "echo 3.9")
        done = set_up(tmp_path, str(old))
        assert done.returncode == 1
        (line,) = done.stderr.strip().splitlines()
        assert f"3.11 or 3.12 is needed, and {old} is 3.9" in line and "make PYTHON=" in line
        assert not (tmp_path / ".venv").exists()

    def test_no_python_at_all(self, tmp_path: Path) -> None:
        done = set_up(tmp_path, PATH=str(tmp_path))
        assert done.returncode == 1
        (line,) = done.stderr.strip().splitlines()
        assert "none is on PATH: install python3.11" in line

    def test_a_shim_that_does_not_run_is_passed_over(self, tmp_path: Path) -> None:
        executable(tmp_path / "python3.11", "exit 127")
        executable(tmp_path / "python3", "echo 3.8")
        done = set_up(tmp_path, PATH=str(tmp_path))
        assert "none is on PATH" in done.stderr

    @pytest.mark.parametrize("script", ["set_up.sh", "pack.sh"])
    def test_no_compiler(self, tmp_path: Path, script: str) -> None:
        done = set_up(tmp_path, sys.executable, script=script, CC="no-such-cc -O2")
        assert done.returncode == 1
        (line,) = done.stderr.strip().splitlines()
        assert "the C compiler no-such-cc" in line and "install gcc" in line


class TestWheelhouse:
    """An environment without internet: from a folder of wheels, and from nothing else."""

    def test_a_folder_that_is_missing(self, tmp_path: Path) -> None:
        done = set_up(tmp_path, sys.executable, WHEELHOUSE="nowhere")
        (line,) = done.stderr.strip().splitlines()
        assert "WHEELHOUSE=nowhere is no folder: make wheelhouse packs one" in line

    def test_wheels_of_another_python(self, tmp_path: Path) -> None:
        (tmp_path / "numpy-2.4.6-cp310-cp310-manylinux_2_28_x86_64.whl").touch()
        done = set_up(tmp_path, sys.executable, WHEELHOUSE=".")
        (line,) = done.stderr.strip().splitlines()
        assert f"are not for Python {sys.version_info[0]}.{sys.version_info[1]}" in line
        assert not (tmp_path / ".venv").exists()

    def test_no_index_is_asked_and_no_compiler_needed(self, tmp_path: Path) -> None:
        shutil.copytree(PROJECT / "requirements", tmp_path / "requirements")
        tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
        (tmp_path / f"numpy-1.0-{tag}-{tag}-any.whl").touch()
        places = {"PIP_FIND_LINKS": str(tmp_path / "mine"), "PIP_EXTRA_INDEX_URL": "http://[::1]:9"}
        done = set_up(tmp_path, sys.executable, WHEELHOUSE=".", CC="no-such-cc", **places)
        assert done.returncode == 1
        assert f"No matching distribution found for numpy=={ALL_PINS['numpy']}" in done.stderr
        assert "mine" not in done.stderr and "::1" not in done.stderr

    def test_every_pin_is_packed(self) -> None:
        wheels = list((PROJECT / "wheelhouse").glob("*.whl"))
        if not wheels:
            pytest.skip("no wheelhouse/: make wheelhouse packs it, and .ci/run does")
        parts = [path.name.split("-") for path in wheels]
        packed = {normalised(name): version.split("+")[0] for name, version, *_ in parts}
        assert ALL_PINS.items() <= packed.items()


def test_a_wheel_of_the_library_holds_its_templates(tmp_path: Path) -> None:
    for part in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / part, tmp_path)
    for part in ("requirements", "workflow_scripts"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(PROJECT / part, tmp_path / part, ignore=ignored)
    command = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", "wheels"]
    subprocess.run([sys.executable, "-m", "pip", *command, "."], cwd=tmp_path, check=True)
    (wheel,) = tmp_path.glob("wheels/*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    root = PROJECT / "workflow_scripts"
    templates = {str(path.relative_to(root)) for path in root.rglob("*.j2")}
    assert templates and templates <= packed


class TestContainer:
    """The definition for Apptainer, as far as it can be checked without building it."""

    @pytest.fixture
    def sections(self) -> dict[str, str]:
        """What stands below each line that names a section; "" is the header."""
        text = (PROJECT / "envs/cirl.def").read_text()
        names = ["", *re.findall(r"^%(\w+)", text, re.M)]
        bodies = re.split(r"^%\w+.*\n", text, flags=re.M)
        return dict(zip(names, bodies, strict=True))

    def test_it_has_the_sections_that_apptainer_knows(self, sections: dict[str, str]) -> None:
        assert list(sections) == ["", "files", "post", "environment", "runscript", "test", "labels"]
        header = dict(
            line.split(": ")
            for line in sections[""].splitlines()
            if line and not line.startswith("#")
        )
        assert header["Bootstrap"] == "docker"
        (conda,) = {conda_pins(environment)["python"] for environment in ENVIRONMENTS}
        assert re.fullmatch(rf"python:{conda}\.\d+-slim-\w+", header["From"])

    def test_it_installs_the_lock_and_nothing_else(self, sections: dict[str, str]) -> None:
        copied = [line.split()[0] for line in sections["files"].splitlines() if line.strip()]
        assert all((PROJECT / name).exists() for name in copied)
        asked = re.findall(r"pip install .*", sections["post"])
        assert len(asked) == 4 and all("==" not in line for line in asked)
        named = re.findall(r"-r (requirements/\S+)", sections["post"])
        assert named == [f"requirements/{name}.txt" for name in ("build", "lock", "pyradiomics")]

    @pytest.mark.parametrize("section", ["post", "environment", "runscript", "test"])
    def test_its_scripts_are_shell(self, sections: dict[str, str], section: str) -> None:
        body = sections[section]
        done = subprocess.run(["sh", "-n"], input=body, text=True, capture_output=True)
        assert body.strip() and done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True)
    if listed.returncode or not listed.stdout:
        pytest.skip("not a git clone")
    paths = [PROJECT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


class TestTree:
    """What is under version control."""

    def test_no_file_is_large(self, tracked: list[Path]) -> None:
        assert [path for path in tracked if path.stat().st_size > 1_000_000] == []

    def test_no_image_data(self, tracked: list[Path]) -> None:
        data = (".nii", ".gz", ".nrrd", ".b2nd", ".pt", ".ckpt", ".npy", ".npz")
        assert [path for path in tracked if path.name.endswith(data)] == []

    def test_no_path_of_a_machine_and_no_registry(self, tracked: list[Path]) -> None:
        homes = "|".join(["work", "root", "home", "farm"])
        places = re.compile(rf"(?<![\w.}}])/(?:{homes})/\w|file:///|index-url\s*[= ]\s*\S")
        found = [
            f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
            for path in tracked
            if path != Path(__file__) and path.suffix not in {".png", ".jpg"}
            for number, line in enumerate(path.read_text().splitlines(), 1)
            if places.search(line)
        ]
        assert found == []


class TestProfiles:
    def test_the_link_is_typed_as_it_stands_in_the_manual(self) -> None:
        assert (PROJECT / "slurm").resolve() == PROJECT / "profiles/slurm"
        assert not (PROJECT / "profiles/default").exists()

    def test_snakemake_reads_the_cluster_profile(self, tmp_path: Path) -> None:
        """Jobs of the training rule go to the GPU partition, all others to the other one."""
        (tmp_path / "Snakefile").write_text(
            "rule train_fold:\n    output: 'a'\n    resources: gpu=1\n    shell: 'touch a'\n"
            "rule other:\n    output: 'b'\n    shell: 'touch b'\n"
        )
        command = ["-m", "snakemake", "--profile", str(PROJECT / "slurm"), "--dry-run", "a", "b"]
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        resources = re.findall(r"rule (\w+):.*?slurm_partition=(\w+)", done.stdout, re.S)
        assert dict(resources) == {"train_fold": "gpu", "other": "cpu"}

    def test_every_rule_that_asks_for_a_gpu_has_its_partition(self) -> None:
        text = "\n".join(path.read_text() for path in (PROJECT / "rules").glob("*.smk"))
        rules = re.split(r"^rule ", text, flags=re.M)[1:]
        asking = {rule.split(":")[0] for rule in rules if re.search(r"^\s+gpu=", rule, re.M)}
        profile = yaml.safe_load((PROJECT / "slurm/config.yaml").read_text())
        assert asking == set(profile["set-resources"])

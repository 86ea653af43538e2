"""The record that Snakemake's logger keeps of a run, beside what Snakemake prints."""

import json
import re
import subprocess
import sys
from logging import INFO
from pathlib import Path
from typing import Any

import pytest
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase
from snakemake_interface_logger_plugins.tests import TestLogHandlerBase

from frontdoor.runs import LoggedJob, read_run
from snakemake_logger_plugin_cirl import LogHandler, LogHandlerSettings

RULES = """
rule all:
    input: "1.txt", "bad.txt"
rule good:
    output: "{number}.txt"
    log: "good/{number}.log"
    priority: 1
    shell: "touch {output}"
rule bad:
    output: "bad.txt"
    log: "bad.log"
    shell: "echo 'ValueError: so' > {log}; exit 1"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Snakefile").write_text(RULES)
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    """Run Snakemake; return what it prints, without times, places and the record's own name."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--scheduler", "greedy", "-k"]
    done = subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True)
    lines = (done.stdout + done.stderr).splitlines()
    changing = r"  (Date|Workflow ID|Command): .*|\[.*\]|Complete log.*|Elapsed time: .*"
    return "\n".join(line for line in lines if not re.fullmatch(changing, line))


RECORD = ["--logger", "cirl", "--logger-cirl-file", "results/runs/now.jsonl"]


def test_a_run_is_recorded_and_printed_as_without(folder: Path) -> None:
    printed = run(folder, *RECORD)
    path = folder / "results/runs/now.jsonl"
    found = read_run(path)
    assert found.jobs == {
        "1.txt": LoggedJob("finished", "1.txt", ["good/1.log"]),
        "bad.txt": LoggedJob("failed", "bad.txt", ["bad.log"]),
    }
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert [event["jobs"]["total"] for event in events if event["event"] == "run_info"] == [3]
    (good,) = [event for event in events if event.get("rule") == "good"]
    assert (good["wildcards"], good["local"]) == ({"number": "1"}, True)
    assert good["reason"] == "Missing output files: 1.txt"
    (failed,) = [event for event in events if event["event"] == "job_error"]
    assert (failed["rule"], failed["aux"]) == ("bad", {})
    assert events[-1]["event"] == "run_ended"
    (folder / "1.txt").unlink()
    assert run(folder) == printed and "Error in rule bad" in printed


def test_a_quiet_run_is_recorded_and_a_dry_one_is_not(folder: Path) -> None:
    run(folder, *RECORD, "--dry-run")
    assert not (folder / "results").exists()
    run(folder, *RECORD, "--quiet", "all")
    assert set(read_run(folder / "results/runs/now.jsonl").jobs) == {"1.txt", "bad.txt"}


class TestContract(TestLogHandlerBase):
    """What Snakemake expects of any logger."""

    __test__ = True

    @pytest.fixture(autouse=True)
    def file(self, tmp_path: Path) -> Path:
        self.path = tmp_path / "runs/a.jsonl"
        return self.path

    def get_log_handler_cls(self) -> type[LogHandlerBase]:
        return LogHandler

    def get_log_handler_settings(self) -> LogHandlerSettingsBase:
        return LogHandlerSettings(file=self.path)

    def emitted(self, event: str, **details: Any) -> dict[str, Any]:
        handler = self._create_handler()
        handler.emit(self._create_event_record(event, "", INFO, **details))
        return json.loads(self.path.read_text())

    def test_the_number_on_slurm_of_a_job_that_failed(self) -> None:
        said = {"jobid": 4, "rule_name": "train_fold", "rule_msg": "no", "output": ["a"]}
        found = self.emitted("job_error", **said, log=["b"], aux={"external_jobid": "70"})
        assert found["aux"] == {"external_jobid": "70"}
        assert (found["job"], found["message"], found["log"]) == (4, "no", ["b"])

    def test_a_full_disk_ends_no_run(self, capsys: pytest.CaptureFixture[str]) -> None:
        handler = self._create_handler()
        handler.stream.close()
        handler.stream = open("/dev/full", "w")  # noqa: SIM115 - the handler closes it
        handler.emit(self._create_event_record("job_finished", "", INFO, job_id=1))
        assert "No space left on device" in capsys.readouterr().err
        handler.close()

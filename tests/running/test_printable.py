"""What terminals are shown, whatever files are called."""

import subprocess
import sys
from pathlib import Path

import pytest

from cirl.running.printable import printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", r"\x1b[2J\x1b]0;owned\x07"),
        ("safe\u202efdp.exe", r"safe\u202efdp.exe"),
        ("a\tb\rc\u2028d", r"a\tb\rc\u2028d"),
        ("n\udcff\u200b", r"n\udcff\u200b"),
        ("\x9b31m", r"\x9b31m"),
        ("Müller, 患者 🧠 <b> 3 mm³", "Müller, 患者 🧠 <b> 3 mm³"),
    ],
)
def test_a_terminal_obeys_nothing(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


def test_lines_stay_lines() -> None:
    assert printable("a\nb") == r"a\nb"
    assert printable_lines("a\x1b\nb") == "a\\x1b\nb"


JOB = """
import logging, sys
from cirl.running.logs import log_to
log_to(sys.argv[1])
logging.getLogger("a").warning("%s: red", "p\\x1b[31m\\udcff")
try:
    open("gone\\x1b[2J\\udcff")
except OSError:
    logging.getLogger("a").exception("lost")
print("said \\udcff")
raise ValueError("\\udcff\\x1b[2J")
"""


def test_a_log_takes_any_name_and_holds_none_that_a_terminal_obeys(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    done = subprocess.run([sys.executable, "-c", JOB, str(path)], capture_output=True)
    assert done.returncode == 1 and done.stderr == b""
    text = path.read_bytes().decode("utf-8")
    assert r"p\x1b[31m\udcff: red" in text and "\x1b" not in text
    assert r"gone\x1b[2J\udcff" in text and "Traceback" in text and "Logging error" not in text
    assert r"said \udcff" in text and text.endswith("ValueError: \\udcff\\x1b[2J\n")

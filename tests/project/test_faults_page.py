"""The page on faults names tests that there are."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs/faults.md").read_text()


def test_every_row_has_a_test_that_there_is() -> None:
    files = list(TESTS.rglob("test_*.py"))
    there = {name for path in files for name in re.findall(r"def (test_\w+)", path.read_text())}
    there |= {path.name for path in files}
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.endswith("| shown by |")]
    assert len(rows) >= 22
    for row in rows:
        named = re.findall(r"`(test_\w+(?:\.py)?)`", row.rsplit("|", 2)[1])
        assert named, row
        assert set(named) <= there, row

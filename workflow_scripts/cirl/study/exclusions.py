"""What is said where every subject of a study is excluded."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


def nobody_left(subjects: Iterable[Mapping[str, Any]]) -> str:
    """Return the sentence that says why no subject is left; empty where one is, or none was found.

    Args:
        subjects: what preprocessing wrote of each: ``subject, status, problem, reason``.
    """
    problems: Counter[str] = Counter()
    first: dict[str, str] = {}
    for row in subjects:
        if row["status"] == "ok":
            return ""
        problem = row.get("problem") or "unknown"
        problems[problem] += 1
        first.setdefault(problem, f"{row['subject']}: {row['reason']}")
    if not problems:
        return ""
    reasons = "; ".join(
        f"{count} for the problem {problem!r}, such as {first[problem]}"
        for problem, count in problems.most_common()
    )
    return (
        f"Every subject is excluded, so there is nothing to study. Of "
        f"{sum(problems.values())}: {reasons}"
    )

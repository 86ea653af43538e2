"""Say whether two folders of results agree, number by number.

Every table, weight, predicted mask, stored array and record is compared. Logs, timings, the report
and where files lie may differ; of pictures and pages only the names are compared, since they are
drawn from tables. Where numbers differ, so may what the folders' provenance.json say, and that is
listed too.

exit code: 0 if the folders agree, 1 if they differ, 2 if they cannot be compared
"""

import argparse
from collections import Counter
from pathlib import Path

from cirl.commands.errors import CommandError
from cirl.evaluation.comparison.folders import Comparison, Difference, compare_folders
from cirl.evaluation.comparison.parts import Tolerance
from cirl.running.printable import printable_lines
from cirl.running.provenance import provenance_differences
from cirl.study.paths import Files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare two folders, tolerances, and how much is listed."""
    parser.add_argument("first", metavar="A", type=Path, help="folder of results")
    parser.add_argument("second", metavar="B", type=Path, help="another one")
    parser.add_argument(
        "--rtol", type=float, default=1e-5, help="relative tolerance (default: %(default)s)"
    )
    parser.add_argument(
        "--atol", type=float, default=1e-8, help="absolute tolerance (default: %(default)s)"
    )
    parser.add_argument(
        "--limit",
        type=int,
        default=5,
        help="files of a stage, and differences of a file, that are listed (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Compare two folders and print what differs.

    Raises:
        CommandError: if a folder is missing, or neither holds anything that can be compared.
    """
    for folder in (options.first, options.second):
        if not folder.is_dir():
            raise CommandError(f"no folder {folder}; results lie in results/<study>")
    tolerance = Tolerance(options.rtol, options.atol)
    found = compare_folders(options.first, options.second, tolerance)
    if not found.compared and not found.differences:
        raise CommandError(f"neither {options.first} nor {options.second} holds results of cirl")
    print(printable_lines("\n".join(report_lines(found, options))))
    return 1 if found.differences else 0


def report_lines(found: Comparison, options: argparse.Namespace) -> list[str]:
    """Return what is printed of a comparison."""
    counts = Counter(found.compared.values())
    kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(counts.items()))
    lines = [
        f"A  {options.first}",
        f"B  {options.second}",
        f"compared: {kinds or 'nothing'}; relative tolerance {options.rtol:g}, absolute "
        f"{options.atol:g}",
    ]
    if not found.differences:
        return [*lines, "A and B agree"]
    stages: dict[str, dict[str, list[Difference]]] = {}
    for difference in found.differences:
        stage = difference.file.split("/")[0]
        stages.setdefault(stage, {}).setdefault(difference.file, []).append(difference)
    total = sum(map(len, stages.values()))
    lines.append(f"A and B differ in {_files(total)}, in the order of the stages:")
    for stage, files in stages.items():
        lines += stage_lines(stage, files, options.limit)
    return lines + provenance_lines(options.first, options.second)


def stage_lines(stage: str, files: dict[str, list[Difference]], limit: int) -> list[str]:
    """Return the lines of a stage: its first files, of each the largest differences first."""
    lines = [f"{stage}: {_files(len(files))}"]
    for file in list(files)[:limit]:
        ordered = sorted(files[file], key=lambda difference: -difference.size)
        lines += [f"  {file}", *(f"    {difference.text}" for difference in ordered[:limit])]
        if len(ordered) > limit:
            lines.append(f"    and {len(ordered) - limit} more")
    if len(files) > limit:
        lines.append(f"  and {_files(len(files) - limit)} more")
    return lines


def _files(number: int) -> str:
    return f"{number} file{'s' * (number != 1)}"


def provenance_lines(first: Path, second: Path) -> list[str]:
    """Return what differs in what the two folders say of how they were made."""
    file = Files.provenance.relative
    missing = [str(folder) for folder in (first, second) if not (folder / file).is_file()]
    if missing:
        return [f"no {file} in {' and '.join(missing)}, so that no cause can be named"]
    lines = provenance_differences(first / file, second / file)
    if not lines:
        return ["their provenance is the same"]
    return ["their provenance differs in", *(f"  {line}" for line in lines)]

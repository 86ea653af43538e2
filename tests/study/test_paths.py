"""Where files lie, and that nobody else says so."""

import re
from pathlib import Path

import pytest

from cirl.report.specification import read_specification
from cirl.study.paths import FOLD_SCOPE, IN_A_FOLD, Files, Pattern, results_of

ALL = [(name, path) for name, path in vars(Files).items() if isinstance(path, Pattern)]


def test_some_wildcards_are_filled_and_the_others_left() -> None:
    sweep = Files.clusters.of(algorithm="ward")
    assert sweep == "<results>/{scope}clustering/ward/k{k}.csv"
    assert sweep.of(k=3).of_all == "<results>/clustering/ward/k3.csv"
    renamed = Files.weights.of(arm="{arm}_{selection}", fold=0)
    assert renamed.relative == (
        "segmentation/{protocol}/{arm}_{selection}/seed{seed}/fold0/weights.pt"
    )


def test_a_wildcard_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="summary.csv: has no wildcard 'arm'"):
        Files.summary.of(arm="baseline")


def test_files_lie_below_the_study_s_results() -> None:
    assert results_of("mine") == "results/mine"
    assert Files.folds.of(protocol="cv").below("results/mine") == "results/mine/folds/cv.csv"
    scope = FOLD_SCOPE.format(protocol="cv", fold=11)
    assert re.fullmatch(IN_A_FOLD, scope)
    assert Files.sweep.of(scope=scope).relative == "folds/cv/fold11/clustering/sweep.csv"


def test_no_two_names_are_of_one_file(project: Path) -> None:
    """Be they those of files or of what the report alone shows."""
    names = dict(ALL)
    shown = read_specification(project / "rules/report.yaml").items.values()
    paths = [*names.values(), *(row.path for row in shown if names.get(row.name) != row.path)]
    assert len(set(paths)) == len(paths) > 65
    assert all(path.startswith("<results>/") for path in paths)


@pytest.mark.parametrize(
    "path",
    [
        "cohort/subjects.csv",
        "preprocessed/{subject}.json",
        "radiomics/{subject}.csv",
        "{scope}radiomics/features.csv",
        "radiomics/summary.csv",
        "{scope}radiomics/cleaning.csv",
        "{scope}clustering/{algorithm}/k{k}.csv",
        "{scope}clustering/sweep.csv",
        "folds/{protocol}.csv",
        *(
            f"segmentation/{{protocol}}/{{arm}}/seed{{seed}}/fold{{fold}}/{name}"
            for name in ("weights.pt", "history.csv", "predictions", "metrics.csv")
        ),
        *(f"evaluation/{name}.csv" for name in ("summary", "tests", "gaps")),
        "report.html",
    ],
)
def test_what_others_rely_on_stays_where_it_is(path: str) -> None:
    assert f"<results>/{path}" in {str(known) for _, known in ALL}


def test_a_path_is_spelled_here_alone(project: Path) -> None:
    """Rules, checks and the front door name files; a path of their own would be a second one."""
    folders = {
        re.escape(known.relative.split("/")[0]) for _, known in ALL if "/" in known.relative
    } - {re.escape("{scope}clustering"), re.escape("{scope}radiomics")}
    spelled = re.compile(rf"<results>|[\"\'/](?:{'|'.join(sorted(folders))})/[\w{{]")
    scripts = project / "workflow_scripts"
    files = [project / "Snakefile", *project.glob("rules/*.smk"), *scripts.glob("frontdoor/*.py")]
    files += [scripts / "cluster.py", scripts / "print_summary.py"]
    files += scripts.glob("cirl/configuration/*.py")
    found = [
        f"{file.relative_to(project)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if spelled.search(re.sub(r"`[^`]*`", "", line))
    ]
    assert len(files) > 30 and found == []


def test_every_name_is_used(project: Path) -> None:
    """A file that no rule, script, module or row of the report names is no file of a study."""
    files = [*project.glob("rules/*.smk"), *project.glob("workflow_scripts/**/*.py")]
    text = "\n".join(path.read_text() for path in files)
    used = set(re.findall(r"\b(?:F|Files)\.(\w+)", text))
    # The arrays of a subject are named together.
    assert {name for name, _ in ALL} - used - {"image", "label"} == set()

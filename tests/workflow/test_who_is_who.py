"""Participants tables in a study that Snakemake plans: what is wrong is said before any job."""

from pathlib import Path

import pytest
from study import Study, make_study

IDS = [f"{number:03d}" for number in range(1, 151)]


def study_of(folder: Path, rows: list[str]) -> Study:
    """A study of 150 folders without files, which leaves each of three sites out."""
    for name in IDS:
        (folder / "images" / name).mkdir(parents=True)
    (folder / "sites.csv").write_text("\n".join(["participant_id,site", *rows]))
    cohort = {
        "root": str(folder / "images"),
        "participants": str(folder / "sites.csv"),
        "domains": ["site"],
    }
    lodo = {"domains": ["site"], "held_out": ["A", "B", "C"]}
    overlay = {
        "study": "sites",
        "batch": 200,
        "cohorts": {"clinic": cohort},
        "use": {"arms": ["baseline"]},
        "clustering": {"algorithms": ["kmeans"], "k": [2, 3]},
        "folds": {"protocols": ["lodo"], "lodo": lodo},
    }
    return make_study(folder / "project", overlay)


@pytest.mark.workflow
def test_a_plan_names_who_is_unmatched_and_a_run_of_nobody_ends_with_a_sentence(
    tmp_path: Path,
) -> None:
    study = study_of(tmp_path, [f"{int(name)},{'ABC'[int(name) % 3]}" for name in IDS])
    said = study.snakemake("--dry-run", "--quiet")
    assert "99 of 150 subjects found have no row" in said
    assert "'099' (nearest: '99')" in said and "'99' (nearest: '099')" in said
    assert "99 of 150 subjects have no known domain (site) and take no part" in said
    # There is no image in any folder.
    target = f"results/{study.name}/cohort/subjects.csv"
    said = study.snakemake("--", target, succeeds=False)
    sentence = "Every subject is excluded, so there is nothing to study. Of 150: 150 "
    (last,) = [line for line in said.splitlines()[-8:] if line.startswith(sentence)]
    assert "'missing'" in last and "clinic_001" in last
    assert not (study.folder / target).exists()


@pytest.mark.workflow
def test_a_table_that_names_nobody_stops_the_plan(tmp_path: Path) -> None:
    study = study_of(tmp_path, [f"p{name},A" for name in IDS])
    said = study.snakemake("--dry-run", "--quiet", succeeds=False)
    assert "'p001', 'p002', 'p003' and 147 more, the subjects are called '001', '002'" in said
    assert "Job stats" not in said

"""Leaving a site out, where the participants table knows the site of some subjects alone."""

from pathlib import Path

import pandas as pd
import pytest

from cirl.folds.protocols import LeaveOutSettings, known_domains, leave_one_domain_out
from cirl.imaging.cohort import subjects_table
from cirl.study.participants import ParticipantsTable, read_participants

NAMES = [f"{number:03d}" for number in range(1, 151)]
TRUE_SITE = {f"c_{name}": "ABC"[int(name) % 3] for name in NAMES}


def subjects_of(folder: Path, rows: list[str]) -> pd.DataFrame:
    """``cohort/subjects.csv`` of 150 subjects in folders 001 to 150, 50 of each of three sites."""
    path = folder / "participants.csv"
    path.write_text("\n".join(["name,site", *rows]), encoding="utf-8")
    known = read_participants(ParticipantsTable("c", str(path), ("site",)), NAMES)
    files = {"files": {"label": "seg.nii.gz"}}
    metadata = [
        {"subject": f"c_{name}", "cohort": "c", "name": name, "status": "ok", "reason": ""}
        | {"volume_ml": {"WT": float(name)}}
        | files
        for name in NAMES
    ]
    return subjects_table(metadata, [], {"c": known})


SPOILT = {
    "zeros dropped": lambda n: f"{n},{'ABC'[n % 3]}",
    "numbers as floats": lambda n: f"{f'{n}.0' if n % 2 else f'{n:03d}'},{'ABC'[n % 3]}",
    "rows lost": lambda n: f"{n:03d},{'ABC'[n % 3]}" if n % 4 else f"x{n},A",
    "entries lost": lambda n: f"{n:03d},{'ABC'[n % 3] if n % 4 else ''}",
    "blanks": lambda n: f"{n:03d} ,{'ABC'[n % 3]}{' ' if n % 5 == 0 else ''}",
    "invisible": lambda n: f"\u200b{n:03d},{'ABC'[n % 3]}" + "\u00a0" * (n % 2),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_nobody_of_the_site_left_out_trains_whatever_the_table_lost(
    tmp_path: Path, spoilt: str
) -> None:
    table = subjects_of(tmp_path, [SPOILT[spoilt](number) for number in range(1, 151)])
    domains = known_domains(table, ["site"])
    wanted = LeaveOutSettings(("A", "B", "C"), 0.1, 0.1)
    folds = leave_one_domain_out(table, domains, wanted, 0)
    true_site = folds["subject"].map(TRUE_SITE)
    learns = folds["role"] != "test"
    for fold, site in enumerate("ABC"):
        here = folds["fold"] == fold
        assert (here & learns & (true_site == site)).sum() == 0
        assert (here & learns).sum() > 10
    assert (folds["domain"] == true_site).all()
    # What the study says by a key lets those of no known domain train, of the site left out too.
    asked = LeaveOutSettings(("A", "B", "C"), 0.1, 0.1, unknown="train")
    everyone = leave_one_domain_out(table, domains, asked, 0)
    assert len(everyone) == 450
    hidden = (everyone["fold"] == 0) & (everyone["role"] != "test")
    of_the_site = (hidden & (everyone["subject"].map(TRUE_SITE) == "A")).sum()
    assert (of_the_site > 0) == (len(folds) < 450)

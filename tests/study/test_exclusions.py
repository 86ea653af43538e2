"""One sentence where nobody is left."""

from cirl.study.exclusions import nobody_left


def row(name: str, status: str, problem: str, reason: str) -> dict[str, str]:
    return {"subject": name, "status": status, "problem": problem, "reason": reason}


def test_the_sentence_counts_problems_and_shows_one_of_each() -> None:
    rows = [row(f"c_{n}", "excluded", "missing", f"{n}-t1n.nii.gz: no such file") for n in range(3)]
    rows.append(row("c_x", "excluded", "label", "value 7"))
    assert nobody_left(rows) == (
        "Every subject is excluded, so there is nothing to study. Of 4: 3 for the problem "
        "'missing', such as c_0: 0-t1n.nii.gz: no such file; 1 for the problem 'label', such as "
        "c_x: value 7"
    )
    assert nobody_left([*rows, row("c_y", "ok", "", "")]) == ""
    assert nobody_left([]) == ""

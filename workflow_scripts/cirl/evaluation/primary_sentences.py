"""What the primary endpoint shows, in sentences that follow from its table."""

from collections.abc import Mapping

import pandas as pd

from cirl.evaluation.exposure import UNSEEN
from cirl.evaluation.primary import OF_DOMAINS, OF_SUBJECTS, OF_TRAININGS
from cirl.evaluation.tested import counted, domain_words
from cirl.evaluation.verdicts import NOTHING_HELPED, verdict


def primary_sentences(
    table: pd.DataFrame,
    kinds: Mapping[str, str],
    placebos: Mapping[str, str],
    controls: Mapping[str, str],
    level: float,
) -> list[str]:
    """Say for each protocol what the primary comparisons show.

    Where no arm helped, each is said to be better than the baseline, worse, equivalent or neither;
    so is, in any case, each against the control of how its batches are drawn.

    Args:
        table: ``evaluation/primary.csv``.
        kinds: of the arms, by their names in order; the first is the reference.
        placebos: of those arms that have one, by their names.
        controls: of how batches are drawn, of those arms that have one, by their names.
        level: of significance.
    """
    first = next(iter(kinds), "")
    effects = table.assign(against=table["reference"], p=table["p_holm"])
    sentences, explained = [], False
    for protocol, rows in effects.groupby("protocol", sort=False):
        of_batches = rows["reference"] == rows["arm"].map(controls).where(
            lambda names: names != first
        )
        said = verdict(rows[~of_batches], kinds, placebos, level)
        name = f"Primary comparison ({protocol}; {_whom(rows)}), Dice, Holm over {len(table)} tests"
        parts = [f"{name}: {said}"]
        own = rows[rows["reference"] == first]
        states = [
            f"{arm} against {first}: {_states(regions, level)}."
            for arm, regions in _by_arm(own)
            if said == NOTHING_HELPED
        ]
        states += [
            f"{arm} against {controls[arm]}, whose batches are drawn alike: "
            f"{_states(regions, level)}."
            for arm, regions in _by_arm(rows[of_batches])
        ]
        parts += states
        if states and not explained:
            parts.append(_explanation(float(rows["margin"].iloc[0])))
            explained = True
        sentences.append(" ".join([*parts, *_basis(rows)]))
    return sentences


def _explanation(margin: float) -> str:
    return (
        f"Equivalent: less than {margin:g} Dice apart, the margin that the configuration fixes; "
        "undecided: shown neither to differ nor to be equivalent."
    )


def _by_arm(rows: pd.DataFrame) -> list[tuple[str, list[dict[str, object]]]]:
    return [
        (str(arm), [{str(key): value for key, value in row.items()} for row in own])
        for arm, part in rows.groupby("arm", sort=False)
        for own in [part.to_dict("records")]
    ]


def _states(regions: list[dict[str, object]], level: float) -> str:
    return ", ".join(_state(row, level) for row in regions)


def _state(row: Mapping[str, object], level: float) -> str:
    effect = float(str(row["effect"]))
    if float(str(row["p_holm"])) < level:
        state = "better" if effect > 0 else "worse"
    elif float(str(row["p_equivalence_holm"])) < level:
        state = "equivalent"
    else:
        state = "undecided"
    return f"{row['region']} {effect:+.3f} [{row['ci_low']:+.3f}, {row['ci_high']:+.3f}] {state}"


def _whom(rows: pd.DataFrame) -> str:
    numbers = sorted({int(rows["n"].min()), int(rows["n"].max())})
    unseen = " unseen" if (rows["partition"] == UNSEEN).all() else ""
    words = [
        f"n {' to '.join(map(str, numbers))}{unseen} subjects",
        counted(int(rows["seeds"].max()), "seed"),
        f"{counted(int(rows['trainings'].max()), 'training')} an arm",
    ]
    return ", ".join([*words, *domain_words(_domains(rows))])


def _domains(rows: pd.DataFrame) -> list[str]:
    return sorted({name for names in rows["domains"] for name in names.split(", ") if name})


def _basis(rows: pd.DataFrame) -> list[str]:
    """Say what the intervals hold for."""
    found = set(rows["inference"])
    texts = []
    if OF_DOMAINS in found:
        texts.append("The intervals hold for other domains, subjects and trainings.")
    if OF_TRAININGS in found:
        which = " of these domains" if _domains(rows) else ""
        texts.append(f"The intervals hold for other subjects{which} and other trainings.")
        if (rows["seeds"] == 1).all():
            texts.append(
                "With one seed a training is told from its subjects only by its fold, so that they "
                "are wide: train with three seeds."
            )
    if OF_SUBJECTS in found:
        texts.append("One training: what another training would give is not in the interval.")
    return texts

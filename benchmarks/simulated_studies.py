"""Simulated studies of arms whose true effects are known, and the sentences that they give."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cirl.evaluation.primary import Endpoint, primary_table
from cirl.evaluation.primary_sentences import primary_sentences
from cirl.evaluation.worst_domain import study_worst, worst_sentences
from cirl.metrics.statistics import Bootstrap

PLACEBOS = {arm: f"{arm}_placebo" for arm in ("kmeans", "gmm", "vdec")}
KINDS = {
    "baseline": "other",
    **dict.fromkeys(PLACEBOS, "clusters"),
    **dict.fromkeys(PLACEBOS.values(), "placebo"),
}
REGIONS = ("WT", "TC", "ET")
ENDPOINT = Endpoint(REGIONS, margin=0.02)
LEVEL = 0.05
COMMON = 0.5
"""Share of every deviation that the regions have in common."""


@dataclass(frozen=True)
class Design:
    """A study.

    Attributes:
        subjects: number of them, in each protocol.
        seeds: trainings of each arm in each fold.
        folds: of cross-validation.
        domains: left out one after the other, none for no such protocol.
        protocols: ``cv`` and ``lodo``.
        deviation: of the paired difference of two arms' Dice in one subject and training.
        trainings: share of it that is the deviation between trainings, all subjects alike.
        gains: in Dice, of those arms that have one.
        placebos_gain: whether placebos gain what their arms do.
        seen_test: share of the others' subjects that is tested too where a domain is left out.
    """

    subjects: int = 24
    seeds: int = 3
    folds: int = 5
    domains: int = 4
    protocols: tuple[str, ...] = ("cv", "lodo")
    deviation: float = 0.1
    trainings: float = 1 / 3
    gains: dict[str, float] = field(default_factory=dict)
    placebos_gain: bool = False
    seen_test: float = 0.2


def scores(design: Design, random: np.random.Generator) -> pd.DataFrame:
    """Return ``evaluation/scores.csv`` of a study."""
    site = np.arange(design.subjects) % max(design.domains, 1)
    subject = _common(random, (len(REGIONS), design.subjects)) * 0.1
    subject += 0.75 + 0.05 * random.standard_normal(max(design.domains, 1))[site]
    own = _common(random, (len(REGIONS), len(KINDS), design.subjects))
    tables = [_protocol(name, design, site, subject, own, random) for name in design.protocols]
    table = pd.concat(tables, ignore_index=True)
    return table.assign(cohort="x", voxels_true=1, voxels_predicted=1)


def _protocol(
    name: str,
    design: Design,
    site: np.ndarray,
    subject: np.ndarray,
    own: np.ndarray,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Return one protocol's scores; arms have an effect of their own on each subject in both."""
    of_training = design.deviation * design.trainings / 2**0.5
    rest = design.deviation * ((1 - design.trainings**2) / 4) ** 0.5
    if name == "cv":
        fold = random.permutation(design.subjects) % design.folds
        tested, seen = [fold == number for number in range(design.folds)], None
    else:
        seen = [site != number for number in range(design.domains)]
        tested = [~own | (random.random(len(own)) < design.seen_test) for own in seen]
    gains = np.array([_gain(arm, design) for arm in KINDS])[:, None]
    tables = []
    for number, is_tested in enumerate(tested):
        who = np.flatnonzero(is_tested)
        for seed in range(design.seeds):
            of_arm = of_training * _common(random, (len(REGIONS), len(KINDS), 1))
            noise = rest * _common(random, (len(REGIONS), len(KINDS), len(who)))
            dice = subject[:, None, who] + gains + rest * own[:, :, who] + of_arm + noise
            region, arm, place = (axis.ravel() for axis in np.indices(dice.shape))
            columns = {
                "subject": np.array([f"s{i:03d}" for i in who])[place],
                "arm": np.array(list(KINDS))[arm],
                "region": np.array(REGIONS)[region],
                "dice": dice.ravel(),
                "exposure": ""
                if seen is None
                else np.where(seen[number][who], "seen", "unseen")[place],
                "domain": "" if seen is None else np.array([f"site{i}" for i in site[who]])[place],
            }
            tables.append(pd.DataFrame(columns).assign(fold=number, seed=seed))
    return pd.concat(tables, ignore_index=True).assign(protocol=name)


def _gain(arm: str, design: Design) -> float:
    own = arm.removesuffix("_placebo")
    return design.gains.get(own, 0.0) if own == arm or design.placebos_gain else 0.0


def _common(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw standard normal values that have a part in common along the first axis."""
    shared = random.standard_normal((1, *shape[1:]))
    return COMMON**0.5 * shared + (1 - COMMON) ** 0.5 * random.standard_normal(shape)


def said_of(table: pd.DataFrame) -> dict[str, bool]:
    """Return which kinds of sentences on the primary endpoint a study gives."""
    primary = primary_table(table, KINDS, PLACEBOS, {}, ENDPOINT)
    text = " ".join(primary_sentences(primary, KINDS, PLACEBOS, {}, LEVEL))
    return {
        "helped": " helped in " in text or "clusters helped" in text,
        "every arm helped": all(_helped(arm, primary) for arm in PLACEBOS),
        "more than shuffled": "more than shuffled ones" in text,
        "equivalent": "] equivalent" in text,
        "worse": "] worse" in text,
    }


def _helped(arm: str, primary: pd.DataFrame) -> bool:
    own = primary[(primary["arm"] == arm) & (primary["reference"] == "baseline")]
    return bool(((own["p_holm"] < LEVEL) & (own["effect"] > 0)).any())


def worst_said_of(table: pd.DataFrame) -> dict[str, bool]:
    """Return which kinds of sentences on worst domains a study gives."""
    subjects = sorted(table["subject"].unique())
    sites = table[table["domain"] != ""].drop_duplicates("subject").set_index("subject")["domain"]
    partitions = {"site": sites.reindex(subjects)}
    arms = list(KINDS)
    worst = study_worst(table, partitions, arms, PLACEBOS, Bootstrap(draws=2))
    text = " ".join(worst_sentences(worst, KINDS, PLACEBOS, LEVEL, {}))
    return {"worst domain better": "Better:" in text, "worst domain worse": "Worse:" in text}


def studies(design: Design, count: int, seed: int, worst: bool = False) -> pd.DataFrame:
    """Return which sentences each of many studies gives, a row a study.

    Args:
        design: of all of them.
        count: how many.
        seed: of the first; each has its own.
        worst: whether worst domains are compared, too.
    """
    rows = []
    for number in range(count):
        table = scores(design, np.random.default_rng([seed, number]))
        said = said_of(table)
        rows.append(said | (worst_said_of(table) if worst else {}))
    return pd.DataFrame(rows)


def with_gain(design: Design, gain: float, placebos_gain: bool = False) -> Design:
    """Return a design in which every arm gains so much, and its placebo too if that is said."""
    return replace(design, gains=dict.fromkeys(PLACEBOS, gain), placebos_gain=placebos_gain)

"""Has an arm unlearnt the domains? Probes of the bottleneck against criteria fixed beforehand."""

import pandas as pd

from cirl.metrics.statistics import t_interval

MARGIN, ABOVE_CHANCE = 0.03, 0.25
"""Dice that an arm may lose, and what the reference's probe must reach above chance to be asked."""

_KINDS = {"linear": "linear", "mlp": "MLP"}
"""Probes, and how sentences call them."""


def unlearning_table(
    probes: pd.DataFrame, domains: str, reference: str, confidence: float
) -> pd.DataFrame:
    """Return what probes of the bottleneck find in each arm, and how it stands to the criteria.

    Args:
        probes: ``evaluation/probes.csv``.
        domains: the partition that was probed.
        reference: the arm that the others are measured by, training by training of the same fold
            and seed.
        confidence: share inside the intervals.

    Returns:
        A row a protocol and arm. ``probe_linear``, ``probe_mlp``: balanced accuracy. ``chance``,
        ``effective_rank``. ``halfway_linear``, ``halfway_mlp``: how far accuracy lies above the
        middle between chance and the reference's accuracy (at most 0: at least halfway to chance;
        of the reference itself it is half of what it has above chance). ``half_rank``: how far the
        effective rank lies above half of the reference's. ``repetitions``: over which the means
        are, and the intervals (``_low``, ``_high``; Student's t): the folds, each the mean of its
        seeds, since trainings of one fold are tested on the same subjects; the seeds, where there
        is one fold. A single one has no interval.
    """
    rows = probes[(probes["layer"] == "bottleneck") & (probes["domains"] == domains)]
    rows = rows.dropna(subset=["accuracy"])
    keys = ["protocol", "arm", "seed", "fold"]
    tests = rows.pivot_table(index=keys, columns="probe", values="accuracy")
    tests = tests.reindex(columns=list(_KINDS)).add_prefix("probe_")
    tests = tests.join(rows.groupby(keys)[["chance", "effective_rank"]].mean()).reset_index()
    base = tests[tests["arm"] == reference].drop(columns="arm")
    tests = tests.merge(base, "left", ["protocol", "seed", "fold"], suffixes=("", "_base"))
    for kind in _KINDS:
        above = tests[f"probe_{kind}"] - tests["chance"]
        above_base = tests[f"probe_{kind}_base"] - tests["chance_base"]
        tests[f"halfway_{kind}"] = above - above_base / 2
    tests["half_rank"] = tests["effective_rank"] - tests["effective_rank_base"] / 2
    found = [
        {"protocol": protocol, "arm": arm} | _measured(own, confidence)
        for (protocol, arm), own in tests.groupby(["protocol", "arm"], sort=False)
    ]
    return pd.DataFrame(found, columns=["protocol", "arm", *_COLUMNS])


_WITH_INTERVAL = ["probe_linear", "probe_mlp", "halfway_linear", "halfway_mlp", "half_rank"]
_COLUMNS = ["chance", "effective_rank", "repetitions"]
_COLUMNS += [name + end for name in _WITH_INTERVAL for end in ("", "_low", "_high")]


def _measured(tests: pd.DataFrame, confidence: float) -> dict[str, float]:
    unit = "fold" if tests["fold"].nunique() > 1 else "seed"
    means = tests.groupby(unit)[["chance", "effective_rank", *_WITH_INTERVAL]].mean()
    row = {**means[["chance", "effective_rank"]].mean(), "repetitions": len(means)}
    for name in _WITH_INTERVAL:
        low, high = t_interval(means[name].to_numpy(), confidence)
        row |= {name: means[name].mean(), f"{name}_low": low, f"{name}_high": high}
    return {str(name): value for name, value in row.items()}


def adversary_sentences(table: pd.DataFrame) -> list[str]:
    """Say whether an arm unlearnt the domains without harm, by criteria fixed beforehand.

    The reference's better probe is at least ``ABOVE_CHANCE`` above chance, else nothing can be
    shown. In one and the same arm the probes fall at least halfway to chance, the effective rank
    stays above half of the reference's, and mean Dice is not lower by ``MARGIN``. Each holds only
    where the whole interval meets it.

    Args:
        table: from ``cirl.evaluation.dose.dose_table``.
    """
    sentences = []
    for protocol, rows in table.groupby("protocol", sort=False):
        probed = rows.dropna(subset=["probe_linear", "probe_mlp"])
        reference = probed[probed["kind"] == "reference"]
        if reference.empty:
            continue
        base = reference.iloc[0]
        better = max(_KINDS, key=lambda kind: base[f"halfway_{kind}"])
        above, low, high = (2 * base[f"halfway_{better}{end}"] for end in ("", "_low", "_high"))
        start = f"Domains {base['domains']} ({protocol}): the probes of {base['arm']} are"
        if base["repetitions"] < 2:
            sentences.append(
                f"{start} {above:.2f} above chance at most. A single training has no interval, so "
                "that no criterion can be met: train more folds or seeds."
            )
            continue
        start = f"{start} {above:.2f} [{low:.2f}, {high:.2f}] above chance at most"
        if not low >= ABOVE_CHANCE:
            sentences.append(
                f"{start}, and not surely {ABOVE_CHANCE} or more: there is too little to unlearn, "
                "or too few trainings, for this study to show anything."
            )
            continue
        sentences.append(f"{start}; {_judged(probed)}")
    return sentences


def _judged(probed: pd.DataFrame) -> str:
    # A weight is of what works against what the features tell; a step of group DRO is not.
    asked = probed[(probed["kind"] == "domains") & (probed["setting"] == "weight")]
    halfway = (asked[[f"halfway_{kind}_high" for kind in _KINDS]] <= 0).all(axis=1)
    met = halfway & (asked["half_rank_low"] > 0) & (asked["mean_effect_low"] > -MARGIN)
    passed = asked.loc[met, "arm"]
    which = f"{', '.join(passed) or 'no arm'} {'meet' if len(passed) > 1 else 'meets'}"
    said = (
        f"{which} all three criteria: probes at least halfway to chance, effective rank above half "
        f"of the reference's, and mean Dice not lower by {MARGIN} or more (whole intervals)."
    )
    if asked.empty:
        return said
    distances = "; ".join(
        f"{row['arm']} {', '.join(f'{name} {_signed(row, kind)}' for kind, name in _KINDS.items())}"
        for row in asked.to_dict("records")
    )
    return f"{said} Probes above (+) or beyond (-) halfway to chance: {distances}."


def _signed(row: dict[str, float], kind: str) -> str:
    value, low, high = (row[f"halfway_{kind}{end}"] for end in ("", "_low", "_high"))
    if pd.isna(low):
        return f"{value:+.2f} (no interval)"
    return f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"

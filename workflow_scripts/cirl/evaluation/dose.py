"""Dose and response: what a method's strength does to scores, to its worst domain, to probes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cirl.configuration.arm_kinds import CLUSTERS, CONTROL, OTHER, PLACEBO, placebos_of
from cirl.configuration.registries.arm_methods import method_in
from cirl.evaluation.exposure import in_one_role
from cirl.evaluation.spread import worst_in_truth
from cirl.evaluation.summary import UNPLACED
from cirl.evaluation.unlearning import adversary_sentences, unlearning_table
from cirl.evaluation.verdicts import verdict
from cirl.evaluation.worst_domain import worst_difference, worst_p
from cirl.metrics.correction import corrected
from cirl.metrics.patients import patient_means, repeated_patients
from cirl.metrics.statistics import Bootstrap
from cirl.running.seeding import generator
from cirl.study.arm_domains import sections_with_domains
from cirl.study.tables.evaluation import DOSE


def family_table(arms: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Tell of each arm what kind it is, its dose, and the family of arms that differ in it alone.

    Args:
        arms: rows of the configuration by name, in order; the first is the reference.

    Returns:
        ``arm, family, kind, setting, dose, placebo``: the kind is ``reference``, ``domains`` for a
        method that sees the domains and works against them, ``start`` for other arms that another
        one starts from (trained for less long, they control nothing), ``sampling`` for batches that
        are drawn from domains and nothing else, else ``control``; the setting is that which the
        dose is of, or an empty text; the family is named by its first arm; the placebo is that of
        ``placebos_of``, or an empty text.

    Raises:
        ValueError: naming a key of an arm that is no registered method.
    """
    rows: list[dict[str, Any]] = []
    named: dict[str, str] = {}
    starts = {arm.get("start") for arm in arms.values()}
    placebos = placebos_of(arms)
    for number, (name, arm) in enumerate(arms.items()):
        method = method_in(arm)
        key, settings = (method[0].name, dict(method[1])) if method else (None, {})
        works = method is not None and method[0].works_against_domains(settings)
        setting = (method[0].dose if method else None) or ""
        dose = settings.pop(setting) if setting else float("nan")
        rest = {own: value for own, value in arm.items() if own != key}
        same = json.dumps([key, settings, rest], sort_keys=True)
        suffix = method[0].dose_suffix(dose) if method else ""
        family = named.setdefault(same, name.removesuffix(suffix))
        other = "start" if name in starts else "control"
        if other == "control" and "sampling" in sections_with_domains(arm):
            other = "sampling"
        kind = "reference" if number == 0 else "domains" if works else other
        row = {"arm": name, "family": family, "kind": kind, "setting": setting, "dose": dose}
        rows.append(row | {"placebo": placebos.get(name, "")})
    return pd.DataFrame(rows)


def dose_tables(
    metrics: pd.DataFrame,
    partitions: Mapping[str, pd.Series],
    domains: Sequence[str],
    probes: pd.DataFrame,
    arms: Mapping[str, Mapping[str, Any]],
    regions: list[str],
    bootstrap: Bootstrap,
) -> tuple[pd.DataFrame, list[str]]:
    """Put scores and probes side by side for several partitions, and say what they show.

    Args:
        metrics: rows of any number of ``metrics.csv``.
        partitions: from ``cirl.evaluation.summary.partitions_of``.
        domains: those of the partitions that were probed, in order.
        probes: ``evaluation/probes.csv``.
        arms: rows of the configuration by name, in order; the first is the reference.
        regions: over which a subject's Dice is averaged.
        bootstrap: how the intervals are drawn.

    Returns:
        The rows of ``dose_table`` of all of them, and the sentences.
    """
    families = family_table(arms)
    tables = [
        dose_table(metrics, partitions[name].rename(name), probes, families, regions, bootstrap)
        for name in domains
    ]
    table = pd.concat(tables)
    unlearnt = [text for one in tables for text in adversary_sentences(one)]
    return table, [*unlearnt, *dose_sentences(table, 1 - bootstrap.confidence)]


def dose_table(
    metrics: pd.DataFrame,
    domains: pd.Series,
    probes: pd.DataFrame,
    families: pd.DataFrame,
    regions: list[str],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Put scores, worst domains and probes of every arm side by side.

    Args:
        metrics: rows of any number of ``metrics.csv``.
        domains: the domain of each subject, by subject; its name is that of the partition.
        probes: ``evaluation/probes.csv``.
        families: from ``family_table``; the first arm is the reference.
        regions: over which a subject's Dice is averaged.
        bootstrap: how the intervals are drawn; the draws are the same for all arms.

    Returns:
        ``DOSE``, a row a protocol and arm. ``gap`` is the mean minus the worst domain's mean,
        the effects are differences from the reference on the same subjects; ``placebo_effect`` is
        the difference of the worst domain from that of the arm's placebo, and both have the p of a
        swap test, which is not corrected; the probes are those of ``unlearning_table``.
    """
    chosen = in_one_role(metrics[metrics["region"].isin(regions)])
    scores = chosen.groupby(["protocol", "arm", "subject"])["dice"].mean().reset_index()
    patients = repeated_patients(chosen)
    tables = []
    for protocol, part in scores.groupby("protocol", sort=False):
        table = part.pivot(index="subject", columns="arm", values="dice").sort_index()
        table = table.reindex(columns=[arm for arm in families["arm"] if arm in table]).dropna()
        placed = domains.reindex(table.index).fillna(UNPLACED)
        if (placed != UNPLACED).any():
            # As where means are taken: subjects in no domain make one if all are such.
            table, placed = table[placed != UNPLACED], placed[placed != UNPLACED]
        of_domains = patient_means(table, patients, placed)
        placed = placed[of_domains.index]
        rows = _responses(patient_means(table, patients), of_domains, placed, bootstrap)
        rows = rows.merge(_against_placebos(of_domains, placed, families, bootstrap), on="arm")
        tables.append(rows.assign(protocol=protocol, domains=domains.name))
    if not tables:
        return DOSE.empty()
    reference = str(families["arm"].iloc[0])
    unlearning = unlearning_table(probes, str(domains.name), reference, bootstrap.confidence)
    found = (
        pd.concat(tables)
        .merge(families, on="arm")
        .merge(unlearning, on=["protocol", "arm"], how="left")
    )
    found["repetitions"] = found["repetitions"].fillna(0).astype(int)  # arms that nobody probed
    return found[DOSE.names]


def _responses(
    table: pd.DataFrame, of_domains: pd.DataFrame, domain: pd.Series, bootstrap: Bootstrap
) -> pd.DataFrame:
    """Return the scores of patients, and of the domains in which these have scans."""
    groups = [own.to_numpy() for _, own in of_domains.groupby(domain.to_numpy())]
    worst = np.min([own.mean(axis=0) for own in groups], axis=0)
    values, names = table.to_numpy(), ("dose", str(domain.name))
    rows = []
    for place, arm in enumerate(table.columns):
        own, effect = values[:, place], values[:, place] - values[:, 0]
        pairs = [group[:, [0, place]] for group in groups]
        of_worst = worst_in_truth([pair[:, 1] for pair in pairs], "dice", bootstrap, *names)
        measured = {
            "mean": (own.mean(), *bootstrap.interval(own, *names)),
            "worst": (worst[place], *of_worst[1:]),
            "mean_effect": (effect.mean(), *bootstrap.interval(effect, *names)),
            "worst_effect": (
                worst[place] - worst[0],
                *worst_difference(pairs, "dice", bootstrap, *names),
            ),
        }
        row: dict[str, Any] = {"arm": arm, "n": len(own), "gap": own.mean() - worst[place]}
        for name, found in measured.items():
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def _against_placebos(
    table: pd.DataFrame, domain: pd.Series, families: pd.DataFrame, bootstrap: Bootstrap
) -> pd.DataFrame:
    """Return p of each arm's worst domain, and its difference from that of its placebo."""
    worst = table.groupby(domain.to_numpy()).mean().min()
    placebos = families.set_index("arm")["placebo"]
    rows = []
    for arm in table.columns:
        placebo = placebos[arm] if placebos[arm] in table else ""
        p_values = [
            worst_p(
                table[[other, arm]].to_numpy(),
                pd.Index(domain),
                "dice",
                generator(bootstrap.seed, "swaps", str(domain.name), arm, other),
            )
            if other
            else float("nan")
            for other in (table.columns[0], placebo)
        ]
        effect = worst[arm] - worst[placebo] if placebo else float("nan")
        names = ("arm", "worst_p", "placebo_effect", "placebo_p")
        rows.append(dict(zip(names, (arm, p_values[0], effect, p_values[1]), strict=True)))
    return pd.DataFrame(rows)


def dose_sentences(table: pd.DataFrame, level: float) -> list[str]:
    """Say whether the domains, any regulariser or nothing helped the worst domain.

    Args:
        table: from ``dose_table``, of any number of partitions. Holm's family is all arms, against
            the reference and against their placebos, of one protocol.
        level: of significance.

    Returns:
        A sentence a protocol and partition.
    """
    named = {"domains": CLUSTERS, "sampling": CONTROL, "control": OTHER}
    tested = table[table["kind"].isin(named)]
    columns = {"reference": ("worst_effect", "worst_p"), "placebo": ("placebo_effect", "placebo_p")}
    effects = pd.concat(
        tested.assign(
            against=tested["placebo"] if other == "placebo" else "",
            effect=tested[effect],
            p=tested[p],
            region="mean Dice",
        )
        for other, (effect, p) in columns.items()
    )
    effects = effects[effects["p"].notna()]
    families = effects.groupby("protocol")["p"]
    effects["p"] = families.transform(lambda values: corrected(values.to_numpy(float), "holm"))
    sentences = []
    for (protocol, domains), rows in table.groupby(["protocol", "domains"], sort=False):
        own = effects[(effects["protocol"] == protocol) & (effects["domains"] == domains)]
        placebos = rows[rows["placebo"] != ""].set_index("arm")["placebo"].to_dict()
        kinds = rows.set_index("arm")["kind"].map(named).to_dict()
        kinds |= dict.fromkeys(placebos.values(), PLACEBO)
        said = verdict(own, kinds, placebos, level, "domains")
        sentences.append(f"Worst domain of {domains} ({protocol}): {said}")
    return sentences

"""Folds that ask whether a network generalises: to a domain left out, or to another cohort."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cirl.folds.splits import by_patient, deal, roles, spread, usable_by_volume
from cirl.study.clusterings import cluster_name


@dataclass(frozen=True)
class LeaveOutSettings:
    """How domains are left out.

    Attributes:
        held_out: domains, one left out in each fold; empty for all that there are.
        seen_test: share of the subjects of the other domains that is tested too, and not trained
            on: what is lost on an unseen domain is told by comparison with them.
        validation: share of the remaining subjects that is only watched.
        unknown: subjects that no domain holds, who may be of the one that is left out: ``exclude``
            gives them no role, ``train`` takes them for seen.
    """

    held_out: tuple[str, ...]
    seen_test: float
    validation: float
    unknown: str = "exclude"


@dataclass(frozen=True)
class TransferSettings:
    """From which cohorts to which.

    Attributes:
        source: cohorts that are never tested.
        target: cohorts that are divided into folds.
        folds: number of folds; every target subject is tested in exactly one.
        validation: share of the training subjects, of source and target, that is only watched.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    folds: int
    validation: float


@dataclass(frozen=True)
class HoldoutSettings:
    """One test set, drawn once.

    Attributes:
        column: of the table of subjects, whose values are the strata.
        test: how many subjects of each value are tested.
        validation: share of the others that is only watched.
    """

    column: str
    test: Mapping[str, int]
    validation: float


def hold_out(subjects: pd.DataFrame, settings: HoldoutSettings, seed: int) -> pd.DataFrame:
    """Give every usable subject a role in one fold, whose test set has so many of each value.

    Those of a value are spread over lesion volumes, as folds are. Of values that are not named, and
    of unknown ones, all subjects train. Patients are counted, by the value of their first scan, and
    all scans of who is tested are.

    Args:
        subjects: the columns ``subject, cohort, status, wt_volume_ml, patient`` and the settings'
            column.
        settings: the strata, and the shares.
        seed: the study's seed.

    Returns:
        The columns ``subject, fold, role``.

    Raises:
        ValueError: if fewer usable subjects have a value than are to be tested, or all are tested.
    """
    usable = usable_by_volume(subjects)
    values = usable["subject"].map(subjects.set_index("subject")[settings.column].astype("str"))
    first = ~usable["patient"].duplicated()
    tested = np.zeros(len(usable), dtype=bool)
    for value, count in settings.test.items():
        members = np.flatnonzero(((values == value) & first).to_numpy())
        if len(members) < count:
            known = ", ".join(f"{name}: {n}" for name, n in values[first].value_counts().items())
            raise ValueError(
                f"folds.holdout.test: {count} of {settings.column} {value!r} are to be tested, but "
                f"{len(members)} usable patients are ({known})"
            )
        tested[spread(members, count, seed, "holdout", value)] = True
    tested = usable["patient"].isin(set(usable["patient"][tested])).to_numpy()
    if tested.all():
        raise ValueError("folds.holdout.test: tests all usable subjects, expected some to train")
    part = roles(usable, tested, settings.validation, seed, fold=0)
    return part.sort_values("subject", ignore_index=True)


def leave_one_domain_out(
    subjects: pd.DataFrame, domains: pd.Series, settings: LeaveOutSettings, seed: int
) -> pd.DataFrame:
    """Give every usable subject a role in every fold, in each of which a domain is left out.

    A subject that no domain holds might be of the one that is left out, and has no role, unless the
    settings say that it trains. A patient with a scan in the domain that is left out is of it: the
    patient's scans in other domains have no role in that fold.

    Args:
        subjects: as for ``cirl.folds.splits.make_folds``.
        domains: the domain's name by subject, missing where there is none.
        settings: which domains, and the shares of those who do not train.
        seed: the study's seed.

    Returns:
        The columns ``subject, fold, role, domain, seen``; ``seen`` is false for the subjects of
        the domain that is left out.

    Raises:
        ValueError: if no usable subject is of a domain that is to be left out, or no patient of
            others alone.
    """
    usable = usable_by_volume(subjects)
    domain = usable["subject"].map(domains).fillna("").astype(str)
    if settings.unknown == "exclude":
        known = (domain != "").to_numpy()
        usable, domain = usable[known].reset_index(drop=True), domain[known].reset_index(drop=True)
    there = [name for name in sorted(domain.unique()) if name]
    parts = []
    for fold, left_out in enumerate(settings.held_out or there):
        unseen = (domain == left_out).to_numpy()
        others = ~usable["patient"].isin(usable["patient"][unseen])
        if not unseen.any() or not others.any():
            found = ", ".join(there) or "none"
            raise ValueError(
                f"folds.lodo: {unseen.sum()} of {len(usable)} usable subjects are of the domain "
                f"{left_out!r}, which is to be left out, and {others.sum()} are of patients who "
                f"have no scan in it; domains are: {found}"
            )
        seen = by_patient(usable[others])
        # Sorted by domain, then as before by cohort and volume.
        first = domain[others].groupby(usable["patient"][others]).min()
        seen = seen.iloc[np.argsort(seen["patient"].map(first).to_numpy(), kind="stable")]
        count = round(settings.seen_test * len(seen))
        chosen = spread(np.arange(len(seen)), count, seed, "seen", left_out)
        tested = unseen | usable["patient"].isin(seen["patient"].iloc[chosen]).to_numpy()
        part = roles(usable, tested, settings.validation, seed, fold)
        parts.append(part.assign(domain=domain, seen=pd.Series(~unseen, usable.index)))
    return pd.concat(parts).sort_values(["fold", "subject"], ignore_index=True)


def transfer_folds(subjects: pd.DataFrame, settings: TransferSettings, seed: int) -> pd.DataFrame:
    """Give every usable subject a role in every fold of a cross-validation over the target.

    The target's subjects are dealt out as in ``folds.make_folds``; those of the source train or
    are watched in every fold. Who is tested takes no part in any stage of that fold, nor does
    a scan of the same patient among the source.

    Args:
        subjects: as for ``cirl.folds.splits.make_folds``.
        settings: source, target and number of folds.
        seed: the study's seed.

    Returns:
        The columns ``subject, fold, role``.

    Raises:
        ValueError: if the target has fewer usable patients than folds, or the source no subject.
    """
    usable = usable_by_volume(subjects)
    usable = usable[usable["cohort"].isin(settings.source + settings.target)].reset_index(drop=True)
    target = usable["cohort"].isin(settings.target).to_numpy()
    patients = usable["patient"][target].nunique()
    if patients < settings.folds or target.all():
        whose = "" if patients == target.sum() else f", of {patients} patients,"
        raise ValueError(
            f"folds.transfer: {target.sum()} usable subjects{whose} of the target "
            f"({', '.join(settings.target)}) and {(~target).sum()} of the source "
            f"({', '.join(settings.source)}), expected at least {settings.folds}, one for each "
            "fold, and at least one"
        )
    tested_in = np.full(len(usable), -1)
    tested_in[target] = deal(usable[target].reset_index(drop=True), settings.folds, seed)
    parts = [
        roles(usable, tested_in == fold, settings.validation, seed, fold)
        for fold in range(settings.folds)
    ]
    return pd.concat(parts).sort_values(["fold", "subject"], ignore_index=True)


def known_domains(subjects: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Return a domain's name by subject: the values of known columns, joined by ``+``.

    Missing where one of the columns is.
    """
    table = subjects.set_index("subject")[list(columns)].dropna()
    joined = table[columns[0]].astype(str)
    for column in columns[1:]:
        joined = joined + "+" + table[column].astype(str)
    return joined


def cluster_domains(clustering: pd.DataFrame) -> pd.Series:
    """Return a domain's name by subject: ``cluster 0``, ``cluster 1``, ...

    Args:
        clustering: the columns ``subject, cluster``; a cluster may be missing.
    """
    clusters = clustering.set_index("subject")["cluster"].dropna().astype(int)
    return clusters.map(cluster_name)

"""Every page of the report, from small tables with the names that a test chooses."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from planted_shares import fold_table, planted_shares

from cirl.clustering.selection import SelectionRule, select_clusterings
from cirl.evaluation.adjustment import domain_effects
from cirl.evaluation.dose import dose_tables
from cirl.evaluation.gaps import gap_table
from cirl.evaluation.ranking import ranking_table
from cirl.evaluation.scoring import BETTER
from cirl.evaluation.worst_domain import worst_table
from cirl.imaging.cohort import unmatched_table
from cirl.metrics.statistics import Bootstrap
from cirl.report.model_card import CardFacts, model_card
from cirl.report.pages.anomaly import anomaly_page
from cirl.report.pages.evidence import evidence_page
from cirl.report.pages.features import feature_page
from cirl.report.pages.generalisation import generalisation_page
from cirl.report.pages.probes import probes_page
from cirl.report.pages.provenance import provenance_page
from cirl.report.pages.published import published_page
from cirl.report.pages.quality import quality_page
from cirl.report.pages.scores import comparison_page, segmentation_page
from cirl.report.pages.silhouettes import silhouette_table
from cirl.report.pages.texture import texture_page
from cirl.study.participants import NO_SUBJECT, Unmatched
from cirl.study.tables.anomaly import (
    DETECTOR_SUMMARY,
    DETECTOR_TESTS,
    HEALTHY_SUBJECTS,
    SLICE_CONVENTIONS,
    SLICE_SCORES,
)
from cirl.study.tables.evaluation import PRIMARY
from cirl.study.tables.table import Table
from cirl.study.tables.texture import TEXTURE_FOLDS
from cirl.study.tables.texture_evidence import DIFFERENCES, IMPORTANCES, STABILITY, SUMMARY
from cirl.texture.examination import Evidence, examine
from cirl.texture.models import Models
from cirl.texture.summary import compare, summarise
from cirl.texture.tasks import read_question

BOOTSTRAP = Bootstrap(draws=50)


@dataclass(frozen=True)
class Names:
    """What a user may call things."""

    subject: str = "s"
    cohort: str = "goat"
    arm: str = "dann"
    domain: str = "scanner"
    reason: str = "no such file"


def scores(names: Names, protocol: str = "lodo") -> pd.DataFrame:
    """Scores of 16 subjects of two domains, by two arms; the second is the named one."""
    rng = np.random.default_rng(0)
    subjects = [f"{names.subject}{i:02d}" for i in range(16)]
    base = np.where(np.arange(16) % 2 == 0, 0.8, 0.6)
    tables = [
        pd.DataFrame(
            {"subject": subjects, "arm": arm, "dice": base + shift + rng.normal(0, 0.02, 16)}
        )
        for arm, shift in (("baseline", 0.0), (names.arm, 0.05))
    ]
    table = pd.concat(tables).assign(protocol=protocol, region="WT", fold=0, seed=0, empty=False)
    return table.assign(hd95=10 - 10 * table["dice"], voxels_true=1, voxels_predicted=1)


def _summary(names: Names) -> pd.DataFrame:
    rows = [
        {
            **{"protocol": "cv", "arm": arm, "region": region, "metric": metric},
            **{"partition": partition, "n": 24, "mean": 0.7123 if "dice" in metric else 12.34},
            **{"sd": 0.1, "ci_low": 0.65, "ci_high": 0.78, "worst_domain": names.domain},
            **{"worst_domain_mean": 0.612, "worst_domain_n": 9, "empty_cases": 3},
            **{"variance_over_domains": 0.0 if partition == "all" else 0.0025},
            **{"worst_domain_ci_low": 0.55, "worst_domain_ci_high": 0.66},
            **{"worst_domain_shrunk": 0.634, "between_sd": 0.041, "between_p": 0.2, "seeds": 3},
            **{"between_sd_ci_low": 0.0, "between_sd_ci_high": 0.13},
            **{"sd_over_seeds": 0.0123, "mean_detected": 0.7444 if "dice" in metric else np.nan},
        }
        for arm in ("baseline", names.arm)
        for region in ("WT", "ET")
        for metric in BETTER
        for partition in ("all", names.domain)
    ]
    return pd.DataFrame(rows)


def segmentation(names: Names) -> str:
    threshold = pd.DataFrame(
        {"mask": ["threshold", "empty"], "threshold": [1.8, None], "n": 24, "dice": [0.55, 0.04]}
    )
    notes = [f"{names.arm} was not run, for its domains do not exist."]
    return segmentation_page(_summary(names), threshold, 0.95, "regions", notes)


def comparison(names: Names) -> str:
    tests = pd.DataFrame({"region": ["WT", "TC"], "effect": [0.0123, -0.2], "p_holm": [0.04, 1]})
    tests = tests.assign(protocol="cv", arm_a="baseline", arm_b=names.arm, metric="dice", n=24)
    tests = tests.assign(partition="all")
    tests = tests.assign(ci_low=-0.01, ci_high=0.02, p_ttest=0.2, p_wilcoxon=0.0002, effect_d=0.3)
    row = dict.fromkeys(PRIMARY.names, 0.01) | {"protocol": "lodo", "partition": "unseen"}
    row |= {"arm": names.arm, "reference": "baseline", "region": "WT", "inference": "subjects"}
    row |= {"n": 24, "trainings": 3, "domains": names.domain}
    arms, tested = ["baseline", names.arm], {("cv", "all"): f"n 24, domains {names.domain}"}
    return comparison_page(tests, pd.DataFrame([row]), arms, {}, 0.95, tested, ["A note."])


def generalisation(names: Names) -> str:
    table, arms = scores(names), ["baseline", names.arm]
    subjects = list(dict.fromkeys(table["subject"]))
    domain = pd.Series(["a", names.domain] * 8, index=subjects)
    test = pd.DataFrame({"fold": 0, "subject": subjects, "partition": names.domain})
    tests = {("lodo", arm): test.assign(seen=(domain == "a").to_numpy()) for arm in arms}
    volumes = pd.Series(50.0, index=subjects) + np.arange(16)
    return generalisation_page(
        gap_table(table, tests, BOOTSTRAP),
        worst_table(table, {names.domain: domain}, arms, {}, BOOTSTRAP).assign(p_holm=0.02),
        domain_effects(table, {names.domain: domain}, volumes),
        ranking_table(table, arms, BOOTSTRAP),
        0.95,
        {("lodo", "all"): f"n 16, domains {names.domain}"},
        ["A note."],
    )


def probes(names: Names) -> str:
    table = scores(names)
    arms = {"baseline": {"adversary": None}, names.arm: {"mixstyle": {"probability": 0.5}}}
    domain = pd.Series(["a", names.domain] * 8, index=list(dict.fromkeys(table["subject"])))
    probed = [
        {
            **{"protocol": "lodo", "arm": arm, "seed": 0, "fold": 0, "domains": names.domain},
            **{"layer": "bottleneck", "probe": kind, "accuracy": 0.9, "chance": 0.5},
            **{"effective_rank": 7.0},
        }
        for arm in arms
        for kind in ("linear", "mlp")
    ]
    dose, sentences = dose_tables(
        table,
        {names.domain: domain},
        [names.domain],
        pd.DataFrame(probed),
        arms,
        ["WT"],
        BOOTSTRAP,
    )
    return probes_page(dose, sentences, 0.95)


def published(names: Names) -> str:
    rng = np.random.default_rng(0)
    rows = [
        (f"{names.subject}{i:02d}", arm, i % 4, label, rng.uniform(0.5, 0.9))
        for arm in ("baseline", "dann_gmm")
        for i in range(12)
        for label in ("WT", "TC", "ET", "NCR", "ED")
    ]
    table = pd.DataFrame(rows, columns=["subject", "arm", "fold", "region", "dice"])
    table = table.assign(protocol="cv", seed=0, hd95=10 * (1 - table["dice"]))
    notes = [f"{names.arm} was not run, for its domains do not exist."]
    return published_page("cluster_invariance", table, "regions", notes)


def quality(names: Names) -> str:
    subjects = pd.DataFrame(
        {
            "subject": [f"{names.cohort}_{names.subject}{i}" for i in range(3)],
            "cohort": names.cohort,
            "name": [f"{names.subject}{i}" for i in range(3)],
            "status": ["excluded", "ok", "ok"],
            "problem": ["missing", "", ""],
            "reason": [names.reason, "", ""],
            "notes": ["", "lies off the grid", ""],
        }
    )
    measured = subjects[["subject", "cohort", "status"]].assign(
        outlier=[False, True, False], score=[None, 4.2, None], why=["", names.reason, ""]
    )
    rows = [
        (f"{names.cohort}_{names.subject}1", "t1n", "WT", "ok", ""),
        (f"{names.cohort}_{names.subject}1", "t1n", "ET", "absent", "no voxel"),
        (f"{names.cohort}_{names.subject}2", "t1n", "WT", "failed", names.reason),
    ]
    columns = ["subject", "contrast", "region", "status", "reason"]
    unmatched = unmatched_table(
        [Unmatched(names.cohort, NO_SUBJECT, f"{names.subject}9", 4, f"{names.subject}1")]
    )
    return quality_page(subjects, measured, pd.DataFrame(rows, columns=columns), unmatched)


def provenance(names: Names) -> str:
    machine = {"processor": "one", "cores": 2, "gpus": [], "driver": "-", "system": "Linux"}
    return provenance_page(
        {
            "written": "2026-01-01T00:00:00+00:00",
            "code": {"commit": None, "changed": [names.reason], "sources": "00ff"},
            "software": {"python": "3.11", "cuda": None, "packages": {"snakemake": "9.27.1"}},
            "machine": machine,
            "seeds": {"study": 1, "trainings": [0, 1]},
            "tables": {names.reason: None, "t.csv": "00ff"},
            "configuration": {"arms": {names.arm: {}}, "domains": [names.domain]},
            "jobs": {"machines": [machine], "packages": {"numpy": ["1", "2"]}},
            "subjects": {names.subject: {"t1n": "00ff"}},
            "earlier": [{"written": "before", "differs": [names.reason]}],
        }
    )


SWEEP = pd.DataFrame(
    {
        "algorithm": ["ward", "ward", "vdec"],
        "k": [2, 3, 2],
        "silhouette": [0.881, 0.25, 0.95],
        "null_mean": [0.85, 0.1, np.nan],
        "null_sd": [0.03, 0.01, np.nan],
        "p": [0.4, 0.01, np.nan],
        "stability": [0.99, 0.9, 0.7],
        "stability_seeds": [np.nan, np.nan, 0.03],
        "valley": [1.0, 0.12, 0.2],
        "finer": ["", "", ""],
        "smallest_share": [0.0033, 0.2, 0.4],
        "degenerate": [True, False, False],
    }
)
"""Of a clustering that is degenerate, one that is selected, and one without a null."""


def evidence(names: Names) -> str:
    selected = select_clusterings(SWEEP, SelectionRule())
    selected["why"] = selected["why"] + "; " + names.reason
    return evidence_page(
        pd.concat([SWEEP, selected], axis=1), SelectionRule(), 0.02, "a Gaussian copula"
    )


def silhouettes(names: Names) -> str:
    rows = [
        ("ward", 2, 0.881, 0.7, True, False),
        ("ward", 3, 0.262, 0.2, False, False),
        ("ward", 4, 0.241, 0.3, False, True),
        ("spectral", 2, float("nan"), 0.1, True, False),
        ("spectral", 3, 0.15, 0.12, False, False),
    ]
    columns = ["algorithm", "k", "silhouette", "silhouette_common", "degenerate", "selected"]
    return silhouette_table(pd.DataFrame(rows, columns=columns), published=True)


def features(names: Names) -> str:
    table = {
        "feature": ["Elongation", f"Energy ({names.reason})"],
        "mean": [0.123456789, 9.909e10],
        "sd": [0.1, np.nan],
        "n": [3, 4],
        "missing": [0, 1],
    }
    return feature_page(pd.DataFrame(table))


def card(names: Names) -> str:
    facts = CardFacts(
        name={"study": "mine", "protocol": "cv", "arm": names.arm, "seed": "0", "fold": "1"},
        arm={"cohorts": [], "adversary": {"domains": names.domain, "weight": 0.1}},
        configuration={"regions": ["WT", "ET"], "sections": {"network": {"filters": [4, 8]}}},
        code="abc123",
        licences={names.cohort: names.reason, "own": ""},
    )
    model = {
        "contrasts": ["t1c", "t2f"],
        "outputs": "regions",
        "digest": "0123456789abcdef",
        "postprocessing": {"smallest_component_ml": 0.5, "smallest_et_ml": 0.1},
        "prediction": {"postprocessing": "fit"},
        "preprocessing": {"spacing": None, "normalisation": "zscore"},
    }
    cohorts = [names.cohort, names.cohort, "own", "own"]
    subjects = pd.DataFrame({"subject": list("abcd"), "cohort": cohorts})
    roles = ["train", "train", "validation", "test"]
    table = pd.DataFrame({"subject": list("abcd"), "role": roles, "fold": 1})
    metrics = {"subject": ["d", "d"], "region": ["WT", "ET"], "dice": [0.9, 0.51]}
    metrics = pd.DataFrame(metrics | {"hd95": [3.14, 20.0]})
    return model_card(facts, model, {"selection": "best"}, subjects, table, metrics)


def anomaly(names: Names) -> str:
    """One detector in one domain."""

    def table(kind: Table, **values: object) -> pd.DataFrame:
        return pd.DataFrame([dict.fromkeys(kind.names, np.nan) | values])

    own = {"protocol": "cv", "detector": "vae"}
    summary = table(
        DETECTOR_SUMMARY,
        **own,
        score="own",
        contrasts="t2f",
        loss="ssim",
        n=9,
        threshold="healthy_99",
        labels="slices",
        partition="scanner",
        domain=names.domain,
        dice=0.5,
    )
    row = {"model": "vae", "loss": "ssim", "train_on": "tumour_free", "scores": ["own"]}
    return anomaly_page(
        pd.concat([summary.assign(partition="all", domain="all"), summary]),
        table(DETECTOR_TESTS, **own, reference="flair", effect=-0.1, n=9, family=1),
        table(SLICE_SCORES, **own, slice_score="score_mean", slices=5, tumour_slices=2),
        table(
            HEALTHY_SUBJECTS,
            **own,
            score="own",
            threshold="healthy_99",
            subject=names.subject,
            false_positive_rate=0.012,
            false_ml=7.0,
        ),
        table(SLICE_CONVENTIONS, **own, region="WT", slices=9, dice_zero=0.1),
        {"vae": row | {"threshold": "healthy_99"}},
        [names.reason],
    )


def texture(names: Names) -> str:
    """A signature of a column, whose shares tell it."""
    grades = np.arange(32) % 4
    with TemporaryDirectory() as folder:
        kinds = {
            "summary": SUMMARY,
            "differences": DIFFERENCES,
            "importances": IMPORTANCES,
            "stability": STABILITY,
        }
        files = {name: Path(folder) / f"{name}.csv" for name in kinds}
        TEXTURE_FOLDS.write(fold_table(grades, 4), Path(folder) / "folds.csv")
        question = read_question(Path(folder) / "folds.csv", names.domain, "stratified")
        found = examine(
            {"encoder": "spectrum", "k": 4, "fit": "fold", "standardise": ""},
            {0: np.broadcast_to(planted_shares(grades), (4, 32, 4))},
            question.design,
            question.targets,
            Evidence(19, 0.5, 0, 0, 0, classifiers=["l1"]),
        )
        models = [
            Models(one, question.design, own, BOOTSTRAP)
            for one in question.targets
            for own in [found.predictions[found.predictions["target"] == one.name]]
        ]
        tables = {
            "summary": summarise(models, found.null),
            "differences": compare(models),
            "importances": found.importances,
            "stability": found.stability,
        }
        for name, kind in kinds.items():
            kind.write(tables[name], files[name])
        return texture_page("grade", question, "stratified", ["fold"], 0.05, files)


PAGES: dict[str, Callable[[Names], str]] = {
    "segmentation": segmentation,
    "comparison": comparison,
    "generalisation": generalisation,
    "probes": probes,
    "published": published,
    "quality": quality,
    "provenance": provenance,
    "evidence": evidence,
    "silhouettes": silhouettes,
    "features": features,
    "card": card,
    "anomaly": anomaly,
    "texture": texture,
}
"""What builds each page, by a short name."""

"""A card beside a fold's weights: what they are, on whom they learnt, how good they are.

Source: the sections of Mitchell et al. 2019, "Model cards for model reporting", as far as a table
can fill them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml

from cirl.evaluation.summary import metrics_of
from cirl.report.number_format import NAMES, digits_of, number
from cirl.report.rendering import render

UNKNOWN = "not stated in the configuration"


@dataclass(frozen=True)
class CardFacts:
    """What a card says that no table holds.

    Attributes:
        name: study, protocol, arm, seed and fold.
        arm: the arm's row of the configuration.
        configuration: the sections that the training depends on.
        code: fingerprint of the code that trained.
        licences: terms of each cohort's data; empty where they are not stated.
    """

    name: Mapping[str, Any]
    arm: Mapping[str, Any]
    configuration: Mapping[str, Any]
    code: str
    licences: Mapping[str, str]


def model_card(
    facts: CardFacts,
    model: Mapping[str, Any],
    status: Mapping[str, Any],
    subjects: pd.DataFrame,
    roles: pd.DataFrame,
    metrics: pd.DataFrame,
) -> str:
    """Return the card as Markdown, in which every text is escaped.

    Args:
        facts: what is known beside the tables.
        model: content of ``model.json``; empty for an arm that was not run.
        status: the row of ``status.csv``.
        subjects: ``cohort/subjects.csv``.
        roles: the fold's rows of ``folds/{protocol}.csv``.
        metrics: the fold's ``metrics.csv``.
    """
    if not model:
        return render("model_card.md.j2", name=facts.name, model=model, reason=status["reason"])
    sections = {"arm": dict(facts.arm), **facts.configuration["sections"]}
    text = yaml.safe_dump(sections, sort_keys=False)
    return render(
        "model_card.md.j2",
        name=facts.name,
        model=model,
        regions=facts.configuration["regions"],
        chosen=bool(facts.arm.get("cohorts")),
        data=_data_table(facts, subjects, roles),
        scores=_score_table(metrics),
        training=_training(facts, model, status),
        sections=text,
        fence=_fence(text),
        licences={name: terms or UNKNOWN for name, terms in facts.licences.items()},
    )


def _fence(text: str) -> str:
    """Return a line of backticks that no line inside the text can close."""
    return "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])


def _data_table(facts: CardFacts, subjects: pd.DataFrame, roles: pd.DataFrame) -> pd.DataFrame:
    placed = roles.merge(subjects[["subject", "cohort"]], on="subject")
    counts = placed.groupby(["cohort", "role"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=["train", "validation", "test"], fill_value=0)
    terms = pd.Series({name: terms or UNKNOWN for name, terms in facts.licences.items()})
    return counts.assign(licence=terms.reindex(counts.index)).astype(str).reset_index()


def _score_table(metrics: pd.DataFrame) -> pd.DataFrame:
    names = metrics_of(metrics)
    groups = metrics.groupby("region", sort=False)
    means = groups[names].mean()
    cells = {
        NAMES[name]: [number(value, digits_of(name)) for value in means[name]] for name in names
    }
    table = pd.DataFrame({"region": means.index, "n": groups.size().astype(str).to_numpy()})
    return table.assign(**cells)


def _training(
    facts: CardFacts, model: Mapping[str, Any], status: Mapping[str, Any]
) -> dict[str, str]:
    volumes = ", ".join(f"{name} {value:g}" for name, value in model["postprocessing"].items())
    return {
        "digest": model["digest"],
        "code": facts.code,
        "selection": str(status.get("selection", "last")),
        "postprocessing": f"{volumes} ({model['prediction'].get('postprocessing', 'fixed')})",
        "spacing": str(model["preprocessing"]["spacing"] or "the subject’s own"),
        "normalisation": model["preprocessing"]["normalisation"],
    }

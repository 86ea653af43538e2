"""A card beside a fold's weights: what they are, on whom they learnt, how good they are.

Source: the sections of Mitchell et al. 2019, "Model cards for model reporting", as far as a table
can fill them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml

from cirl.evaluation.summary import metrics_of
from cirl.report.number_format import NAMES, digits_of, number

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
    """Return the card as Markdown.

    Args:
        facts: what is known beside the tables.
        model: content of ``model.json``; empty for an arm that was not run.
        status: the row of ``status.csv``.
        subjects: ``cohort/subjects.csv``.
        roles: the fold's rows of ``folds/{protocol}.csv``.
        metrics: the fold's ``metrics.csv``.
    """
    title = f"# {facts.name['arm']}, fold {facts.name['fold']} of {facts.name['protocol']}"
    if not model:
        return f"{title}\n\nThis arm was not run, for {status['reason']}. There are no weights.\n"
    parts = [
        f"{title} (study {facts.name['study']}, seed {facts.name['seed']})",
        f"Segments {', '.join(facts.configuration['regions'])} of brain tumours in "
        f"{', '.join(model['contrasts'])}; the network predicts {model['outputs']}. For research; "
        "not for clinical use.",
        "```\ncirl predict --weights weights.pt "
        + " ".join(f"--{name} {name}.nii.gz" for name in model["contrasts"])
        + " --out seg.nii.gz\n```",
        "## Data",
        _markdown(_data_table(facts, subjects, roles)),
        "Numbers are of subjects by their role in this fold: those of `train` trained"
        + (" (only the cohorts of the arm)" if facts.arm.get("cohorts") else "")
        + ", those of `validation` were watched, those of `test` are scored below.",
        "## Scores",
        _markdown(_score_table(metrics)),
        "Means over the test subjects of this fold, HD95 and volumes by the conventions of the "
        "report. Another hospital's images may be segmented worse: see the report's page on "
        "generalisation.",
        "## Training",
        _markdown(_training_table(facts, model, status)),
        "```yaml\n"
        + yaml.safe_dump(
            {"arm": dict(facts.arm), **facts.configuration["sections"]}, sort_keys=False
        )
        + "```",
        "## Licence",
        "The code is under the MIT licence. The weights were learnt from the cohorts above, whose "
        "terms hold for what is made of them: "
        + "; ".join(f"{name}: {terms or UNKNOWN}" for name, terms in facts.licences.items())
        + ".",
    ]
    return "\n\n".join(parts) + "\n"


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


def _training_table(
    facts: CardFacts, model: Mapping[str, Any], status: Mapping[str, Any]
) -> pd.DataFrame:
    volumes = ", ".join(f"{name} {value:g}" for name, value in model["postprocessing"].items())
    rows = {
        "weights' digest": model["digest"],
        "code's fingerprint": facts.code,
        "weights of": str(status.get("selection", "last")),
        "post-processing": f"{volumes} ({model['prediction'].get('postprocessing', 'fixed')})",
        "spacing": f"{model['preprocessing']['spacing'] or 'the subject’s own'} (mm)",
        "normalisation": model["preprocessing"]["normalisation"],
    }
    return pd.DataFrame({"what": rows.keys(), "value": map(str, rows.values())})


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * table.shape[1], *table.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)

"""Tables of what signatures predict, and whether that can be believed."""

from cirl.study.tables.table import Kind, Table

_WHO = {
    "target": Kind.TEXT,
    "encoder": Kind.TEXT,
    "k": Kind.INTEGER,
    "classifier": Kind.TEXT,
    "fit": Kind.TEXT,
    "standardise": Kind.TEXT,
}

PREDICTIONS = Table(
    {
        **_WHO,
        "seed": Kind.INTEGER,
        "fold": Kind.INTEGER,
        "subject": Kind.TEXT,
        "truth": Kind.NUMBER,
        "predicted": Kind.NUMBER,
        "score": Kind.NUMBER,
    }
)
"""``texture/{signature}/predictions.csv``, a row a model and subject that it tests. Baselines stand
in the column of encoders, with 0 clusters."""

NULL_MEASURES = Table({**_WHO, "draw": Kind.INTEGER}, others=Kind.NUMBER)
"""``null.csv``: each measure on permuted labels, a row a draw, the mean over seeds."""

SUMMARY = Table(
    {
        **_WHO,
        "metric": Kind.TEXT,
        "seeds": Kind.INTEGER,
        "n": Kind.INTEGER,
        "value": Kind.NUMBER,
        "ci_low": Kind.NUMBER,
        "ci_high": Kind.NUMBER,
        "majority": Kind.NUMBER,
        "oracle": Kind.NUMBER,
        "share_of_oracle": Kind.NUMBER,
        "null_mean": Kind.NUMBER,
        "null_95": Kind.NUMBER,
        "p": Kind.NUMBER,
        "p_family": Kind.NUMBER,
        "family": Kind.INTEGER,
        "draws": Kind.INTEGER,
        "smallest_p": Kind.NUMBER,
    }
)
"""``texture/{signature}/summary.csv``, a row a model and metric."""

DIFFERENCES = Table(
    {
        "target": Kind.TEXT,
        "classifier": Kind.TEXT,
        "metric": Kind.TEXT,
        "k": Kind.INTEGER,
        "first": Kind.TEXT,
        "second": Kind.TEXT,
        "n": Kind.INTEGER,
        "difference": Kind.NUMBER,
        "ci_low": Kind.NUMBER,
        "ci_high": Kind.NUMBER,
    }
)
"""``texture/{signature}/differences.csv``, a row a pair: the first minus the second."""

IMPORTANCES = Table(
    {
        **_WHO,
        "seed": Kind.INTEGER,
        "cluster": Kind.INTEGER,
        "fold": Kind.INTEGER,
        "importance": Kind.NUMBER,
        "sd": Kind.NUMBER,
        "sign": Kind.NUMBER,
        "null_mean": Kind.NUMBER,
        "null_95": Kind.NUMBER,
        "p": Kind.NUMBER,
        "p_family": Kind.NUMBER,
    }
)
"""``texture/{signature}/importances.csv``, a row a model and cluster: its importance (of
the L1 model the size of its coefficient, in the target's unit a deviation of the share; of a forest
its part of the decrease of impurity), mean and deviation over folds, whose clusters are matched to
those of ``fold``; the mean sign in which it goes with the target; what permuted labels reach."""

STABILITY = Table(
    {
        **_WHO,
        "seed": Kind.INTEGER,
        "measure": Kind.TEXT,
        "value": Kind.NUMBER,
        "null_mean": Kind.NUMBER,
        "null_95": Kind.NUMBER,
        "p": Kind.NUMBER,
    }
)
"""``texture/{signature}/stability.csv``, a row a model and measure: ``ranking``, the mean rank
correlation of importances between folds, beside that on permuted labels; ``clusters``, the mean
correlation of matched shares over subjects, beside that of shuffled subjects."""

PLANTED = Table(
    {
        "encoder": Kind.TEXT,
        "k": Kind.INTEGER,
        "fit": Kind.TEXT,
        "seed": Kind.INTEGER,
        "fold": Kind.INTEGER,
        "windows": Kind.INTEGER,
        "mutual_information": Kind.NUMBER,
        "entropy": Kind.NUMBER,
    }
)
"""``planted.csv`` of an encoder, a row a fold: what the textures of tested windows say
of the texture that was planted at the window's middle, and the most that they could, in nats."""

"""What features still tell of a domain: fresh probes on held-out subjects, and effective rank."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

PROBE_KINDS = ("linear", "mlp")
"""Probes: logistic regression, and a perceptron with a hidden layer."""

RIDGE = {"linear": 0.1, "mlp": 1.0}
"""Inverse penalty of the regression, and weight decay of the perceptron: features are many."""


def probe(
    train: np.ndarray,
    train_domains: np.ndarray,
    test: np.ndarray,
    test_domains: np.ndarray,
    kind: str,
    hidden: int,
    seed: int,
) -> dict[str, float]:
    """Learn domains from the features of some subjects and tell those of others.

    Only domains that are in both groups count. The accuracy is balanced over them, so that
    whoever does not look at the features reaches one over their number.

    Args:
        train: features of those that the probe learns from (subjects x features).
        train_domains: their domains.
        test: features of the others.
        test_domains: their domains.
        kind: one of ``PROBE_KINDS``.
        hidden: width of the perceptron's hidden layer.
        seed: of the perceptron and of the resampling that balances its classes.

    Returns:
        ``n_train, n_test, classes, accuracy, chance``; the accuracy is NaN with fewer than two
        domains.
    """
    shared = np.intersect1d(train_domains, test_domains)
    known, told = np.isin(train_domains, shared), np.isin(test_domains, shared)
    found = {"n_train": known.sum(), "n_test": told.sum(), "classes": len(shared)}
    if len(shared) < 2:
        return found | {"accuracy": float("nan"), "chance": float("nan")}
    x, y = train[known], train_domains[known]
    if kind == "linear":
        model = LogisticRegression(C=RIDGE[kind], class_weight="balanced", max_iter=5000)
    else:
        rows = _balanced(y, np.random.default_rng(seed))
        x, y = x[rows], y[rows]
        model = MLPClassifier(
            (hidden,), solver="lbfgs", alpha=RIDGE[kind], max_iter=1000, random_state=seed % 2**31
        )
    predicted = make_pipeline(StandardScaler(), model).fit(x, y).predict(test[told])
    accuracy = balanced_accuracy_score(test_domains[told], predicted)
    return found | {"accuracy": float(accuracy), "chance": 1 / len(shared)}


def effective_rank(covariance: np.ndarray) -> float:
    """Return exp of the entropy of the features' normalised singular values.

    It is the number of directions that equal singular values would need. Source: Roy and
    Vetterli 2007, "The effective rank".

    Args:
        covariance: of the features; its eigenvalues are the squared singular values.
    """
    singular = np.sqrt(np.clip(np.linalg.eigvalsh(covariance), 0, None))
    if not singular.any():
        return 0.0
    shares = singular / singular.sum()
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _balanced(domains: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return rows in which every domain is as frequent as the largest one."""
    names, counts = np.unique(domains, return_counts=True)
    rows = []
    for name, count in zip(names, counts, strict=True):
        own = np.flatnonzero(domains == name)
        rows.append(np.concatenate([own, random.choice(own, counts.max() - count)]))
    return np.sort(np.concatenate(rows))

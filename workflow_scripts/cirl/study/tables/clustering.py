"""Tables of clusterings: what is clustered, who is in which cluster, and what it is worth."""

from cirl.study.tables.table import Kind, Table

ASSEMBLED = Table({"subject": Kind.TEXT, "status": Kind.TEXT}, others=Kind.NUMBER)
"""``clustering/features.csv``: what is clustered, a column a feature."""

OUTLIERS = Table(
    {
        "subject": Kind.TEXT,
        "block": Kind.TEXT,
        "score": Kind.NUMBER,
        "limit": Kind.NUMBER,
        "outlier": Kind.FLAG,
    }
)
"""``clustering/outliers.csv``, a row a subject x block of columns."""

ASSIGNMENT = Table(
    {
        "subject": Kind.TEXT,
        "cluster": Kind.COUNT,
        "confidence": Kind.NUMBER,
        "status": Kind.TEXT,
    },
    {"margin": Kind.NUMBER},
)
"""``clustering/{algorithm}/k{k}.csv`` and ``selected.csv``, a row a subject."""

DECISION = Table({"algorithm": Kind.TEXT, "k": Kind.COUNT, "reason": Kind.TEXT})
"""``clustering/{algorithm}/decision.csv``: which k is selected, or why none is."""

CRITERIA = Table({"algorithm": Kind.TEXT, "k": Kind.INTEGER, "bic": Kind.NUMBER})
"""``clustering/{algorithm}/k{k}_criteria.csv``, of algorithms that have a criterion."""

LATENTS = Table({"subject": Kind.TEXT}, others=Kind.NUMBER)
"""``*_latents.csv``: a row a subject, its coordinates ``z0, z1, ...``."""

EPOCHS = Table({"epoch": Kind.INTEGER}, others=Kind.NUMBER)
"""``*_history.csv``: a row of measurements an epoch."""

LINKAGE = Table(
    {
        "first": Kind.INTEGER,
        "second": Kind.INTEGER,
        "height": Kind.NUMBER,
        "size": Kind.INTEGER,
    }
)
"""``clustering/ward/linkage.csv``, a row a merge."""

NULLS = Table(
    {
        "family": Kind.TEXT,
        "draw": Kind.INTEGER,
        "algorithm": Kind.TEXT,
        "k": Kind.INTEGER,
        "silhouette": Kind.NUMBER,
        "smallest_share": Kind.NUMBER,
    }
)
"""Clusterings of data without clusters, a row a draw x clustering."""

STABILITIES = Table(
    {
        "family": Kind.TEXT,
        "algorithm": Kind.TEXT,
        "k": Kind.INTEGER,
        "kind": Kind.TEXT,
        "resampling": Kind.INTEGER,
        "ari": Kind.NUMBER,
    }
)
"""Clusterings of subsamples (kind ``resample``) and from other seeds (kind ``seed``)."""

SWEEP = Table(
    {
        "algorithm": Kind.TEXT,
        "k": Kind.INTEGER,
        "silhouette": Kind.NUMBER,
        "silhouette_common": Kind.NUMBER,
        "stability": Kind.NUMBER,
        "null_mean": Kind.NUMBER,
        "null_sd": Kind.NUMBER,
        "p": Kind.NUMBER,
        "smallest_share": Kind.NUMBER,
        "degenerate": Kind.FLAG,
        "calinski_harabasz": Kind.NUMBER,
        "davies_bouldin": Kind.NUMBER,
        "bic": Kind.NUMBER,
        "selected": Kind.FLAG,
    },
    {"why": Kind.TEXT, "finer": Kind.TEXT},
    others=Kind.NUMBER,
)
"""``clustering/sweep.csv``, a row an algorithm x k. Agreement with known domains (``ari_*``,
``nmi_*``) and details follow."""

AGREEMENT = Table(
    {
        "algorithm": Kind.TEXT,
        "k": Kind.INTEGER,
        "domain": Kind.TEXT,
        "n": Kind.INTEGER,
        "values": Kind.INTEGER,
        "ari": Kind.NUMBER,
        "ari_low": Kind.NUMBER,
        "ari_high": Kind.NUMBER,
        "nmi": Kind.NUMBER,
        "ami": Kind.NUMBER,
        "p": Kind.NUMBER,
        "p_holm": Kind.NUMBER,
    }
)
"""``clustering/agreement.csv``, a row a clustering x known domain."""

FEATURE_EFFECTS = Table(
    {
        "algorithm": Kind.TEXT,
        "k": Kind.INTEGER,
        "cluster": Kind.TEXT,
        "feature": Kind.TEXT,
        "measure": Kind.TEXT,
        "effect": Kind.NUMBER,
        "p": Kind.NUMBER,
        "p_corrected": Kind.NUMBER,
        "median": Kind.NUMBER,
        "rest_median": Kind.NUMBER,
    }
)
"""``clustering/{algorithm}/effects.csv``, a row a feature x cluster (or ``all`` of them)."""

PROFILES = Table(
    {
        "algorithm": Kind.TEXT,
        "k": Kind.INTEGER,
        "cluster": Kind.INTEGER,
        "supported": Kind.FLAG,
        "n": Kind.INTEGER,
        "share": Kind.NUMBER,
        "typical": Kind.TEXT,
        "volume_q1_ml": Kind.NUMBER,
        "volume_median_ml": Kind.NUMBER,
        "volume_q3_ml": Kind.NUMBER,
    },
    others=Kind.TEXT,
)
"""``clustering/{algorithm}/profiles.csv``, a row a cluster; ``mix_*`` a known domain follow."""

EMBEDDING = Table({"subject": Kind.TEXT}, others=Kind.NUMBER)
"""``clustering/embedding.csv``: the subjects laid out in two dimensions."""

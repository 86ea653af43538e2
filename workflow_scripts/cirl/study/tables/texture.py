"""Tables of texture signatures: who is tested when, and of which textures each region is made."""

from cirl.study.tables.table import Kind, Table

TRUE_SHARES = Table({"name": Kind.TEXT}, others=Kind.NUMBER)
"""``phantom/{cohort}/truth.csv``, a row a simulated organ: the share of each texture,
``share_{texture}``."""

TEXTURE_FOLDS = Table(
    {
        "subject": Kind.TEXT,
        "fold": Kind.INTEGER,
        "role": Kind.TEXT,
        "target": Kind.TEXT,
        "positive": Kind.FLAG,
        "patient": Kind.TEXT,
        "group": Kind.ENTRY,
    }
)
"""``folds.csv`` of a signature, a row a fold and subject whose target is known: ``train`` or
``test``, the target as the cohort has it, whether it counts as high, the patient (the subject where
none is known), and the value of the column whose values are left out (empty where none are)."""

SIGNATURES = Table(
    {
        "subject": Kind.TEXT,
        "role": Kind.TEXT,
        "status": Kind.TEXT,
        "reason": Kind.TEXT,
        "windows": Kind.INTEGER,
    },
    others=Kind.NUMBER,
)
"""``signatures.csv``, a row a usable subject. The role is ``train`` or ``test`` in the fold that
textures were learnt in, ``none`` for who has no known target, and ``all`` where they were learnt
from all; the status ``ok``, ``coarse`` (a window is fewer than 7 voxels wide) or ``empty`` (no
window lies in the region). ``cluster_1`` to ``cluster_{k}`` are their shares, together 1."""

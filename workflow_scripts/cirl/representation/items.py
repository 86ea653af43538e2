"""What networks learn from: as many items of each subject."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Items:
    """The items of all subjects, each a part of its subject.

    An item is a slice, a patch or a volume (contrasts x 2 or 3 spatial axes, in [0, 1]); or a row
    of a table, which is the only part of its subject.

    Attributes:
        subjects: sorted identifiers.
        values: subjects x parts x shape of an item.
    """

    subjects: list[str]
    values: np.ndarray

    def split(self, training: Collection[str] | None) -> tuple["Items", "Items"]:
        """Return the items of the training subjects (all where it is None), and the others'."""
        inside = np.ones(len(self.subjects), dtype=bool)
        if training is not None:
            inside = np.isin(self.subjects, list(training))
        parts = [
            Items(list(np.array(self.subjects)[chosen]), self.values[chosen])
            for chosen in (inside, ~inside)
        ]
        return parts[0], parts[1]

    def digest(self) -> str:
        """Return what tells these data from others."""
        content = hashlib.sha256("\n".join(self.subjects).encode())
        content.update(str((self.values.shape, self.values.dtype)).encode())
        content.update(np.ascontiguousarray(self.values).tobytes())
        return content.hexdigest()[:16]

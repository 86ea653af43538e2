"""The planted subjects, for the tests of this folder."""

from planted import (  # noqa: F401
    one_thread,
    planted_features,
    planted_labels,
    planted_slices,
    pretrained,
)

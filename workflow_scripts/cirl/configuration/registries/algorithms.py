"""All clustering algorithms of the sweep, on features and deep."""

from cirl.configuration.registries.clusterers import CLUSTERERS, ClustererRow
from cirl.configuration.registries.deep_clusterers import DEEP_CLUSTERERS, DeepClustererRow
from cirl.configuration.registries.rows import by_name

_ROWS: list[ClustererRow | DeepClustererRow] = [*CLUSTERERS.values(), *DEEP_CLUSTERERS.values()]

ALGORITHMS = by_name(_ROWS)
"""Their rows by their names in the configuration."""

TITLES = {name: row.title for name, row in ALGORITHMS.items()}
"""What the algorithms are called in tables and figures."""

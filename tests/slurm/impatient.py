"""Snakemake whose Slurm executor looks at its jobs every two seconds, which keeps tests short.

The executor waits 10 s longer after each look at which no job had ended.
"""

import sys

from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor

Executor.next_seconds_between_status_checks = property(lambda self: 2, lambda self, seconds: None)

if __name__ == "__main__":
    sys.exit(main())

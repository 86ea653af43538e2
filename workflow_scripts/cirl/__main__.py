"""The command line where the script `cirl` is not on PATH: ``python -m cirl``."""

import sys

from cirl.commands import main

sys.exit(main())

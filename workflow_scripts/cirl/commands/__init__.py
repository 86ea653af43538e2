"""The command line ``cirl``: what is asked of finished results, without Snakemake.

A command is a module of this package. Its docstring is its help; ``add_arguments`` declares what it
takes, ``run`` does it and returns the exit code. It is imported whenever help is asked for, so what
is slow to import (PyTorch) is imported by ``run``.
"""

import argparse
import sys
from collections.abc import Sequence

from cirl.commands import compare, detect, predict, signature
from cirl.commands.errors import CommandError
from cirl.running.printable import printable_lines

COMMANDS = {
    "compare": compare,
    "detect": detect,
    "predict": predict,
    "signature": signature,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, with a subcommand for each module."""
    front = argparse.ArgumentParser(prog="cirl", description="Work with results of cirl.")
    subcommands = front.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        text = module.__doc__ or ""
        command = subcommands.add_parser(name, help=text.splitlines()[0], description=text)
        command.formatter_class = argparse.RawDescriptionHelpFormatter
        command.set_defaults(run=module.run)
        module.add_arguments(command)
    return front


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; return the exit code, which is 2 where it cannot be done."""
    try:
        options = parser().parse_args(arguments)
        code: int = options.run(options)
    except CommandError as error:
        print(printable_lines(f"cirl: {error}"), file=sys.stderr)
        return 2
    return code

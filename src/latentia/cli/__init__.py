"""The command line: parse, call, print.

Results go to standard output; progress, notes and errors to standard error. The exit code is 0 when
all went well, 2 when there is something to put right (one sentence says what), 130 after Ctrl-C,
and 1, with a traceback, only for a mistake in Latentia itself; or, of `rerun`, when a number differs.
"""

import gc
import io
import sys

from latentia.cli import commands, export_command, rerun_command, row_commands, size_command
from latentia.cli.app import app

# Loading them is what puts the commands in their place.
__all__ = ["app", "commands", "export_command", "main", "rerun_command", "row_commands", "size_command"]


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a sign, such as the minus of typography, shows a question mark.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    # Loading the libraries makes many objects that stay; Python would go through all of them for
    # garbage again and again, which takes a fifth of the time until the work begins.
    gc.set_threshold(100_000, 20, 100)
    app()

"""A command whose reader goes away (`python -m predictors devices | head`) ends without a word."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

READER_GONE = 141
"""Exit code that shells give to a command that a closed pipe ended (128 + SIGPIPE)."""


def until_reader_leaves(command: Callable[[], int]) -> int:
    """Run a command to its end, or until nobody reads its standard output; returns the exit code.

    `signal.SIGPIPE` would do the same in a line, but would also end this process where the pipe to a reader
    process of models breaks, which is an error with words of its own.
    """
    try:
        try:
            return command()
        finally:
            if sys.stdout is not None:  # as it is where it was closed from the start (`>&-`)
                sys.stdout.flush()  # also after --help, which ends by SystemExit
    except BrokenPipeError:
        # What is still to be written has nowhere to go, and Python would say so at exit.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return READER_GONE

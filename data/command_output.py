"""The standard output of every command line: its reader may go away (`| head`), its disk may be full."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Final

from data.errors import WorkError, not_opened

READER_GONE: Final = 141
"""Exit code that shells give to a command that a closed pipe ended (128 + SIGPIPE)."""
NOT_WRITTEN: Final = 2
"""Exit code when the output could not be written, as for refused input."""


def until_reader_leaves(command: Callable[[], int]) -> int:
    """Run a command to its end, or until its standard output takes no more; returns the exit code.

    `signal.SIGPIPE` would do the first in a line, but would also end this process where the pipe to a worker
    process breaks, which is an error with words of its own.
    """
    try:
        try:
            return command()
        finally:
            if sys.stdout is not None:  # as it is where it was closed from the start (`>&-`)
                sys.stdout.flush()  # also after --help, which ends by SystemExit
    except BrokenPipeError:
        _give_up_output()
        return READER_GONE
    except OSError as problem:
        sys.stderr.write(f"{_explained(problem)}\n")
        return NOT_WRITTEN


def _explained(problem: OSError) -> WorkError:
    """The error of a file that the system refuses, such as one whose name is too long; else of the output."""
    if problem.filename is not None:
        return not_opened(str(problem.filename), problem)
    _give_up_output()
    return WorkError(
        "OUTPUT_UNWRITTEN",
        "The output cannot be written: {reason}. Make room on the disk, or send the output elsewhere.",
        reason=problem.strerror or "",
    )


def _give_up_output() -> None:
    """Let what is still to be written go nowhere: Python would say at exit that it can't be written."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)

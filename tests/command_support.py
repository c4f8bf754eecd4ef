"""Command lines in this process: `python -m predictors ...` without two seconds of a new interpreter.

What only a new process shows (closed pipes, full disks, memory) is tested with one in `test_cli_pipes.py`.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import app.label.__main__
import data.__main__
import predictors.cli.main
import predictors.samples.__main__
import scoring.__main__
from data.command_output import until_reader_leaves
from predictors.registry import forget_targets

MAINS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "data": data.__main__.main,
    "predictors": predictors.cli.main.main,
    "predictors.samples": predictors.samples.__main__.main,
    "scoring": scoring.__main__.main,
    "app.label": app.label.__main__.main,
}
"""Module of `python -m` -> what its `__main__` runs."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: exit code, standard output and standard error."""

    returncode: int
    stdout: str
    stderr: str


def run_here(module: str, arguments: Sequence[str], folder: Path) -> Ended:
    """Run a module's command line in `folder`, as its `__main__` does; an exception is not caught.

    Environment variables that it sets are taken back.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.dict(os.environ),
    ):
        try:
            code = until_reader_leaves(lambda: MAINS[module](list(arguments)))
        except SystemExit as end:  # argparse refuses, or shows its help
            code = int(end.code or 0)
    forget_targets()
    return Ended(code, _written(out), _written(err))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()

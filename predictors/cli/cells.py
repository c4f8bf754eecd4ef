"""`python -m predictors cells`: what a cell of NAS-Bench-201 takes on one core of Raspberry Pi 5."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.messages import Message

if TYPE_CHECKING:
    from predictors.energy.cells.question import CellAnswer

COUNTS = ("conv3x3", "conv1x1", "avgpool3x3", "skips")
"""`predictors.energy.cells.operations.COUNTS`, so that --help needs none of it."""


def add_cells_command(commands: Any) -> None:
    """Add the command to those of `python -m predictors`."""
    command = commands.add_parser(
        "cells", help="energy of a NAS-Bench-201 cell on one core of Raspberry Pi 5"
    )
    command.add_argument(
        "cell", nargs="?", default="", help="its text, '|nor_conv_3x3~0|+|none~0|...|', or an ONNX file of it"
    )
    for name in COUNTS:
        command.add_argument(f"--{name}", type=int, metavar="N", help=f"edges with {name}")
    command.add_argument("--runtime", default="LiteRT", help="default: %(default)s")
    command.add_argument("--format", choices=("table", "json"), default="table")
    command.set_defaults(run=_cells)


def _cells(options: argparse.Namespace) -> str:
    answer = _answered(options)
    energy, law = answer.energy_mj, answer.law
    content = {
        "device_id": "raspberry-pi-5",
        "runtime": law.software,
        "energy_mj": energy.value,
        "energy_mj_low": energy.low,
        "energy_mj_high": energy.high,
        "cells": answer.cells,
        "measured_mj": answer.measured_mj,
        "scope": "core rail, above idle, one thread, fp32",
        "error_percent": law.median_error_percent,
        "error_basis": f"median over {law.cells:,} cells, five folds",
        "coverage_percent": law.coverage_percent,
    }
    if options.format == "json":
        return json.dumps(content, indent=2)
    lines = [
        f"{energy.value:.4g} mJ with {law.software} (8 in 10: {energy.low:.4g} to {energy.high:.4g})",
        f"{content['scope']}; {law.median_error_percent:.1f} % off ({content['error_basis']})",
    ]
    if answer.cells > 1:
        lines.append(f"The median of {answer.cells} cells with these operators; the range holds all of them.")
    if answer.measured_mj is not None:
        lines.append(f"This very cell was measured: {answer.measured_mj:.4g} mJ.")
    return "\n".join(lines)


def _answered(options: argparse.Namespace) -> CellAnswer:
    from predictors.energy.cells.question import answer_counts, answer_operations, answer_text
    from predictors.errors import InputError

    given = {name: int(getattr(options, name)) for name in COUNTS if getattr(options, name) is not None}
    if bool(options.cell) == bool(given):
        raise InputError(
            "OPTION_VALUE",
            "A cell is asked either by its text or file, or by its operators ({options}); {given}. Give one "
            "of the two.",
            options=", ".join(f"--{name}" for name in COUNTS),
            given=Message("both were given") if given else Message("neither was given"),
        )
    if given:
        return answer_counts(given, options.runtime)
    if "|" in options.cell:
        return answer_text(options.cell, options.runtime)
    from predictors.energy.cells.recognise import operations_of_graph
    from predictors.reading import read_isolated

    return answer_operations(operations_of_graph(read_isolated(Path(options.cell))), options.runtime)

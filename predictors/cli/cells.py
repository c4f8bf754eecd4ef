"""`python -m predictors cells`: what a cell of NAS-Bench-201 takes on one core of Raspberry Pi 5."""

from __future__ import annotations

import argparse
import json
from typing import Any

from data.messages import Message

COUNTS = ("conv3x3", "conv1x1", "avgpool3x3", "skips")
"""`predictors.energy.cells.law.COUNTS`, so that --help needs none of it."""


def add_cells_command(commands: Any) -> None:
    """Add the command to those of `python -m predictors`."""
    command = commands.add_parser(
        "cells", help="energy of a NAS-Bench-201 cell on one core of Raspberry Pi 5"
    )
    command.add_argument("cell", nargs="?", default="", help="its text, '|nor_conv_3x3~0|+|none~0|...|'")
    for name in COUNTS:
        command.add_argument(f"--{name}", type=int, metavar="N", help=f"edges with {name}")
    command.add_argument("--runtime", default="LiteRT", help="default: %(default)s")
    command.add_argument("--format", choices=("table", "json"), default="table")
    command.set_defaults(run=_cells)


def _cells(options: argparse.Namespace) -> str:
    from predictors.energy.cells.question import counts_of_cell, estimate_cell
    from predictors.errors import InputError

    given = {name: int(getattr(options, name)) for name in COUNTS if getattr(options, name) is not None}
    if bool(options.cell) == bool(given):
        raise InputError(
            "OPTION_VALUE",
            "A cell is asked either by its text or by its operators ({options}); {given}. Give one "
            "of the two.",
            options=", ".join(f"--{name}" for name in COUNTS),
            given=Message("both were given") if given else Message("neither was given"),
        )
    counts = dict.fromkeys(COUNTS, 0) | given if given else counts_of_cell(options.cell)
    answer = estimate_cell(counts, options.runtime)
    energy, law = answer.energy_mj, answer.law
    content = {
        "device_id": "raspberry-pi-5",
        "runtime": law.software,
        "operators": dict(answer.counts),
        "energy_mj": energy.value,
        "energy_mj_low": energy.low,
        "energy_mj_high": energy.high,
        "scope": "core rail, above idle, one thread, fp32",
        "error_percent": law.median_error_percent,
        "error_basis": f"median over {law.cells:,} cells, five folds",
        "coverage_percent": law.coverage_percent,
    }
    if options.format == "json":
        return json.dumps(content, indent=2)
    return "\n".join(
        [
            f"{energy.value:.4g} mJ with {law.software} (8 in 10: {energy.low:.4g} to {energy.high:.4g})",
            f"{content['scope']}; {law.median_error_percent:.1f} % off ({content['error_basis']})",
        ]
    )

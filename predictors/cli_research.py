"""Commands for researchers: `diff` of two models, `split` between device and server, `search`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

PRECISIONS = ("fp32", "int8")
SHAPE_FORM = "INPUT=1,3,224,224"


def add_research_commands(commands: Any) -> None:
    """Add the commands to the sub-parsers of the command line."""
    _add_diff(commands)


def _add_one_target(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", required=True, help="device id, for example huawei-p40-pro")
    command.add_argument("--delegate", required=True, help="delegate or back end, for example cpu")
    command.add_argument("--precision", choices=PRECISIONS, help="the model's own if absent")
    command.add_argument(
        "--shape", action="append", default=[], metavar=SHAPE_FORM, help="shape of an input that is open"
    )


def _add_diff(commands: Any) -> None:
    command = commands.add_parser("diff", help="two models kernel by kernel, largest changes first")
    command.add_argument("a", type=Path, help="ONNX file A (before)")
    command.add_argument("b", type=Path, help="ONNX file B (after)")
    _add_one_target(command)
    command.add_argument("--format", choices=("table", "json", "csv"), default="table")
    command.set_defaults(run=_diff)


def _diff(options: argparse.Namespace) -> str:
    from predictors.cli import parse_shapes
    from predictors.diff import diff_models
    from predictors.diff_text import diff_csv, diff_json, diff_table

    diff = diff_models(
        options.a,
        options.b,
        device=options.device,
        delegate=options.delegate,
        precision=options.precision,
        shapes=parse_shapes(options.shape),
    )
    return {"table": diff_table, "json": diff_json, "csv": diff_csv}[options.format](diff)

"""The command `check`: does a model keep its limits on a device? For a pipeline: a table and an exit code."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from predictors.cli.calibrate import add_own_devices
from predictors.errors import InputError

EXIT_EXCEEDED = 1
_LIMITS = ("max_energy_mj", "max_latency_ms", "max_increase_percent")


def add_check_command(commands: Any) -> None:
    """Add the command to the sub-parsers of the command line."""
    command = commands.add_parser(
        "check", help="whether a model keeps limits of energy and latency: exit code 0 or 1, 2 for bad input"
    )
    command.add_argument("model", type=Path, help="ONNX or TensorFlow Lite file")
    command.add_argument("--against", type=Path, metavar="OLD", help="the model as it was before")
    command.add_argument("--max-energy-mj", type=float, metavar="X", help="most energy per inference (mJ)")
    command.add_argument("--max-latency-ms", type=float, metavar="Y", help="most time per inference (ms)")
    command.add_argument(
        "--max-increase-percent",
        type=float,
        metavar="Z",
        help="most that energy and latency may each grow by, compared with --against (percent)",
    )
    command.add_argument("--device", required=True, help="device id, for example huawei-p40-pro")
    command.add_argument("--delegate", help="delegate or back end; all of the device if absent")
    command.add_argument("--precision", choices=("fp32", "int8"), help="each model's own if absent")
    command.add_argument(
        "--shape", action="append", default=[], metavar="INPUT=1,3,224,224", help="shape of an open input"
    )
    add_own_devices(command)
    command.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> str:
    _check_limits(options)
    from predictors.cli.options import parse_shapes
    from predictors.research.checking import Limits, check_models

    checked = check_models(
        options.model,
        options.against,
        Limits(options.max_energy_mj, options.max_latency_ms, options.max_increase_percent),
        device=options.device,
        delegate=options.delegate,
        precision=options.precision,
        shapes=parse_shapes(options.shape),
    )
    options.exit_code = 0 if checked.is_kept else EXIT_EXCEEDED
    return checked.markdown()


def _check_limits(options: argparse.Namespace) -> None:
    """Raise InputError OPTION_VALUE for limits that make no sense, or none at all."""
    for name in _LIMITS:
        value = getattr(options, name)
        lowest = -100 if name == "max_increase_percent" else 0
        if value is not None and not (math.isfinite(value) and value > lowest):
            raise InputError(
                "OPTION_VALUE",
                "--{option} {value} is no limit. Give a number above {lowest}.",
                option=name.replace("_", "-"),
                lowest=lowest,
                value=str(value),
            )
    if options.max_increase_percent is not None and options.against is None:
        raise InputError(
            "OPTION_VALUE", "--max-increase-percent compares with another model. Name it with --against."
        )
    if options.against is None and all(getattr(options, name) is None for name in _LIMITS):
        raise InputError(
            "OPTION_VALUE",
            "There is nothing to check. Give --max-energy-mj, --max-latency-ms, or --against with "
            "--max-increase-percent.",
        )

"""Command line of the predictors: `python -m predictors estimate|kernels|devices|batch|check|diff|...`.

Bad input ends with exit code 2 and one message on standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from data.command_options import CommandParser, output_file
from data.errors import JouleLensError
from predictors.cli.calibrate import add_calibrate_command, add_own_devices
from predictors.cli.cells import add_cells_command
from predictors.cli.check import add_check_command
from predictors.cli.latency import latency_only
from predictors.cli.measure import add_measure_command
from predictors.cli.options import check_versions, parse_shapes
from predictors.cli.research import add_research_commands
from predictors.cli.tokens import add_tokens_command
from predictors.errors import InputError, writing
from predictors.model.graph import Graph

if TYPE_CHECKING:
    from predictors.results.report import ModelReport

EXIT_BAD_INPUT = 2
REPORT_FORMATS = (
    "table", "json", "csv", "parquet", "markdown", "latex", "cyclonedx", "boamps", "netron", "model-explorer",
)  # fmt: skip
"""The keys of `predictors.exports.FORMATS`, so that --help needs none of it."""


_Commands: TypeAlias = "argparse._SubParsersAction[CommandParser]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if getattr(options, "own_devices", None) is not None:
            from predictors.energy.calibrated.own_folder import use_folder

            use_folder(options.own_devices)
        text = options.run(options)
        _tell_broken()
    except JouleLensError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n")
        return EXIT_BAD_INPUT
    if text:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    return int(getattr(options, "exit_code", 0))


def _tell_broken() -> None:
    """Name on standard error the devices of one's own that can't be used: the answer is without them."""
    if "predictors.energy.calibrated.own_devices" in sys.modules:
        from predictors.energy.calibrated.own_devices import broken_devices

        for error in broken_devices().values():
            sys.stderr.write(f"note: {error.code}: {error.message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(
        prog="python -m predictors", description="Energy of neural networks on edge devices."
    )
    commands = parser.add_subparsers(dest="command", required=True, parser_class=CommandParser)
    _add_estimate(commands)
    _add_kernels(commands)
    _add_devices(commands)
    _add_batch(commands)
    add_check_command(commands)
    _add_evaluate(commands)
    add_research_commands(commands)
    add_calibrate_command(commands)
    add_tokens_command(commands)
    add_cells_command(commands)
    add_measure_command(commands)
    train = commands.add_parser("train", help="search hyper-parameters again and rewrite predictors/settings")
    train.set_defaults(run=_train)
    fit = commands.add_parser("fit", help="fit every predictor to the bundle and store the fits beside it")
    fit.set_defaults(run=_fit)
    return parser


def _add_estimate(commands: _Commands) -> None:
    command = commands.add_parser("estimate", help="energy, latency and power of a model")
    command.add_argument("model", type=Path, help="ONNX or TensorFlow Lite file")
    _add_target_options(command)
    command.add_argument(
        "--shape", action="append", default=[], metavar="INPUT=1,3,224,224", help="shape of an input"
    )
    command.add_argument("--format", choices=REPORT_FORMATS, default="table")
    command.add_argument("--out", type=output_file, help="write to this file instead of printing")
    command.add_argument(
        "--versions", metavar="DATA/METHOD", help="refuse to answer with another data or method version"
    )
    command.set_defaults(run=_estimate)


def _add_target_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", help="device id, for example huawei-p40-pro; all devices if absent")
    add_own_devices(command)
    command.add_argument("--delegate", help="delegate or back end, for example cpu, gpu, tflite-ruy")
    command.add_argument(
        "--precision", choices=("fp32", "int8"), help="the model's own if absent, or what the device has"
    )


def _add_kernels(commands: _Commands) -> None:
    command = commands.add_parser("kernels", help="energy of kernel configurations from a CSV file")
    command.add_argument("file", type=Path, help="CSV with columns kernel, input_hw, c_in, c_out, ...")
    command.add_argument("--device", required=True)
    command.add_argument("--delegate", help="delegate or back end; may be left out for a device of your own")
    command.add_argument("--precision", choices=("fp32", "int8"), default="fp32")
    add_own_devices(command)
    command.set_defaults(run=_kernels)


def _add_devices(commands: _Commands) -> None:
    command = commands.add_parser("devices", help="everything that can be estimated for")
    command.add_argument("--format", choices=("table", "json"), default="table")
    command.set_defaults(run=_devices)


def _add_batch(commands: _Commands) -> None:
    command = commands.add_parser("batch", help="estimate a folder of models in parallel")
    command.add_argument(
        "folder", type=Path, help="folder with ONNX and TensorFlow Lite files (subfolders included)"
    )
    _add_target_options(command)
    command.add_argument("--jobs", type=int, default=1, help="worker processes")
    command.add_argument("--out", type=output_file, required=True, help="result: .parquet or .csv")
    command.add_argument(
        "--matrix", type=output_file, help="also a matrix of models and devices: .csv or .tex"
    )
    command.add_argument("--max-energy-mj", type=float, metavar="X", help="mark what is within (mJ)")
    command.add_argument("--max-latency-ms", type=float, metavar="Y", help="mark what is within (ms)")
    command.add_argument("--dask", metavar="ADDRESS", help="run on a Dask cluster at this scheduler address")
    command.idle_beside("dask", "jobs")
    command.idle_without(("matrix",), "max_energy_mj", "max_latency_ms")
    command.set_defaults(run=_batch)


def _add_evaluate(commands: _Commands) -> None:
    command = commands.add_parser("evaluate", help="held-out errors of every predictor beside two baselines")
    command.add_argument("--format", choices=("table", "json", "csv"), default="table")
    command.add_argument(
        "--what", choices=("accuracy", "calibration"), default="accuracy",
        help="errors beside the baselines, or how often intervals of 10 to 90 %% hold what was left out",
    )  # fmt: skip
    command.set_defaults(run=_evaluate)


def _estimate(options: argparse.Namespace) -> str:
    check_versions(options.versions)
    from predictors.reading import start_worker

    if (text := latency_only(options)) is not None:
        if options.out is None:
            return text
        write_file(options.out, text)
        return f"Latency in {options.out}."
    start_worker()  # it gets ready while the libraries of the predictors are loaded
    from predictors.estimate import estimate_graph, read_meanwhile_loading
    from predictors.reading import read_isolated

    asked = (options.device, options.delegate, options.precision)
    graph = read_meanwhile_loading(read_isolated, options.model, parse_shapes(options.shape), asked)
    report = estimate_graph(
        graph,
        device=options.device,
        delegate=options.delegate,
        precision=options.precision,
        name=options.model.stem,
    )
    return _written(report, graph, options.format, options.out)


def _written(report: ModelReport, graph: Graph, format_id: str, out: Path | None) -> str:
    """The report as text, or a sentence once it is in a file."""
    from datetime import UTC, datetime

    from predictors.exports import FORMATS, Exported

    form = FORMATS[format_id]
    if form.is_binary and out is None:
        raise InputError("OPTION_VALUE", "{title} is not text. Name a file with --out.", title=form.title)
    content = form.write(Exported(report, graph, datetime.now(UTC)))
    if out is None:
        return str(content)
    write_file(out, content)
    return f"{form.title} in {out}."


def write_file(out: Path, content: str | bytes) -> None:
    """Write a result. Raises InputError INPUT_FILE where that is not possible."""
    with writing(out):
        out.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))


def _kernels(options: argparse.Namespace) -> str:
    from predictors.cli.kernel_file import predict_file
    from predictors.registry import only_delegate, predictor

    delegate = only_delegate(options.device, options.delegate, options.precision)
    return predict_file(options.file, predictor(options.device, delegate, options.precision))


def _devices(options: argparse.Namespace) -> str:
    from predictors.cli.devices import target_dicts, targets_table

    return json.dumps(target_dicts(), indent=2) if options.format == "json" else targets_table()


def _batch(options: argparse.Namespace) -> str:
    from predictors.research.batch import BatchOptions, run_batch
    from predictors.research.matrix import Within

    return run_batch(
        BatchOptions(
            folder=options.folder,
            out=options.out,
            jobs=options.jobs,
            device=options.device,
            delegate=options.delegate,
            precision=options.precision,
            dask_address=options.dask,
            matrix=options.matrix,
            within=Within(options.max_energy_mj, options.max_latency_ms),
        )
    )


def _evaluate(options: argparse.Namespace) -> str:
    from predictors.evaluation.run import evaluation_text

    return evaluation_text(options.format, options.what)


def _fit(_: argparse.Namespace) -> str:
    from predictors.cli.fits import fit_and_store

    written = [path.name for path in fit_and_store()]
    return f"Fitted and stored: {', '.join(written)}." if written else "All fits are up to date."


def _train(_: argparse.Namespace) -> str:
    from predictors.training.run import train_all

    return train_all()

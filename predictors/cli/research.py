"""Commands for researchers: `diff` of two models, `split` between device and server, `search`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from data.command_options import output_file
from predictors.cli.calibrate import add_own_devices

PRECISIONS = ("fp32", "int8")
SHAPE_FORM = "INPUT=1,3,224,224"


def add_research_commands(commands: Any) -> None:
    """Add the commands to the sub-parsers of the command line."""
    _add_diff(commands)
    _add_layers(commands)
    _add_split(commands)
    _add_search(commands)


def _add_one_target(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", required=True, help="device id, for example huawei-p40-pro")
    command.add_argument("--delegate", help="delegate or back end; absent: the device's only one")
    add_own_devices(command)
    command.add_argument("--precision", choices=PRECISIONS, help="the model's own if absent")
    command.add_argument(
        "--shape", action="append", default=[], metavar=SHAPE_FORM, help="shape of an input that is open"
    )
    command.add_argument(
        "--versions", metavar="DATA/METHOD", help="refuse to answer with another data or method version"
    )


def _add_diff(commands: Any) -> None:
    command = commands.add_parser("diff", help="two models kernel by kernel, largest changes first")
    command.add_argument("a", type=Path, help="ONNX or TensorFlow Lite file A (before)")
    command.add_argument("b", type=Path, help="ONNX or TensorFlow Lite file B (after)")
    _add_one_target(command)
    command.add_argument("--precision-b", choices=PRECISIONS, help="of B, if it is not that of A")
    command.add_argument(
        "--shape-b",
        action="append",
        metavar=SHAPE_FORM,
        help="shape of an input of B, if it is not that of A",
    )
    command.add_argument("--format", choices=("table", "json", "csv"), default="table")
    command.set_defaults(run=_diff)


def _diff(options: argparse.Namespace) -> str:
    from predictors.cli.options import check_versions, parse_shapes

    check_versions(options.versions)
    from predictors.registry import only_delegate
    from predictors.research.diff import diff_models
    from predictors.research.diff_text import diff_csv, diff_json, diff_table

    diff = diff_models(
        options.a,
        options.b,
        device=options.device,
        delegate=only_delegate(options.device, options.delegate),
        precision=options.precision,
        shapes=parse_shapes(options.shape),
        precision_b=options.precision_b,
        shapes_b=None if options.shape_b is None else parse_shapes(options.shape_b),
    )
    return {"table": diff_table, "json": diff_json, "csv": diff_csv}[options.format](diff)


LINKS = ("wifi", "wifi6", "lte", "5g-nsa", "5g-mmwave", "5g-sa", "ble")
"""Ids of `predictors.research.radio_links.RADIOS`, without its import: `--help` answers at once."""


def _add_layers(commands: Any) -> None:
    from data.tracing.cli import add_recording_arguments

    command = commands.add_parser(
        "layers", help="layers of a profiler log, with the energy of a recording, beside the estimate"
    )
    add_recording_arguments(command)
    command.add_argument("--model", type=Path, required=True, help="the ONNX or TensorFlow Lite file")
    # `--device` names a device within the recording, as in `python -m data trace`.
    command.add_argument("--on", metavar="DEVICE", required=True, help="device id, say huawei-p40-pro")
    command.add_argument("--delegate", help="delegate or back end; absent: the device's only one")
    command.add_argument("--precision", choices=PRECISIONS, help="the model's own if absent")
    command.add_argument(
        "--shape", action="append", default=[], metavar=SHAPE_FORM, help="shape of an input that is open"
    )
    add_own_devices(command)
    command.add_argument("--format", choices=("table", "json", "csv"), default="table")
    command.set_defaults(run=_layers)


def _layers(options: argparse.Namespace) -> str:
    from data.tracing.cli import measured
    from predictors.cli.options import parse_shapes
    from predictors.errors import InputError
    from predictors.estimate import estimate_graph
    from predictors.reading import read_isolated
    from predictors.registry import only_delegate
    from predictors.research.layers_beside import beside_csv, beside_json, beside_table, layers_beside

    if options.profile is None:
        raise InputError("OPTION_VALUE", "Layers come from a profiler log. Give it as --profile FILE.")
    found = measured(options)
    graph = read_isolated(options.model, shapes=parse_shapes(options.shape))
    report = estimate_graph(
        graph,
        device=options.on,
        delegate=only_delegate(options.on, options.delegate),
        precision=options.precision,
        name=options.model.stem,
    )
    beside = layers_beside(found.layers, graph, report.estimates[0], found.format_id)
    if options.format == "json":
        return beside_json(beside, found.figures)
    return beside_csv(beside) if options.format == "csv" else beside_table(beside)


def _add_split(commands: Any) -> None:
    command = commands.add_parser("split", help="every cut between device and server, the best ones marked")
    command.add_argument("model", type=Path, help="ONNX or TensorFlow Lite file")
    _add_one_target(command)
    command.add_argument("--link", choices=LINKS, default="wifi")
    command.add_argument("--uplink-mbit-s", type=float, help="speed of sending; the link's usual if absent")
    command.add_argument("--energy-uj-per-byte", type=float, help="what the radio spends on a byte sent")
    command.add_argument("--round-trip-ms", type=float, default=0.0)
    command.add_argument("--server-speedup", type=float, help="server against device; not counted if absent")
    command.add_argument("--send-precision", choices=("fp32", "fp16", "int8"), help="of activations sent")
    command.add_argument("--input-bytes", type=int, help="size of the input if it is sent as it is (a JPEG)")
    command.add_argument("--format", choices=("table", "json", "csv"), default="table")
    command.set_defaults(run=_split)


def _split(options: argparse.Namespace) -> str:
    from predictors.cli.options import check_versions, parse_shapes

    check_versions(options.versions)
    from predictors.reading import read_isolated
    from predictors.registry import only_delegate
    from predictors.research.radio_links import make_link
    from predictors.research.split import split_graph
    from predictors.research.split_text import split_csv, split_json, split_table

    link = make_link(
        options.link,
        uplink_mbit_s=options.uplink_mbit_s,
        energy_uj_per_byte=options.energy_uj_per_byte,
        round_trip_ms=options.round_trip_ms,
        server_speedup=options.server_speedup,
    )
    split = split_graph(
        read_isolated(options.model, shapes=parse_shapes(options.shape)),
        link,
        device=options.device,
        delegate=only_delegate(options.device, options.delegate),
        precision=options.precision,
        send_precision=options.send_precision,
        input_bytes=options.input_bytes,
        name=options.model.stem,
    )
    return {"table": split_table, "json": split_json, "csv": split_csv}[options.format](split)


def _add_search(commands: Any) -> None:
    command = commands.add_parser("search", help="variants of a family and the Pareto front of their energy")
    command.add_argument("--family", default="mobilenet-v2", help="sample id, for example mobilenet-v2")
    command.add_argument("--count", type=int, default=200, help="how many variants to draw")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument(
        "--target",
        action="append",
        metavar="DEVICE/DELEGATE/PRECISION",
        help="where to estimate; may be given several times; a phone and a board if absent",
    )
    command.add_argument("--jobs", type=int, default=1, help="worker processes")
    command.add_argument("--dask", metavar="ADDRESS", help="run on a Dask cluster at this scheduler address")
    command.add_argument(
        "--from", type=Path, dest="source", help="read these results (.parquet, .csv) instead"
    )
    command.add_argument(
        "--accuracy", type=Path, help="table with columns file and accuracy (.parquet, .csv)"
    )
    add_own_devices(command)
    command.add_argument("--out", type=output_file, help="write the results: .parquet or .csv")
    command.add_argument("--plot", type=output_file, help="write the picture: .svg")
    command.idle_beside("source", "family", "count", "seed", "target", "jobs", "dask", "own_devices")
    command.idle_beside("dask", "jobs")
    command.set_defaults(run=_search)


def _search(options: argparse.Namespace) -> str:
    from predictors.research.search import DEFAULT_TARGETS, SearchOptions, run_search

    return run_search(
        SearchOptions(
            family=options.family,
            count=options.count,
            seed=options.seed,
            targets=tuple(options.target or DEFAULT_TARGETS),
            jobs=options.jobs,
            dask_address=options.dask,
            source=options.source,
            accuracy=options.accuracy,
            out=options.out,
            plot=options.plot,
        )
    )

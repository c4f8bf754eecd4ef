"""`calibrate`: a device of one's own from a few measured networks, as files for every other command."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.command_options import output_file, overwritten
from predictors.results.figures import METER_SCOPES

if TYPE_CHECKING:
    from predictors.energy.calibrated.device_file import OwnDevice
    from predictors.energy.calibrated.predictor import CalibratedPredictor


def add_own_devices(command: argparse.ArgumentParser) -> None:
    """Add the option that names a folder with devices of one's own."""
    command.add_argument(
        "--devices",
        dest="own_devices",
        type=Path,
        metavar="DIR",
        help="folder with device files of your own, as `calibrate` writes them (or JOULELENS_DEVICES)",
    )


def add_calibrate_command(commands: Any) -> None:
    """Add the command to the sub-parsers of the command line."""
    command = commands.add_parser("calibrate", help="a device of your own from a few measured networks")
    command.add_argument(
        "measured",
        type=Path,
        help="CSV: model, precision, energy_mj and, if known, latency_ms",
    )
    command.add_argument("--name", required=True, help='the device\'s name, for example "My board"')
    command.add_argument("--out", type=Path, required=True, help="folder for NAME.toml and NAME.csv")
    command.add_argument(
        "--scope",
        choices=[scope.value for scope in METER_SCOPES],
        default="board-wall",
        help="what the meter saw",
    )
    command.add_argument(
        "--kind", choices=("board", "phone"), default="board", help="a phone is predicted on its CPU only"
    )
    command.add_argument("--idle-power-w", type=float, help="power of the idle device in watts, if known")
    command.add_argument("--meter", default="", help="the meter, in your words")
    command.add_argument("--runtime", default="", help="the runtime, for example tflite-xnnpack")
    command.add_argument("--licence", default="", help="licence of the figures, if you hand them in")
    command.add_argument(
        "--units-are-right", action="store_true", help="take energies that look like another unit as they are"
    )
    command.add_argument(
        "--contribution",
        type=output_file,
        metavar="FILE.csv",
        help="write the figures as a contribution too, for `python -m data check`",
    )
    command.add_argument("--format", choices=("table", "json"), default="table")
    command.set_defaults(run=_calibrate)


def _calibrate(options: argparse.Namespace) -> str:
    from predictors.energy.calibrated.contribution import board_contribution
    from predictors.energy.calibrated.device_file import written
    from predictors.energy.calibrated.device_rows import PRECISIONS
    from predictors.energy.calibrated.predictor import CalibratedPredictor

    paths = _paths(options)
    device, notes = _device(options)
    for path, text in zip(paths, written(device), strict=True):
        _write_text(path, text)
    if options.contribution is not None:
        _write_text(options.contribution, board_contribution(device))
    predictors = [
        predictor
        for precision in PRECISIONS
        if len((predictor := CalibratedPredictor(device, precision)).energy.log_values)
    ]
    content = [_summary(predictor) for predictor in predictors]
    if options.format == "json":
        files = [str(path) for path in paths]
        return json.dumps(
            {"device_id": device.device_id, "files": files, "fits": content, "notes": notes}, indent=2
        )
    lines = [line for fit in content for line in _lines(fit)] + [f"note: {note}" for note in notes]
    command = f"estimate MODEL.onnx --devices {options.out} --device {device.device_id}"
    return "\n".join(
        [f"{device.name} ({device.device_id}): {paths[0]} and {paths[1].name}", *lines,
         f"Use it: python -m predictors {command}"]
    )  # fmt: skip


def _paths(options: argparse.Namespace) -> tuple[Path, Path]:
    """The device's two files. Raises InputError OPTION_VALUE where they would overwrite another file."""
    from predictors.energy.calibrated.device_file import device_id_of
    from predictors.errors import InputError

    stem = device_id_of(options.name)
    paths = options.out / f"{stem}.toml", options.out / f"{stem}.csv"
    outputs = [("--out", path) for path in paths]
    if options.contribution is not None:
        outputs.append(("--contribution", options.contribution))
    if problem := overwritten(outputs, [("measured", options.measured)]):
        raise InputError("OPTION_VALUE", "{problem}.", problem=problem)
    return paths


def _write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, with the folders that lead to it. Raises InputError INPUT_FILE."""
    from predictors.errors import writing

    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _device(options: argparse.Namespace) -> tuple[OwnDevice, list[str]]:
    """The device, and notes on the whole table."""
    from datetime import UTC, datetime

    from predictors.energy.calibrated.calibration import amounts_of_file
    from predictors.energy.calibrated.checked import checked, notes_of
    from predictors.energy.calibrated.device_file import OwnDevice, check_delegate, device_id_of
    from predictors.energy.calibrated.device_rows import read_table
    from predictors.energy.calibrated.own_devices import read_text, refuse_others_file
    from predictors.errors import InputError

    device_id = device_id_of(options.name)
    refuse_others_file(options.out, device_id, options.name)
    idle_w = options.idle_power_w
    if idle_w is not None and not (math.isfinite(idle_w) and idle_w > 0.0):
        raise InputError(
            "OPTION_VALUE",
            "--idle-power-w is {given}, which is no power. Give it in watts, above 0.",
            given=str(idle_w),
        )
    check_delegate(options.kind, options.runtime)
    device = OwnDevice(
        device_id=device_id,
        name=options.name.strip(),
        scope=options.scope,
        kind=options.kind,
        meter=options.meter,
        runtime=options.runtime,
        method="networks measured by the user, calibrated on the known boards",
        date=datetime.now(UTC).date().isoformat(),
        licence=options.licence,
        idle_power_w=idle_w,
    )
    table = read_table(read_text(options.measured))
    device = checked(device, table, amounts_of_file, units_are_right=options.units_are_right)
    return device, [str(note) for note in notes_of(device, table)]


def _summary(predictor: CalibratedPredictor) -> dict[str, Any]:
    """The fit of one precision in figures and sentences."""
    from predictors.energy.calibrated.calibration import next_network, order_warnings
    from predictors.energy.calibrated.predictor import (
        FEW,
        NO_LATENCY,
        UNLIKE_KNOWN,
        UNLIKE_SD,
        leave_one_out_percent,
        unlike,
    )  # fmt: skip

    rows = [row for row in predictor.rows if row.energy_mj is not None and row.amounts]
    errors = leave_one_out_percent(predictor)
    following, distance = next_network(predictor), unlike(predictor)
    warnings = [str(warning) for warning in order_warnings(predictor)]
    warnings += [str(FEW)] if len(rows) < 3 else []
    warnings += [] if len(predictor.latency.log_values) else [str(NO_LATENCY)]
    warnings += [UNLIKE_KNOWN.format(sd=distance)] if distance > UNLIKE_SD else []
    return {
        "precision": predictor.precision,
        "networks": len(rows),
        "most_similar_system": predictor.nearest.fitted.rows.system,
        "leave_one_out": [
            {
                "model": row.model,
                "energy_mj": row.energy_mj,
                "error_percent": None if math.isnan(error) else round(error, 2),
            }
            for row, error in zip(rows, errors, strict=True)
        ],
        "half_width_percent": round(following.range_now_percent, 1),
        "next_network": following.network or None,
        "half_width_percent_with_next": round(following.range_then_percent, 1),
        "warnings": warnings,
    }


def _lines(fit: dict[str, Any]) -> list[str]:
    lines = [
        f"{fit['precision']}: {fit['networks']} networks; most similar: {fit['most_similar_system']}",
        f"  typical 80 % range of a network: +-{fit['half_width_percent']:g} %",
        "  each network predicted by the others:",
    ]
    for row in fit["leave_one_out"]:
        error = "-" if row["error_percent"] is None else f"{row['error_percent']:.1f} % off"
        lines.append(f"    {row['model']:<34} {row['energy_mj']:>10.4g} mJ  {error}")
    if fit["next_network"]:
        lines.append(
            f"  measure next: {fit['next_network']} (the range becomes "
            f"+-{fit['half_width_percent_with_next']:g} %)"
        )
    return [*lines, *(f"  note: {warning}" for warning in fit["warnings"])]

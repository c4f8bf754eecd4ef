"""`measure`: the sensors of this machine, and networks and kernels measured on it."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.command_options import given, overwritten
from predictors.cli.measure_kernels import add_kernel_commands, check_numbers
from predictors.results.figures import METER_SCOPES, Scope

if TYPE_CHECKING:
    from predictors.measuring.profile_join import ProfileOutcome
    from predictors.measuring.record import Record
    from predictors.measuring.run import Outcome

BY_METER = [scope.value for scope in METER_SCOPES if scope is not Scope.PACKAGE]
"""No meter outside of the processor sees its package."""
RECORD = ".measuring.json"
START_S = 5.0
"""Time to press the meter's button."""
SENSORS = ("auto", "rapl", "jetson", "pmic", "battery", "zeus", "external", "none")
"""The keys of `sensors.found.KINDS`, so that --help needs none of it."""


def add_measure_command(commands: Any) -> None:
    """Add the command with its own commands to the sub-parsers of the command line."""
    command = commands.add_parser("measure", help="measure this machine: sensors, networks, kernels")
    parts = command.add_subparsers(dest="part", required=True)
    sensors = parts.add_parser("sensors", help="what can tell the energy of this machine")
    _add_sysfs(sensors)
    sensors.set_defaults(run=_sensors)
    networks = parts.add_parser("networks", help="run networks here and write a device file of your own")
    _add_networks(networks)
    networks.set_defaults(run=_networks)
    add_kernel_commands(parts)
    join = parts.add_parser("join", help="complete a device by the recording of a meter on the cable")
    join.add_argument("recording", type=Path, help="the meter's recording, in any format of Timelines")
    join.add_argument(
        "--log", type=Path, required=True, help="NAME.measuring.json of `--sensor external`, or a profile"
    )
    join.add_argument("--name", default="", help="with a profile: the device's name")
    join.add_argument(
        "--network", default="", help="with a profile: a sample or an .onnx path (:int8 behind)"
    )
    join.add_argument("--scope", choices=BY_METER, default="board-wall", help="what the meter saw")
    join.add_argument("--meter", default="", help="the meter, in your words")
    join.set_defaults(run=_join)


def _add_sysfs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--sysfs", type=Path, default=Path("/sys"), metavar="DIR", help="stands for /sys")


def _add_networks(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--networks", default="three", help="three, reference, samples, or names and .onnx paths with commas"
    )
    command.add_argument("--sensor", choices=SENSORS, default="auto")
    command.add_argument("--threads", type=int, default=1, help="threads of ONNX Runtime (default 1)")
    command.add_argument(
        "--seconds", type=float, default=10.0, help="per network, over all rounds (default 10)"
    )
    command.add_argument("--rounds", type=int, default=5, help="turns over all networks (default 5)")
    command.add_argument("--resume", action="store_true", help="go on with an interrupted measuring")
    command.add_argument("--name", required=True, help='the device\'s name, for example "My laptop"')
    command.add_argument("--out", type=Path, required=True, help="folder for NAME.toml and NAME.csv")
    _add_sysfs(command)


def _sensors(options: argparse.Namespace) -> str:
    from predictors.measuring.sensors.found import sensors

    found = sensors(options.sysfs)
    lines = []
    for sensor in found:
        lines += [
            f"{sensor.kind}: {sensor.name}",
            f"  sees: {METER_SCOPES[Scope(sensor.scope)]}; not: {sensor.blind_to}",
            f"  new values: about {sensor.rate_hz:g} a second; resolution: {sensor.resolution}",
            f"  usable: {'yes' if sensor.problem is None else f'no ({sensor.code}). {sensor.problem}'}",
        ]
    if not found:
        lines = [] if options.sysfs.is_dir() else [f"{options.sysfs} is no folder."]
        lines += [
            "No sensor here (looked for RAPL, INA3221, the Raspberry Pi 5's power chip, a battery, zeus).",
            "With a meter on the cable: measure networks --sensor external.",
            "Without one: measure networks --sensor none, for latencies alone.",
        ]
    return "\n".join(lines)


def _networks(options: argparse.Namespace) -> str:
    from predictors.measuring.networks import asked_networks
    from predictors.measuring.rounds import Plan
    from predictors.measuring.run import Wish, measure_networks

    # A shell starts what runs in the background without it; then Cancel on the page would do nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    check_numbers(options, {"threads": (1, 256), "seconds": (0.5, 3600.0), "rounds": (2, 100)})
    networks, is_external = tuple(asked_networks(options.networks)), options.sensor == "external"
    plan = Plan(networks, options.seconds, options.rounds, options.threads, is_external)
    if is_external:
        sys.stderr.write(f"Start your meter now; the sync pattern begins in {START_S:.0f} s.\n")
        time.sleep(START_S)
    wish = Wish(plan, options.sensor, options.name, options.out, options.sysfs, options.resume)
    outcome = measure_networks(wish, _tell)
    if outcome.ended is not None:
        options.exit_code = 2
        sys.stderr.write(f"{outcome.ended.code}: {outcome.ended.message}\n")
    return _text(outcome, options.out)


def _refuse_overwritten(options: argparse.Namespace, stem: str) -> None:
    """Raise InputError OPTION_VALUE where the device's files would overwrite what they are made of."""
    from predictors.errors import InputError

    outputs = [("--log", options.log.parent / f"{stem}{ending}") for ending in (".toml", ".csv")]
    if problem := overwritten(outputs, [("recording", options.recording)]):
        raise InputError("OPTION_VALUE", "{problem}.", problem=problem)


def _join(options: argparse.Namespace) -> str:
    if options.log.name.endswith(RECORD) or not options.log.is_file():
        from predictors.errors import InputError
        from predictors.measuring.run import join_recording

        idle = [name for option, name in given(options).items() if option in ("name", "network")]
        if idle:
            raise InputError(
                "OPTION_VALUE",
                "{options} has no effect beside {log}, which holds it. Leave it out.",
                options=", ".join(idle),
                log=options.log.name,
            )
        _refuse_overwritten(options, options.log.name.removesuffix(RECORD))
        outcome = join_recording(options.recording, options.log, options.scope, options.meter)
        return _text(outcome, options.log.parent)
    from predictors.energy.calibrated.device_file import device_id_of
    from predictors.measuring.profile_join import ProfileWish, join_profile

    if options.name:  # `join_profile` says what is missing
        _refuse_overwritten(options, device_id_of(options.name))
    found = join_profile(
        ProfileWish(
            options.recording, options.log, options.name, options.network, options.scope, options.meter
        )
    )
    lines = [f"{'layer':<48}{'ms':>10}{'mJ':>10}{'above idle':>12}  how"]
    lines += [
        f"{each.layer.name[:46]:<48}{each.layer.time_ms:>10.4f}{each.energy_mj:>10.4g}{each.above_idle_mj:>12.4g}"
        f"  {each.method}"
        for each in found.layers
    ]
    return "\n".join([*lines, _text(found, options.log.parent)])


def _tell(record: Record) -> None:
    """Say on standard error how far it is."""
    if not record.stretches:  # every network was refused; the result says so
        return
    progress, last = record.progress, record.stretches[-1]
    left = progress.get("left_s")
    power = "" if last.watts is None else f", {last.watts:.2f} W"
    what = last.network or "idle"
    rest = "" if left is None else f", about {left:.0f} s left"
    sys.stderr.write(f"[{progress['done']}/{progress['total']}] {what}{power}{rest}\n")


def _text(outcome: Outcome | ProfileOutcome, out: Path) -> str:
    device = outcome.device
    lines = [
        f"{device.name}: {device.meter or 'no sensor'}, scope {device.scope}",
        f"Method: {device.method}",
        f"Software: {device.software or device.runtime}; {device.threads or 'unknown number of'} thread(s)",
    ]
    if device.idle_power_w is not None:
        lines.append(f"Idle: {device.idle_power_w:.3f} W")
    heads = ("energy mJ", "sd", "above idle", "80 % from", "to", "W", "p50 ms", "p90 ms", "n")
    lines.append(f"{'network':<34}" + "".join(f"{head:>11}" for head in heads))
    for row in device.rows:
        figures = (
            row.energy_mj, row.energy_sd_mj, row.energy_above_idle_mj, row.energy_above_idle_low_mj,
            row.energy_above_idle_high_mj, row.avg_power_w, row.latency_ms, row.latency_p90_ms,
        )  # fmt: skip
        cells = "".join(f"{'-' if each is None else format(each, '.4g'):>11}" for each in figures)
        lines.append(f"{row.model + ' ' + row.precision:<34}{cells}{row.n or 0:>11}")
    lines += [f"Note: {note}" for note in outcome.record.notes]
    lines.append(f"Written: {outcome.paths[0]} and {outcome.paths[1].name}")
    if any(row.energy_mj is not None for row in device.rows):
        command = f"estimate MODEL.onnx --devices {out} --device {device.device_id}"
        lines.append(f"Use it: python -m predictors {command}")
    return "\n".join(lines)

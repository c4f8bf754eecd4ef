"""`measure kernels` and `measure fit`: kernels of this machine, so that it predicts kernel by kernel."""

from __future__ import annotations

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.errors import JouleLensError
from data.messages import Message

SENSORS = ("auto", "rapl", "jetson", "pmic", "battery", "zeus", "none")
"""A meter on the cable is too slow for single kernels."""
INTERRUPTED = Message("Interrupted. What was complete is kept; --resume goes on.")


def add_kernel_commands(parts: Any) -> None:
    """Add both commands to the sub-parsers of `measure`."""
    kernels = parts.add_parser("kernels", help="profile the kernels of drawn networks on this machine")
    kernels.add_argument("--networks", type=int, default=110, help="networks to draw (default 110)")
    kernels.add_argument(
        "--minutes", type=float, default=7.0, help="begin no more networks after so many (default 7)"
    )
    kernels.add_argument("--threads", type=int, default=1)
    kernels.add_argument(
        "--sensor", choices=SENSORS, default="auto", help="for the energy of kernels in a loop (default auto)"
    )
    kernels.add_argument("--sysfs", type=Path, default=Path("/sys"), metavar="DIR", help="stands for /sys")
    kernels.add_argument("--fit", action="store_true", help="fit them at once, as `measure fit` does")
    kernels.add_argument("--resume", action="store_true", help="go on with what is in the file")
    _add_device(kernels)
    kernels.set_defaults(run=_kernels)
    fit = parts.add_parser("fit", help="fit the measured kernels: the device predicts kernel by kernel then")
    _add_device(fit)
    fit.set_defaults(run=_fit)


def check_numbers(options: argparse.Namespace, limits: Mapping[str, tuple[float, float]]) -> None:
    """Raise InputError OPTION_VALUE for a number outside its limits (smallest and largest)."""
    from predictors.errors import InputError

    for name, (least, most) in limits.items():
        given = getattr(options, name)
        if not least <= given <= most:
            raise InputError(
                "OPTION_VALUE",
                "--{name} is {given:g}. Give a number from {least:g} to {most:g}.",
                name=name,
                given=float(given),
                least=float(least),
                most=float(most),
            )


def _add_device(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="the device's name, as in `measure networks`")
    command.add_argument("--out", type=Path, required=True, help="folder of the device files")


def _kernels(options: argparse.Namespace) -> str:
    from predictors.energy.calibrated.device_file import device_id_of
    from predictors.energy.calibrated.own_devices import refuse_others_file
    from predictors.measuring.kernels.run import KernelWish, measure_kernels

    check_numbers(options, {"networks": (1, 5000), "minutes": (0.05, 1440.0), "threads": (1, 256)})
    # A shell starts what runs in the background without it; then Cancel on the page would do nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    device_id = device_id_of(options.name)
    refuse_others_file(options.out, device_id, options.name)
    wish = KernelWish(
        device_id, options.out, options.networks, 60.0 * options.minutes, options.threads,
        options.resume, options.sensor, options.sysfs,
    )  # fmt: skip
    outcome = measure_kernels(wish, _tell, _refuse)
    lines = [f"{outcome.kernels:,} kernels of {outcome.networks} networks in {outcome.path}"]
    if outcome.looped:
        lines.append(f"Energy of {outcome.looped} kernels in a loop under the sensor")
    if outcome.note is not None:
        sys.stderr.write(f"Note: energy of kernels: {outcome.note}\n")
    if outcome.ended:
        options.exit_code = 2 if outcome.ended == "interrupted" else 0
        lines.append(f"Ended early ({outcome.ended}); --resume goes on.")
    if outcome.ended == "interrupted":
        sys.stderr.write(f"MEASURE_NOTHING: {INTERRUPTED}\n")
    elif options.fit:
        return "\n".join([*lines, _fit(options)])
    lines.append(f"Next: python -m predictors measure fit --name {options.name!r} --out {options.out}")
    return "\n".join(lines)


def _tell(name: str, done: int, left_s: float) -> None:
    sys.stderr.write(f"[{done}] {name}, at most {left_s:.0f} s left\n")


def _refuse(name: str, error: JouleLensError) -> None:
    sys.stderr.write(f"Note: {name}: {error.message}\n")


def _fit(options: argparse.Namespace) -> str:
    from predictors.energy.calibrated.device_file import device_id_of
    from predictors.measuring.kernels.run import fit

    device_id = device_id_of(options.name)
    found, rows = fit(device_id, options.out)
    kinds = Counter(row.kernel.kind.value for row in rows)
    lines = [
        f"{device_id}: {len(rows):,} kernels of {found.networks} networks",
        f"  latency of a network left out: median error {found.error_percent:.1f} %, worst "
        f"{found.worst_percent:.1f} %",
        *([] if found.coverage_percent is None else [
            f"  its 80 % range, found from the others alone, held {found.coverage_percent:.0f} % of them"
        ]),
        f"  a network takes {found.pace:.3f} times the sum of its kernels, and "
        f"{1e3 * found.node_ms:+.2f} us for each",
        *([] if found.power is None else [
            f"  power of {found.power.kernels} kernels that ran alone: median error "
            f"{found.power.error_percent:.1f} %, worst {found.power.worst_percent:.1f} %, each left out"
        ]),
        "  kinds: " + ", ".join(
            f"{kind} ({amount}{'' if kind in found.settings else ', with all others'})"
            for kind, amount in kinds.most_common()
        ),
    ]  # fmt: skip
    return "\n".join(lines)

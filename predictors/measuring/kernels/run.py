"""Measure kernels and fit them: what is complete stays in the file and is not done twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.errors import JouleLensError
from data.messages import Message
from predictors.energy.calibrated.own_devices import refuse_bundled_id
from predictors.energy.own_kernels.files import (
    KernelFit,
    fit_json,
    kernel_paths,
    kernels_csv,
    measured_tables,
    power_path,
    read_kernels,
    read_text,
)
from predictors.energy.own_kernels.models import MeasuredKernel
from predictors.energy.own_kernels.power import LoopedKernel, power_csv, read_power
from predictors.errors import InputError, printable
from predictors.measuring.kernels.energy import Looped, chosen_kernels, how_many, looped_kernels, pace_of
from predictors.measuring.kernels.profiling import profile
from predictors.measuring.kernels.sampling import drawn_networks
from predictors.measuring.record import Record, write_safely
from predictors.measuring.sensors.found import SYSFS, choose
from predictors.measuring.sensors.sensor import Sensor
from predictors.training.own_kernels import fit_kernels

ENERGY_S = 120.0
"""Time for the energy of kernels after the networks (s): both and the fit fit into ten minutes."""
LOOPS = "energy of kernels"
"""How a line of progress begins after the networks; the page tells by it that they are done."""
NO_SENSOR = Message(
    "No sensor: the energy of kernels is that of the measured networks, apportioned by time. `measure "
    "sensors` says what could be used."
)
LEFT_OUT = Message(
    "{kernels} kernels are left out: the runtime refused them alone, or they could not be told from idle."
)
TOO_SLOW = Message(
    "The sensor ({sensor}) renews its value too rarely to tell kernels apart in two minutes: their energy is "
    "apportioned by time."
)


@dataclass(frozen=True, slots=True)
class KernelWish:
    """What `measure kernels` was asked for: so many networks, at most so many seconds, threads, where to."""

    device_id: str
    out: Path
    networks: int
    seconds: float
    threads: int
    resume: bool
    sensor: str = "none"
    sysfs: Path = SYSFS


@dataclass(frozen=True, slots=True)
class KernelOutcome:
    """What is in the files now: networks, kernels, and those whose energy was measured; why it ended early.

    `note`: why no kernel's energy was measured, if none was.
    """

    path: Path
    networks: int
    kernels: int
    ended: str
    looped: int = 0
    note: Message | None = None


def measure_kernels(
    wish: KernelWish, tell: Callable[[str, int, float], None], refuse: Callable[[str, JouleLensError], None]
) -> KernelOutcome:
    """Profile drawn networks; `tell(name, done, left_s)` is called before each, with what all of it may take.

    `refuse(name, error)` is called for each that can't be profiled, at once: what comes after may fail.

    With a sensor, kernels of these networks run alone in a loop afterwards, for their energy.

    Ctrl-C ends it early. Raises InputError MEASURE_FILE, MEASURE_NOTHING where nothing is complete, and what
    `choose` raises.
    """
    path, _ = kernel_paths(wish.out, wish.device_id)
    refuse_bundled_id(wish.device_id)
    sensor, barred = _sensor(wish)
    rows = _resumed(path, wish.threads) if wish.resume else []
    done = {row.network for row in rows}
    begin, ended, is_begun = time.monotonic(), "", wish.resume
    loops_s = 0.0 if sensor is None else ENERGY_S
    try:
        for at, drawn in enumerate(drawn_networks(wish.networks)):
            spent_s = time.monotonic() - begin
            if spent_s >= wish.seconds:
                ended = "time"
                break
            if drawn.name in done:
                continue
            share = max(spent_s / wish.seconds, at / wish.networks)
            tell(drawn.name, len(done), (1.0 - share) * wish.seconds + loops_s)
            try:
                rows += profile(drawn.name, drawn.build(), wish.threads).rows
            except JouleLensError as error:
                if error.code == "OPTION_VALUE":  # a drawn size that its architecture does not have
                    continue
                refuse(drawn.name, error)
                continue
            done.add(drawn.name)
            if not is_begun:  # the loops of an earlier measuring are of other kernels than these
                power_path(wish.out, wish.device_id).unlink(missing_ok=True)
                is_begun = True
            write_safely(path, kernels_csv(rows))
    except KeyboardInterrupt:
        ended = "interrupted"
    if not rows:
        raise InputError("MEASURE_NOTHING", "No network was complete, so there are no kernels. Start again.")
    outcome = KernelOutcome(path, len(done), len(rows), ended)
    if ended == "interrupted" or sensor is None:
        return replace(outcome, note=barred)
    return _with_energy(outcome, wish, sensor, rows, tell)


def _sensor(wish: KernelWish) -> tuple[Sensor | None, Message | None]:
    """The sensor, or why there is none: latencies can be measured without it, unless one was asked for."""
    try:
        sensor = choose(wish.sensor, wish.sysfs)
    except InputError as error:
        if wish.sensor != "auto":
            raise
        return None, error.message
    return sensor, NO_SENSOR if sensor is None else None


def _with_energy(
    outcome: KernelOutcome,
    wish: KernelWish,
    sensor: Sensor,
    rows: Sequence[MeasuredKernel],
    tell: Callable[[str, int, float], None],
) -> KernelOutcome:
    """Loop kernels under the sensor, and write what it told."""

    def said(record: Record) -> None:
        done, total = (record.progress[key] for key in ("done", "total"))
        left_s = record.progress.get("left_s") or ENERGY_S
        tell(f"{LOOPS}, {done} of {total}", outcome.networks, left_s)

    found = _looped(wish, sensor, rows, said)
    if found.rows:
        write_safely(power_path(wish.out, wish.device_id), power_csv(found.rows))
    note = Message(LEFT_OUT, kernels=found.left_out) if found.left_out else None
    if found.failed is not None:
        note = found.failed.message
    ended = "interrupted" if found.is_interrupted else outcome.ended
    return replace(outcome, ended=ended, looped=len(found.rows), note=note)


def _looped(
    wish: KernelWish,
    sensor: Sensor,
    rows: Sequence[MeasuredKernel],
    said: Callable[[Record], None],
) -> Looped:
    """What the loops told. All networks are complete before: what goes wrong here takes nothing from them."""
    try:
        most = how_many(pace_of(sensor), ENERGY_S)
        if not most:
            raise InputError("MEASURE_SENSOR_STILL", Message(TOO_SLOW, sensor=sensor.name))
        chosen = chosen_kernels(rows, list(drawn_networks(wish.networks)), most)
        return looped_kernels(chosen, sensor, wish.threads, said)
    except KeyboardInterrupt:
        return Looped(is_interrupted=True)
    except JouleLensError as error:
        return Looped(failed=error)


def _resumed(path: Path, threads: int) -> list[MeasuredKernel]:
    """The kernels to go on with. Raises InputError MEASURE_RESUME where they ran on other threads."""
    rows = read_kernels(read_text(path))
    other = next((row.threads for row in rows if row.threads != threads), None)
    if other is not None:
        raise InputError(
            "MEASURE_RESUME",
            "{path} was measured with another {what} ({before}, now {now}). Use the same, or measure without "
            "--resume.",
            path=printable(str(path)),
            what=Message("number of threads"),
            before=other,
            now=threads,
        )
    return rows


def fit(device_id: str, out: Path) -> tuple[KernelFit, list[MeasuredKernel]]:
    """Fit what was measured and write the fit beside it. Raises InputError INPUT_FILE, EVIDENCE_TOO_THIN,
    DEVICE_FILE_DAMAGED."""
    tables = measured_tables(out, device_id)
    rows, looped = read_kernels(tables.kernels), read_power(tables.looped)
    _check_of_one_measuring(rows, looped, power_path(out, device_id))
    found = fit_kernels(rows, looped)
    write_safely(kernel_paths(out, device_id)[1], fit_json(found, tables))
    return found, rows


def _check_of_one_measuring(
    rows: Sequence[MeasuredKernel], looped: Sequence[LoopedKernel], path: Path
) -> None:
    """Raise InputError DEVICE_FILE_DAMAGED where kernels were looped that are not among the measured ones.

    A looped kernel has the time that it took in its network: another machine, other threads or another power
    mode give other times.
    """
    known = {(row.kernel.kind, round(row.latency_ms, 6)) for row in rows}
    if any((row.measured.kernel.kind, row.measured.latency_ms) not in known for row in looped):
        raise InputError(
            "DEVICE_FILE_DAMAGED",
            "{path} holds kernels of another measuring. Delete it, or measure the kernels anew, with a "
            "sensor.",
            path=printable(str(path)),
        )

"""Measure networks from beginning to end: record, device file, and what stays when it is interrupted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import JouleLensError, WorkError
from data.messages import Message
from data.workers.calls import read_trace
from predictors.energy.calibrated.device_file import SCOPES, OwnDevice, device_id_of
from predictors.energy.calibrated.own_devices import refuse_others_file
from predictors.errors import InputError, printable
from predictors.measuring import machine
from predictors.measuring.device import device_of, write_device
from predictors.measuring.record import Record, load, record_path, resumed, save
from predictors.measuring.rounds import Measuring, Plan
from predictors.measuring.sensors.found import choose
from predictors.measuring.sync import joined

NO_SENSOR = Message(
    "No sensor: only latencies were measured. `measure sensors` says what could be used; with a meter on the "
    "cable take `--sensor external`."
)
EXTERNAL = Message(
    "Only latencies so far. Stop the meter, save its recording, and complete the device with `measure join "
    "RECORDING --log` and the file that ends in .measuring.json."
)
NOT_ALL = Message("The recording holds some of the runs. Join the recordings of the others, too.")
AGAIN = Message("Start again, with more time or other networks.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What `measure networks` was asked for."""

    plan: Plan
    sensor: str
    name: str
    out: Path
    sysfs: Path
    resume: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has left: the device, its files, remarks, and why it ended early, if it did."""

    device: OwnDevice
    paths: tuple[Path, Path]
    record: Record
    ended: JouleLensError | None


def measure_networks(wish: Wish, tell: Callable[[Record], None]) -> Outcome:
    """Measure and write the device file; `tell` is called after every stretch.

    Ctrl-C and a failing sensor end it early, and what is complete is written. Raises InputError
    MEASURE_NOTHING where nothing is, and what `choose`, `resumed` and the names raise.
    """
    device_id = device_id_of(wish.name)
    refuse_others_file(wish.out, device_id, wish.name)
    sensor = choose(wish.sensor, wish.sysfs)
    none = "external" if wish.plan.external else "none"
    settings = _settings(wish, sensor.name if sensor else none, sensor.scope if sensor else "latency-only")
    path = record_path(wish.out, device_id)
    record = resumed(path, settings) if wish.resume else Record(settings)
    if sensor is None:
        record.note(EXTERNAL if wish.plan.external else NO_SENSOR)
    governor_note = machine.governor_note(str(settings["governor"]))
    if governor_note is not None:
        record.note(governor_note)

    def saved(record: Record) -> None:
        save(record, path)
        tell(record)

    save(record, path)  # a folder that can't be written is told before anything is measured
    ended = _measured(Measuring(wish.plan, sensor, record, saved))
    device = device_of(record, wish.name)
    if not device.rows:
        raise ended or _nothing(record)
    paths = write_device(device, wish.out)
    with suppress(InputError):  # the device is written; its record only serves --resume
        save(record, path)
    return Outcome(device, paths, record, ended)


def join_recording(recording: Path, log: Path, scope: str, meter: str) -> Outcome:
    """Complete a device by the recording of a meter on the cable.

    Of a measuring that was resumed, each run may have a recording of its own: they are joined one by one.
    Raises InputError MEASURE_RESUME (the log), INPUT_FILE (the recording can't be read within its budget),
    MEASURE_SYNC, MEASURE_FILE, OPTION_VALUE (another scope than that of a run that was joined before);
    TraceError for what is in the recording.
    """
    record = load(log)
    try:
        found = read_trace(recording, name=printable(recording.name))
    except WorkError as error:
        raise InputError("INPUT_FILE", error.message) from None
    before, record.stretches = record.stretches, joined(record.stretches, found.recording)
    kept = {id(each) for each in before if each.watts is not None} & {id(each) for each in record.stretches}
    meters = [meter or printable(recording.name)]
    if kept:
        _check_scope(str(record.settings["scope"]), scope)
        meters.insert(0, str(record.settings["meter"]))
    record.settings |= {"scope": scope, "meter": ", ".join(dict.fromkeys(meters))}
    record.notes = [note for note in record.notes if note not in {EXTERNAL, NOT_ALL}]
    if {each.run for each in record.stretches} - {each.run for each in record.stretches if each.watts}:
        record.note(NOT_ALL)
    save(record, log)
    device = device_of(record, str(record.settings["name"]))
    return Outcome(device, write_device(device, log.parent), record, None)


def _check_scope(before: str, now: str) -> None:
    if before != now:
        raise InputError(
            "OPTION_VALUE",
            "Another run of this measuring was recorded by a meter of the scope {before}, this one is said "
            "to be {now}. Energies of two scopes make no device: give the same, or measure anew.",
            before=before,
            now=now,
        )


def _nothing(record: Record) -> InputError:
    why = next(iter(record.refused.values()), AGAIN)
    return InputError(
        "MEASURE_NOTHING",
        "Measuring ended before the first network was complete, so there is no device file. {why}",
        why=why,
    )


def _measured(measuring: Measuring) -> JouleLensError | None:
    try:
        measuring.measure()
    except KeyboardInterrupt:
        return InputError("MEASURE_NOTHING", "Interrupted. What was complete is kept; --resume goes on.")
    except JouleLensError as error:
        return error
    return None


def _settings(wish: Wish, meter: str, scope: str) -> dict[str, Any]:
    if scope not in SCOPES:
        raise AssertionError(f"{scope} is no scope of a device file.")
    return {
        "name": wish.name,
        "networks": [each.key for each in wish.plan.networks],
        "sensor": meter,
        "meter": "" if meter in {"none", "external"} else meter,
        "scope": scope,
        "threads": wish.plan.threads,
        "seconds": wish.plan.seconds,
        "rounds": wish.plan.rounds,
        "runtime": "onnxruntime-cpu" + ("" if wish.plan.threads == 1 else f"-{wish.plan.threads}"),
        "software": machine.software(),
        "governor": machine.governor(wish.sysfs),
    }

"""A meter's recording and a profiler's log of elsewhere: energy per inference and per layer, and a device.

Only ONNX Runtime's profile says when its inferences ran, so only that can be laid under a recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from data.errors import WorkError
from data.tracing import Recording, Summary, summarise
from data.tracing.layers import LayerEnergy, layer_energies, layers_noted
from data.tracing.profiles import FORMATS, Profile
from data.workers.calls import read_profile, read_trace
from predictors.energy.calibrated.device_file import OwnDevice, device_id_of
from predictors.energy.calibrated.device_rows import MeasuredNetwork
from predictors.energy.calibrated.own_devices import refuse_others_file
from predictors.errors import InputError, printable
from predictors.measuring.device import counted, write_device
from predictors.measuring.networks import INT8
from predictors.measuring.record import Record
from predictors.measuring.sync import CUT_OFF, NOT_FOUND, TWICE, sync_error

RUNTIMES: Final = {"ort": "onnxruntime", "tflite": "tflite", "trtexec": "tensorrt"}
METHOD: Final = "JouleLens measure join: a meter's recording laid under the inferences of a profiler's log"


@dataclass(frozen=True, slots=True)
class ProfileWish:
    """What `measure join` was asked for with a profiler's log: files, names of device and network, scope."""

    recording: Path
    log: Path
    name: str
    network: str
    scope: str
    meter: str


@dataclass(frozen=True, slots=True)
class ProfileOutcome:
    """The device with its one network, its files, the layers, and remarks."""

    device: OwnDevice
    paths: tuple[Path, Path]
    layers: tuple[LayerEnergy, ...]
    record: Record


def join_profile(wish: ProfileWish) -> ProfileOutcome:
    """Make a device of a recording and a profile.

    Raises InputError OPTION_VALUE (no name or network), MEASURE_SYNC (the profile does not say when it ran,
    or is not in the recording), INPUT_FILE, MEASURE_FILE, what names raise; TraceError for either file.
    """
    device_id = _checked_id(wish)
    try:
        profile = read_profile(wish.log, printable(wish.log.name))
        recording = read_trace(wish.recording, name=printable(wish.recording.name)).recording
    except WorkError as error:
        raise InputError("INPUT_FILE", error.message) from None
    summary = _placed(profile, recording)
    record = Record({}, notes=list(summary.warnings))
    layers = layer_energies(profile, recording, summary.alignment, summary.inferences, summary.idle.power_w)
    for note in layers_noted(layers, profile):
        record.note(note)
    device = OwnDevice(
        device_id=device_id,
        name=wish.name.strip(),
        scope=wish.scope,
        meter=wish.meter or printable(wish.recording.name),
        runtime=RUNTIMES[profile.format_id],
        method=METHOD,
        date=datetime.now(UTC).date().isoformat(),
        idle_power_w=_positive(summary.idle.power_w),
        rows=(_row(wish.network, summary, record),),
    )
    return ProfileOutcome(device, write_device(device, wish.log.parent), layers, record)


def _checked_id(wish: ProfileWish) -> str:
    if not wish.name or not wish.network:
        raise InputError(
            "OPTION_VALUE",
            "{log} is a profiler's log, which names neither device nor network. Give --name and --network "
            "(the name of a sample or the path of its .onnx file).",
            log=printable(wish.log.name),
        )
    device_id = device_id_of(wish.name)
    refuse_others_file(wish.log.parent, device_id, wish.name)
    return device_id


def _placed(profile: Profile, recording: Recording) -> Summary:
    """The profile's inferences on the recording. Raises InputError MEASURE_SYNC."""
    if profile.log is None:
        raise InputError(
            "MEASURE_SYNC",
            "This log ({kind}) says how long its layers take and not when, so it can't be laid under a "
            "recording. Give a profile of ONNX Runtime, or measure with --sensor external; `python -m data "
            "trace RECORDING --profile LOG` shares the energy out by time.",
            kind=FORMATS[profile.format_id],
        )
    summary = summarise(recording, log=profile.log)
    if summary.alignment is None or not summary.alignment.found:
        raise sync_error(NOT_FOUND)
    if summary.alignment.second_s is not None:
        raise sync_error(TWICE)
    if summary.inferences is None:
        raise sync_error(CUT_OFF)
    return summary


def _row(network: str, summary: Summary, record: Record) -> MeasuredNetwork:
    found = summary.inferences
    if found is None:
        raise AssertionError("A profile that was placed has inferences.")
    row = MeasuredNetwork(
        network.removesuffix(INT8),
        "int8" if network.endswith(INT8) else "fp32",
        energy_mj=_positive(found.mean_mj),
        latency_ms=_positive(found.latency_ms),
        energy_above_idle_mj=_positive(found.above_idle_mj),
        energy_above_idle_low_mj=_positive(found.above_low_mj),
        energy_above_idle_high_mj=_positive(found.above_high_mj),
        idle_power_w=_positive(summary.idle.power_w),
        avg_power_w=_positive(found.mean_mj / found.latency_ms) if found.latency_ms > 0.0 else None,
        n=found.count,
    )
    return counted(row, record)


def _positive(value: float) -> float | None:
    return value if value > 0.0 else None  # NaN is not above 0 either

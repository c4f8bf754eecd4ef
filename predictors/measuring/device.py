"""From a record of measuring to the two files of *Your own device*."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from data.messages import joined
from predictors.energy.boards.data import network_amounts
from predictors.energy.calibrated.calibration import amounts_of, amounts_of_file
from predictors.energy.calibrated.device_file import OwnDevice, device_id_of, written
from predictors.energy.calibrated.device_rows import MeasuredNetwork, with_amounts
from predictors.errors import CodedError, printable
from predictors.measuring.estimating import IDLE, network_energy, network_latency
from predictors.measuring.networks import INT8
from predictors.measuring.record import Record, write_safely

METHOD = (
    "JouleLens measure networks: warm-up, idle before, between and after {rounds} rounds over all networks, "
    "{seconds:g} s per network and at least 2 % relative standard error asked for; random weights, batch 1"
)


def device_of(record: Record, name: str) -> OwnDevice:
    """The device with one row per network that was measured in at least one round."""
    settings = record.settings
    idle = [each.watts for each in record.stretches if each.network == IDLE and each.watts is not None]
    return OwnDevice(
        device_id=device_id_of(name),
        name=name.strip(),
        scope=str(settings["scope"]),
        meter=str(settings["meter"]),
        runtime=str(settings["runtime"]),
        software=str(settings["software"])[:1000],
        method=METHOD.format(rounds=settings["rounds"], seconds=settings["seconds"]),
        conditions=_conditions(settings, record),
        date=datetime.now(UTC).date().isoformat(),
        idle_power_w=sum(idle) / len(idle) if idle and sum(idle) > 0.0 else None,
        threads=int(settings["threads"]),
        rows=tuple(_rows(record)),
    )


def _conditions(settings: Mapping[str, Any], record: Record) -> str:
    """Governor, clocks and remarks in one line."""
    clocks = [each.mhz for each in record.stretches if each.mhz > 0.0]
    parts = [f"governor {settings.get('governor') or 'unknown'}"]
    parts += [f"clock {min(clocks):.0f} to {max(clocks):.0f} MHz"] if clocks else []
    load = max((each.other_load for each in record.stretches), default=0.0)
    return "; ".join([*parts, f"other load up to {load:.2f} cores", *map(str, record.notes)])[:1000]


def _rows(record: Record) -> list[MeasuredNetwork]:
    rows: list[MeasuredNetwork] = []
    for key in dict.fromkeys(each.network for each in record.stretches if each.n):
        if (row := row_of(record, key)) is not None:
            names = {each.model for each in rows if each.precision == row.precision}
            rows.append(counted(row, record, names))
    return rows


def counted(row: MeasuredNetwork, record: Record, names: Collection[str] = ()) -> MeasuredNetwork:
    """A row with what its network amounts to; of a file its name takes the place of its path.

    The name is none of `names` and none of a network that is known here: it would be taken for that one.
    """
    from predictors.samples import SAMPLES

    try:
        row = with_amounts(row, amounts_of(row, amounts_of_file))
    except CodedError as error:
        # A network that runs and can't be counted keeps its figures; it only predicts no other one.
        record.note(joined([printable(row.model), error.message], ": "))
    known = {*SAMPLES, *(name for name, *_ in network_amounts())}
    if row.model in known or not row.model.endswith(".onnx"):
        return row
    stem = Path(row.model).stem
    free = chain([stem], (f"{stem}-{at}" for at in count(2)))
    return replace(row, model=next(name for name in free if name not in known and name not in names))


def row_of(record: Record, key: str) -> MeasuredNetwork | None:
    """The figures of one network so far; None before its first round is complete."""
    latency = network_latency(record.stretches, key)
    if latency is None:
        return None
    energy = network_energy(record.stretches, key)
    model, precision = key.removesuffix(INT8), "int8" if key.endswith(INT8) else "fp32"
    if energy is None:
        return MeasuredNetwork(
            model, precision, latency_ms=latency.p50_ms, latency_p90_ms=latency.p90_ms, n=latency.n
        )
    total_mj, watts = energy.energy_mj, energy.avg_power_w
    if latency.by_thread:
        # Waiting for a core is left out of the latency, so what idle took meanwhile is left out as well.
        total_mj = energy.above_idle_mj + energy.idle_power_w * latency.mean_ms
        watts = total_mj / latency.mean_ms
    return MeasuredNetwork(
        model,
        precision,
        energy_mj=_positive(total_mj),
        latency_ms=latency.p50_ms,
        energy_sd_mj=energy.energy_sd_mj or None,
        energy_above_idle_mj=_positive(energy.above_idle_mj),
        energy_above_idle_low_mj=_positive(energy.low_mj),
        energy_above_idle_high_mj=_positive(energy.high_mj),
        avg_power_w=_positive(watts),
        idle_power_w=_positive(energy.idle_power_w),
        latency_p90_ms=latency.p90_ms,
        n=latency.n,
    )


def _positive(value: float) -> float | None:
    """The device file holds figures above 0; scatter may carry a small network below idle."""
    return value if value > 0.0 else None


def write_device(device: OwnDevice, out: Path) -> tuple[Path, Path]:
    """Write NAME.toml and NAME.csv. Raises InputError MEASURE_FILE."""
    toml_text, csv_text = written(device)
    paths = out / f"{device.device_id}.toml", out / f"{device.device_id}.csv"
    # The table first: a head without its table would be a device that can't be read.
    write_safely(paths[1], csv_text)
    write_safely(paths[0], toml_text)
    return paths

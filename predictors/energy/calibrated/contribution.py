"""Measured networks of one's own device in the schema of contributions, for `python -m data check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from data.contribution.schema import schema
from data.inert_csv import csv_text
from predictors.energy.calibrated.device_file import OwnDevice
from predictors.energy.calibrated.predictor import delegate_of
from predictors.errors import InputError

METER_SCOPES: Final = {
    "board-wall": "ac-wall",
    "board-input": "dc-supply",
    "rail": "rail",
    "whole-device": "dc-supply",
}
"""What the meter saw, in the words of contributions. A processor package has none there."""


def board_contribution(device: OwnDevice) -> str:
    """The rows with an energy as a CSV of the level `board`.

    Raises InputError CALIBRATION_NOT_HANDED_IN where the meter saw the processor's package, or nothing.
    """
    is_phone = device.kind == "phone" and device.scope == "whole-device"
    scope = "whole-phone" if is_phone else METER_SCOPES.get(device.scope)
    if scope is None:
        raise InputError(
            "CALIBRATION_NOT_HANDED_IN",
            "Figures of {scope} can't be handed in: the bundle holds whole boards, rails and whole phones. "
            "Measure with a meter on the supply.",
            scope=device.scope,
        )
    return csv_text([each.name for each in schema("board")], _rows(device, scope))


def _rows(device: OwnDevice, scope: str) -> Iterator[dict[str, object]]:
    for row in device.rows:
        if row.energy_mj is None:
            continue
        power_w = row.avg_power_w or (row.energy_mj / row.latency_ms if row.latency_ms else None)
        known = {"avg_power_w": power_w, "latency_ms": row.latency_ms, "idle_power_w": device.idle_power_w}
        yield {
            "measurement_id": f"{row.model}-{row.precision}",
            "device_id": device.device_id,
            "delegate": delegate_of(device),
            "precision": row.precision,
            "model": row.model,
            "software": device.software or device.runtime,
            "batch": 1,
            "energy_mj": repr(row.energy_mj),
            "meter_scope": scope,
            "idle_included": "true",
        } | {name: repr(value) for name, value in known.items() if value is not None}

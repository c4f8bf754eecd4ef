"""The reference networks of PCS and IECS on one's own device: measured where it was, else calibrated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from predictors.energy.calibrated.calibration import fused_sample
from predictors.energy.calibrated.device_file import OwnDevice
from predictors.energy.calibrated.device_rows import MeasuredNetwork
from predictors.energy.calibrated.own_devices import fitted
from predictors.energy.calibrated.predictor import CalibratedPredictor
from predictors.model.reference_networks import REFERENCE_DNNS

NOT_BUILT: Final = frozenset({"DNN9"})
"""The published phone file of ESRGAN has weights of 8 bits and sums in float: no precision estimated here."""
OTHER_NAMES: Final = {"mobilenet-v1": "mobilenet-v1-1.0-224"}
"""Samples that the table of board networks has under another name: the same layers, the same size."""


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """Energy (mJ, 80 % range) and mean power (W) of one reference network; a measured one has no range."""

    dnn_id: str
    sample_id: str
    precision: str
    energy_mj: float
    energy_mj_low: float
    energy_mj_high: float
    avg_power_w: float
    is_measured: bool


def reference_rows(device: OwnDevice) -> tuple[ReferenceRow, ...]:
    """Every reference network in the precisions that the device has a measured energy in."""
    rows = []
    for dnn_id, (sample_id, precision) in REFERENCE_DNNS.items():
        predictor = fitted(device, precision)
        if dnn_id in NOT_BUILT or not len(predictor.energy.log_values):
            continue
        row = _measured(device, dnn_id, sample_id, precision) or _estimated(predictor, dnn_id, sample_id)
        if row is not None:
            rows.append(row)
    return tuple(rows)


def _measured(device: OwnDevice, dnn_id: str, sample_id: str, precision: str) -> ReferenceRow | None:
    names = {sample_id, OTHER_NAMES.get(sample_id, sample_id)}
    for row in device.of(precision):
        power_w = _power_w(row)
        if row.model in names and row.energy_mj is not None and power_w is not None:
            energy_mj = row.energy_mj
            return ReferenceRow(
                dnn_id, sample_id, precision, energy_mj, energy_mj, energy_mj, power_w, is_measured=True
            )
    return None


def _power_w(row: MeasuredNetwork) -> float | None:
    if row.avg_power_w is not None or row.energy_mj is None or row.latency_ms is None:
        return row.avg_power_w
    return row.energy_mj / row.latency_ms


def _estimated(predictor: CalibratedPredictor, dnn_id: str, sample_id: str) -> ReferenceRow | None:
    found = predictor.estimate(fused_sample(sample_id, predictor.target.runtime))
    if found.energy_mj <= 0.0 or found.latency_ms <= 0.0:
        return None
    return ReferenceRow(
        dnn_id, sample_id, predictor.precision, found.energy_mj, found.energy_mj_low, found.energy_mj_high,
        found.avg_power_w, is_measured=False,
    )  # fmt: skip

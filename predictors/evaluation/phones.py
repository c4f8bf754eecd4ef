"""How well the other phones are predicted: each reference network left out in turn, on all at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from predictors.energy.phone_evidence import QUANTITIES, PhoneSettings, Quantity, phone_settings, ratio_cells
from predictors.energy.transfer import (
    LogInterval,
    RatioCell,
    fit_ratios,
    leave_one_network_out,
    residual_interval,
)
from predictors.evaluation.rows import EvaluationRow

PROTOCOL = "leave-one-network-out"
OURS = "pooled ratio"
BASELINE = "baseline: median ratio of the phone and delegate"
ALL_PHONES = "other-phones"


@dataclass(frozen=True, slots=True)
class Case:
    """One left-out cell: residuals (true minus predicted log) of both methods and our interval."""

    cell: RatioCell
    residual_log: float
    baseline_residual_log: float
    interval: LogInterval

    @property
    def covered(self) -> bool:
        """Whether the true value lies in the interval."""
        return -self.interval.below <= self.residual_log <= self.interval.above


def evaluate_phones(applications: pd.DataFrame) -> list[EvaluationRow]:
    """Rows per phone, delegate and precision and over all phones per delegate, for energy and latency.

    `applications` as in `predictors.energy.phone_evidence.ratio_cells`. The source is the P40 Pro's
    measured CPU figure in the same precision, so this is the error of the transfer alone. Intervals are made
    without the left-out network as well. `ALL_PHONES` rows leave the P40 Pro itself out.
    """
    settings = phone_settings()
    rows: list[EvaluationRow] = []
    for quantity in QUANTITIES:
        for delegate in settings.pools:
            cases = held_out_cases(applications, quantity, delegate, settings)
            rows += _rows(cases, quantity, delegate, settings)
    return rows


def held_out_cases(
    applications: pd.DataFrame, quantity: Quantity, delegate: str, settings: PhoneSettings
) -> list[Case]:
    """Every cell of a delegate, predicted by fits that saw nothing of its network."""
    pool = settings.pools[delegate]
    cells = [cell for cell in ratio_cells(applications, quantity, settings) if cell.delegate in pool]
    cases: list[Case] = []
    for dnn_id in dict.fromkeys(cell.dnn_id for cell in cells if cell.delegate == delegate):
        seen = [cell for cell in cells if cell.dnn_id != dnn_id]
        left_out = [cell for cell in cells if cell.dnn_id == dnn_id and cell.delegate == delegate]
        cases += _predict(seen, left_out, settings)
    return cases


def _predict(seen: Sequence[RatioCell], left_out: Sequence[RatioCell], settings: PhoneSettings) -> list[Case]:
    model, inner = fit_ratios(seen, settings.fit), leave_one_network_out(seen, settings.fit)
    cases = []
    for cell in left_out:
        alike = [held for held in inner if _same(held.cell, cell)]
        cases.append(
            Case(
                cell,
                cell.log_ratio - model.log_ratio(cell.device_id, cell.delegate, cell.log_source_mj),
                cell.log_ratio - _median_ratio(seen, cell),
                residual_interval(alike, settings.tail),
            )
        )
    return cases


def _same(one: RatioCell, other: RatioCell) -> bool:
    return (one.delegate, one.precision) == (other.delegate, other.precision)


def _median_ratio(seen: Iterable[RatioCell], cell: RatioCell) -> float:
    place = (cell.device_id, cell.delegate)
    return float(np.median([other.log_ratio for other in seen if (other.device_id, other.delegate) == place]))


def _rows(
    cases: Sequence[Case], quantity: str, delegate: str, settings: PhoneSettings
) -> list[EvaluationRow]:
    others = [case for case in cases if case.cell.device_id != settings.source_device_id]
    rows = _both_methods(others, ALL_PHONES, delegate, "all", quantity)
    for precision in dict.fromkeys(case.cell.precision for case in cases):
        of_precision = [case for case in cases if case.cell.precision == precision]
        other = [case for case in others if case.cell.precision == precision]
        rows += _both_methods(other, ALL_PHONES, delegate, precision, quantity)
        for device_id in dict.fromkeys(case.cell.device_id for case in of_precision):
            own = [case for case in of_precision if case.cell.device_id == device_id]
            rows += _both_methods(own, device_id, delegate, precision, quantity)
    return rows


def _both_methods(
    cases: Sequence[Case], device_id: str, delegate: str, precision: str, quantity: str
) -> list[EvaluationRow]:
    covered = 100.0 * float(np.mean([case.covered for case in cases]))
    methods = (
        (OURS, [case.residual_log for case in cases], covered),
        (BASELINE, [case.baseline_residual_log for case in cases], None),
    )
    rows = []
    for method, residuals, coverage in methods:
        errors = np.array([100.0 * abs(math.exp(-residual) - 1.0) for residual in residuals])
        rows.append(
            EvaluationRow(
                device_id=device_id,
                delegate=delegate,
                precision=precision,
                quantity=quantity,
                method=method,
                protocol=PROTOCOL,
                n=len(errors),
                mape_percent=float(errors.mean()),
                median_ape_percent=float(np.median(errors)),
                within_10_percent=100.0 * float(np.mean(errors <= 10.0)),
                coverage_percent=coverage,
            )
        )
    return rows
